//! Which keys a list is of.

use crate::store::{KeyStatus, KeySummary};
use crate::{AccountId, KeyId, Realm, SiteId, Timestamp, UserId};

/// Which keys of a realm a list is of: all that fit every condition that is set, in the
/// order of their ids, a page at a time.
///
/// ```
/// use portcullis::store::{KeyQuery, KeyStatus};
/// use portcullis::Realm;
/// let query = KeyQuery::new(Realm::default())
///     .with_status(KeyStatus::Active)
///     .with_site_url("shop.example")
///     .with_limit(20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct KeyQuery {
    /// The realm.
    pub realm: Realm,
    /// From behind this id.
    pub after: Option<KeyId>,
    /// At most so many; 100 where nothing else is said.
    pub limit: usize,
    /// How they stand.
    pub status: Option<KeyStatus>,
    /// The user that they run as.
    pub user: Option<UserId>,
    /// The account that they belong to.
    pub account: Option<AccountId>,
    /// The site that they stand for.
    pub site: Option<SiteId>,
    /// A part of the URL of the site that they stand for, whatever its case.
    pub site_url: Option<String>,
    /// Their newest secret was made before this moment: they are due for renewal. Those that are
    /// revoked or expired are among them, unless [`status`](Self::status) says otherwise.
    pub renewed_before: Option<Timestamp>,
    /// They end before this moment.
    pub expires_before: Option<Timestamp>,
}

impl KeyQuery {
    /// The first 100 keys of a realm.
    pub const fn new(realm: Realm) -> Self {
        Self {
            realm,
            after: None,
            limit: 100,
            status: None,
            user: None,
            account: None,
            site: None,
            site_url: None,
            renewed_before: None,
            expires_before: None,
        }
    }

    /// From behind `id`: the last one of the page before.
    pub fn after(mut self, id: Option<KeyId>) -> Self {
        self.after = id;
        self
    }

    /// At most `limit` keys.
    pub const fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Only those that stand so.
    pub const fn with_status(mut self, status: KeyStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Only those that run as `user`.
    pub fn with_user(mut self, user: impl Into<UserId>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Only those of `account`.
    pub fn with_account(mut self, account: impl Into<AccountId>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Only those of `site`.
    pub fn with_site(mut self, site: impl Into<SiteId>) -> Self {
        self.site = Some(site.into());
        self
    }

    /// Only those of sites whose URL contains `part`, whatever the case of ASCII letters.
    pub fn with_site_url(mut self, part: impl Into<String>) -> Self {
        self.site_url = Some(part.into());
        self
    }

    /// Only those whose newest secret was made before `moment`; revoked and expired ones too,
    /// unless [`with_status`](Self::with_status) leaves them out.
    pub const fn renewed_before(mut self, moment: Timestamp) -> Self {
        self.renewed_before = Some(moment);
        self
    }

    /// Only those that end before `moment`.
    pub const fn expires_before(mut self, moment: Timestamp) -> Self {
        self.expires_before = Some(moment);
        self
    }

    /// Whether a key fits, whatever the page; stores call it for what their index cannot
    /// tell.
    #[must_use]
    pub fn selects(&self, key: &KeySummary, now: Timestamp) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, held: Option<&T>) -> bool {
            wanted.is_none_or(|wanted| held == Some(wanted))
        }
        let url = |part: &String| {
            let lower = key.site_url.as_ref().map(|url| url.to_ascii_lowercase());
            lower.is_some_and(|url| url.contains(&part.to_ascii_lowercase()))
        };
        key.realm == self.realm
            && is(self.user.as_ref(), key.owner.user.as_ref())
            && is(self.account.as_ref(), key.owner.account.as_ref())
            && is(self.site.as_ref(), key.owner.site.as_ref())
            && self.status.is_none_or(|status| key.status_at(now) == status)
            && self.renewed_before.is_none_or(|moment| key.renewed_at < moment)
            && self.expires_before.is_none_or(|moment| key.expires_at.is_some_and(|end| end < moment))
            && self.site_url.as_ref().is_none_or(url)
    }
}
