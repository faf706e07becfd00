//! Which keys a list is of.

use std::cmp::Ordering;

use crate::store::{AdminError, Direction, KeySort, KeyStatus, KeySummary};
use crate::{AccountId, KeyId, Realm, Scheme, SiteId, Timestamp, UserId};

const LONGEST_SEARCH: usize = 1_000;

/// Which keys of a realm a list is of: all that fit every condition that is set, in the
/// order of their ids unless another is asked for, a page at a time.
///
/// ```
/// use portcullis::store::{Direction, KeyQuery, KeySort, KeyStatus};
/// use portcullis::Realm;
/// let query = KeyQuery::new(Realm::default())
///     .with_status(KeyStatus::Active)
///     .with_search("shop ab3d")
///     .sorted_by(KeySort::LastUsed, Direction::Descending)
///     .with_limit(20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct KeyQuery {
    /// The realm.
    pub realm: Realm,
    /// From behind the key of this id, where it stands in the order now.
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
    /// What they are for.
    pub scheme: Option<Scheme>,
    /// Words that are separated by spaces. Each must be a part of the id, the label, the user,
    /// the account, the site, its URL or the text of the [hint](KeySummary::hint), whatever the
    /// case of ASCII letters.
    pub search: Option<String>,
    /// Whether they were ever used, as far as that was written down.
    pub used: Option<bool>,
    /// What they are in the order of.
    pub sort: KeySort,
    /// Which end of the order comes first.
    pub direction: Direction,
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
            scheme: None,
            search: None,
            used: None,
            sort: KeySort::Id,
            direction: Direction::Ascending,
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

    /// Only those of `scheme`.
    pub const fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = Some(scheme);
        self
    }

    /// Only those in which every word of `search` is [found](Self::search).
    pub fn with_search(mut self, search: impl Into<String>) -> Self {
        self.search = Some(search.into());
        self
    }

    /// Only those that were used once at least, or only those that never were.
    pub const fn with_used(mut self, used: bool) -> Self {
        self.used = Some(used);
        self
    }

    /// Only those that were never used.
    pub const fn never_used(self) -> Self {
        self.with_used(false)
    }

    /// In another order than that of the ids.
    pub const fn sorted_by(mut self, sort: KeySort, direction: Direction) -> Self {
        (self.sort, self.direction) = (sort, direction);
        self
    }

    /// How two keys stand to each other in the order of the list.
    #[must_use]
    pub fn compare(&self, one: &KeySummary, other: &KeySummary) -> Ordering {
        let ascending = self.sort.compare(one, other);
        match self.direction {
            Direction::Ascending => ascending,
            Direction::Descending => ascending.reverse(),
        }
    }

    /// Whether a key fits, whatever the page; stores call it for what their index cannot
    /// tell.
    #[must_use]
    pub fn selects(&self, key: &KeySummary, now: Timestamp) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, held: Option<&T>) -> bool {
            wanted.is_none_or(|wanted| held == Some(wanted))
        }
        let url = |part: &String| key.site_url.as_ref().is_some_and(|url| has(url, part));
        key.realm == self.realm
            && is(self.user.as_ref(), key.owner.user.as_ref())
            && is(self.account.as_ref(), key.owner.account.as_ref())
            && is(self.site.as_ref(), key.owner.site.as_ref())
            && self.scheme.is_none_or(|scheme| key.scheme == scheme)
            && self.status.is_none_or(|status| key.status_at(now) == status)
            && self.used.is_none_or(|used| key.last_used.is_some() == used)
            && self.renewed_before.is_none_or(|moment| key.renewed_at < moment)
            && self.expires_before.is_none_or(|moment| key.expires_at.is_some_and(|end| end < moment))
            && self.site_url.as_ref().is_none_or(url)
            && self.words().all(|word| is_found(key, word))
    }

    /// The words that are searched for.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.search.iter().flat_map(|search| search.split_whitespace())
    }
}

/// Refuses a list whose search is too long.
///
/// # Errors
/// [`AdminError::Invalid`].
pub fn check_search(query: &KeyQuery) -> Result<(), AdminError> {
    if query.search.as_ref().is_some_and(|search| search.len() > LONGEST_SEARCH) {
        return Err(AdminError::Invalid("a search is at most 1000 bytes"));
    }
    Ok(())
}

fn is_found(key: &KeySummary, word: &str) -> bool {
    let owner = &key.owner;
    let texts = [
        Some(key.id.as_str()),
        Some(&*key.label),
        owner.user.as_ref().map(UserId::as_str),
        owner.account.as_ref().map(AccountId::as_str),
        owner.site.as_ref().map(SiteId::as_str),
        key.site_url.as_deref(),
    ];
    texts.into_iter().flatten().any(|text| has(text, word)) || has(&key.hint.to_string(), word)
}

/// Whether a text has this part, whatever the case of ASCII letters.
fn has(text: &str, part: &str) -> bool {
    let same = |window: &[u8]| window.eq_ignore_ascii_case(part.as_bytes());
    part.is_empty() || text.as_bytes().windows(part.len()).any(same)
}
