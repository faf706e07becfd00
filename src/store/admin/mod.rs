//! How keys are issued and changed.

mod edit;
mod error;
mod hint;
mod issued;
mod new_key;
mod order;
mod query;
mod summary;

use std::future::Future;
use std::time::Duration;

use super::{KeyStore, Networks};
use crate::{AccountId, KeyId, Limits, Realm, SiteId, Timestamp, UserId};

pub use edit::KeyEdit;
pub use error::AdminError;
pub use hint::{KeyHint, hint, kept_hint};
pub use issued::{IssuedKey, IssuedSecret};
pub use new_key::{KeySecret, NewKey};
pub use order::{Direction, KeySort};
pub use query::{KeyQuery, check_search};
pub use summary::{Enabled, KeyStatus, KeySummary, OwnerKind, OwnerLimits, OwnerSummary, Revoked};

/// Names one key: the realm and the public id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyRef {
    /// The realm.
    pub realm: Realm,
    /// The public id.
    pub id: KeyId,
}

/// Names one owner of keys. In their order, users are before accounts, and these before sites;
/// within each, the bytes of the ids count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnerRef {
    /// A user.
    User(UserId),
    /// An account.
    Account(AccountId),
    /// A site.
    Site(SiteId),
}

impl OwnerRef {
    /// What kind of owner it is.
    #[must_use]
    pub const fn kind(&self) -> OwnerKind {
        match self {
            Self::User(_) => OwnerKind::User,
            Self::Account(_) => OwnerKind::Account,
            Self::Site(_) => OwnerKind::Site,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::User(id) => id.as_str(),
            Self::Account(id) => id.as_str(),
            Self::Site(id) => id.as_str(),
        }
    }
}

/// The write path of a key store.
///
/// Every change is in force for the next [`find`](KeyStore::find) of the same store,
/// and is whole or not made at all.
pub trait KeyAdmin: KeyStore {
    /// Makes an account known, active.
    ///
    /// # Errors
    /// [`AdminError::Duplicate`] when it is known, [`AdminError::Invalid`] when its id is
    /// empty, longer than 255 bytes, or has control characters.
    fn add_account(&self, account: &AccountId) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Makes a user known, active; of an account, or of none.
    ///
    /// # Errors
    /// [`AdminError::Duplicate`] when it is known, [`AdminError::UnknownOwner`] when the
    /// account is not, [`AdminError::Invalid`] as for an [account](Self::add_account).
    fn add_user(
        &self,
        user: &UserId,
        account: Option<&AccountId>,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Makes a site of an account known, active.
    ///
    /// # Errors
    /// [`AdminError::Duplicate`] when it is known, [`AdminError::UnknownOwner`] when the
    /// account is not, [`AdminError::Invalid`] as for an [account](Self::add_account).
    fn add_site(
        &self,
        site: &SiteId,
        account: &AccountId,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Sets or removes the URL of a site, by which operators find its keys.
    ///
    /// # Errors
    /// [`AdminError::UnknownOwner`] when the site is not known, [`AdminError::Invalid`] when
    /// the URL is not of 1 to 2,000 printable ASCII characters without space.
    fn set_site_url(
        &self,
        site: &SiteId,
        url: Option<&str>,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Limits how often all keys behind an owner may be used together.
    ///
    /// # Errors
    /// [`AdminError::UnknownOwner`] when it is not known.
    fn set_owner_limits(
        &self,
        owner: &OwnerRef,
        limits: Limits,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// At most `limit` owners of a kind in the order of the bytes of their ids, from behind
    /// `after`.
    ///
    /// # Errors
    /// When the store cannot answer.
    fn list_owners(
        &self,
        kind: OwnerKind,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<OwnerSummary>, AdminError>> + Send;

    /// Switches an owner on or off; with it, every key it is behind.
    ///
    /// # Errors
    /// [`AdminError::UnknownOwner`] when it is not known.
    fn set_owner_active(
        &self,
        owner: &OwnerRef,
        active: Enabled,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Issues a key. When this returns `Ok`, the key is kept.
    ///
    /// # Errors
    /// When the owner is unknown or of another account, when id or secret exist, when
    /// the secret has no acceptable form, or when the store cannot answer.
    fn issue(
        &self,
        key: NewKey,
        now: Timestamp,
    ) -> impl Future<Output = Result<IssuedKey, AdminError>> + Send;

    /// Issues several keys in one change: all of them, or none.
    ///
    /// # Errors
    /// As for [`issue`](Self::issue), for the first key that cannot be issued.
    fn issue_all(
        &self,
        keys: Vec<NewKey>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<IssuedKey>, AdminError>> + Send;

    /// Gives a key a new, generated secret. The old one lives on for `overlap`, but
    /// never longer than it would have.
    ///
    /// # Errors
    /// [`AdminError::UnknownKey`] or [`AdminError::Revoked`];
    /// [`StoreError::Corrupt`](crate::store::StoreError::Corrupt) when the store cannot open the
    /// secret that there is, which would be lost.
    fn rotate(
        &self,
        key: &KeyRef,
        overlap: Duration,
        now: Timestamp,
    ) -> impl Future<Output = Result<IssuedKey, AdminError>> + Send;

    /// Withdraws a key for good, and says why.
    ///
    /// # Errors
    /// [`AdminError::UnknownKey`], or [`AdminError::Invalid`] when the reason is longer than
    /// 255 bytes or has control characters. Revoking twice is no error: the first time and
    /// the first reason stand.
    fn revoke(
        &self,
        key: &KeyRef,
        reason: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Switches a key on or off.
    ///
    /// # Errors
    /// [`AdminError::UnknownKey`] or [`AdminError::Revoked`].
    fn set_enabled(
        &self,
        key: &KeyRef,
        enabled: Enabled,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Changes what an operator may edit about a key; in force from the next request on.
    ///
    /// # Errors
    /// [`AdminError::UnknownKey`], [`AdminError::Revoked`] where more than the note is
    /// edited, or [`AdminError::Invalid`] when label or note has no acceptable form, or the
    /// key would end before it begins. Nothing is changed then.
    fn edit(&self, key: &KeyRef, edit: KeyEdit) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Limits a key to `networks` and nothing else; from the next request on.
    ///
    /// # Errors
    /// [`AdminError::UnknownKey`] or [`AdminError::Revoked`].
    fn assign_networks(
        &self,
        key: &KeyRef,
        networks: Networks,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Writes down when keys were used last, many at once; an earlier use than the one that
    /// is known changes nothing, and neither does a key that is not known. This is no change
    /// of a key: its epoch stays, and no message is sent.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn record_uses(
        &self,
        uses: &[(KeyRef, Timestamp)],
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// What is known about one key.
    ///
    /// # Errors
    /// When the store cannot answer.
    fn find_key(&self, key: &KeyRef) -> impl Future<Output = Result<Option<KeySummary>, AdminError>> + Send;

    /// A page of keys, in the [order](KeyQuery::compare) that the query asks for: that of the bytes
    /// of their ids, unless it says otherwise. It is the last one where it has fewer keys than the
    /// query's limit.
    ///
    /// A key that is given another place in the order between two pages, as one that is used in
    /// the order of last uses, may be in both or in none. None is in the order of ids.
    ///
    /// # Errors
    /// [`AdminError::UnknownKey`] when the page is to begin behind a key that the realm does not
    /// have, in another order than that of ids; [`AdminError::Invalid`] when the search is longer
    /// than 1,000 bytes; or when the store cannot answer.
    fn list(
        &self,
        query: &KeyQuery,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<KeySummary>, AdminError>> + Send;
}
