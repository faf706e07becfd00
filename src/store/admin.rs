//! How keys are issued and changed.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::{EntryPoints, KeyOwner, KeyState, KeyStore, Networks, StoreError};
use crate::crypto::RandomError;
use crate::{AccountId, KeyId, Realm, Scheme, Scopes, Secret, SiteId, Timestamp, UserId};

/// Names one key: the realm and the public id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyRef {
    /// The realm.
    pub realm: Realm,
    /// The public id.
    pub id: KeyId,
}

/// Names one owner of keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OwnerRef {
    /// A user.
    User(UserId),
    /// An account.
    Account(AccountId),
    /// A site.
    Site(SiteId),
}

/// Where the secret of a new key comes from.
#[derive(Debug)]
pub enum KeySecret {
    /// The system's generator makes it: the prefix and 40 letters and digits for an API
    /// key, 32 hex digits for a signed URL, 32 bytes as base64url for x-auth.
    Generate,
    /// It exists already: an API key of 20 to 255 printable ASCII characters, or the
    /// text that clients sign with, of 8 to 1024 printable ASCII characters.
    Import(Secret),
}

/// A key that is to be issued.
#[derive(Debug)]
#[must_use]
pub struct NewKey {
    /// The realm it goes to.
    pub realm: Realm,
    /// The scheme it is for.
    pub scheme: Scheme,
    /// The public id, which no other key of the realm has; without one, it is generated
    /// in the form of the scheme.
    pub id: Option<KeyId>,
    /// Where the secret comes from.
    pub secret: KeySecret,
    /// What an API key begins with, now and after each rotation. It is kept in clear.
    /// Other schemes have no use for it.
    pub prefix: String,
    /// Whom it belongs to.
    pub owner: KeyOwner,
    /// What it is called in lists.
    pub label: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Which entry points it may call.
    pub entry_points: EntryPoints,
    /// Which networks it may be used from.
    pub networks: Networks,
    /// The first moment of validity.
    pub not_before: Option<Timestamp>,
    /// The first moment after validity.
    pub expires_at: Option<Timestamp>,
}

impl NewKey {
    /// A key of `scheme` for `owner`: generated, unlimited, in the default realm.
    pub fn new(scheme: Scheme, owner: KeyOwner) -> Self {
        Self {
            realm: Realm::default(),
            scheme,
            id: None,
            secret: KeySecret::Generate,
            prefix: String::new(),
            owner,
            label: String::new(),
            scopes: Scopes::none(),
            entry_points: EntryPoints::any(),
            networks: Networks::any(),
            not_before: None,
            expires_at: None,
        }
    }

    /// Sets what an API key begins with, now and after each rotation.
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Imports a secret that exists already; that of an API key must begin with the
    /// prefix.
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.secret = KeySecret::Import(secret);
        self
    }

    /// Sets the public id.
    pub fn with_id(mut self, id: impl Into<KeyId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the realm.
    pub fn with_realm(mut self, realm: Realm) -> Self {
        self.realm = realm;
        self
    }

    /// Sets the label.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Sets the scopes.
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Limits the entry points.
    pub fn with_entry_points(mut self, entry_points: EntryPoints) -> Self {
        self.entry_points = entry_points;
        self
    }

    /// Limits the addresses.
    pub fn with_networks(mut self, networks: Networks) -> Self {
        self.networks = networks;
        self
    }

    /// Sets the first moment of validity.
    pub const fn with_not_before(mut self, start: Timestamp) -> Self {
        self.not_before = Some(start);
        self
    }

    /// Sets the first moment after validity.
    pub const fn with_expires_at(mut self, end: Timestamp) -> Self {
        self.expires_at = Some(end);
        self
    }
}

/// A key that was just issued: the one time that its secret can be seen.
#[must_use = "the secret of this key cannot be shown again"]
pub struct IssuedKey {
    /// The public id.
    pub id: KeyId,
    /// The secret.
    pub secret: Secret,
}

impl fmt::Debug for IssuedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The switch that an operator may turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enabled {
    /// In use.
    Yes,
    /// Switched off.
    No,
}

/// How a key stands at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyStatus {
    /// It works.
    Active,
    /// It is switched off.
    Disabled,
    /// It is withdrawn for good.
    Revoked,
    /// Its time has not come.
    NotYetValid,
    /// Its time is past.
    Expired,
    /// Its user, account or site is not active.
    OwnerInactive,
}

/// One line of a list of keys; there is no secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySummary {
    /// The realm.
    pub realm: Realm,
    /// The public id.
    pub id: KeyId,
    /// The scheme.
    pub scheme: Scheme,
    /// Whom it belongs to.
    pub owner: KeyOwner,
    /// What it is called.
    pub label: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Which entry points it may call.
    pub entry_points: EntryPoints,
    /// Which networks it may be used from.
    pub networks: Networks,
    /// The switch.
    pub state: KeyState,
    /// Whether user, account and site are all active.
    pub owner_active: bool,
    /// The first moment of validity.
    pub not_before: Option<Timestamp>,
    /// The first moment after validity.
    pub expires_at: Option<Timestamp>,
    /// When it was issued.
    pub created_at: Timestamp,
}

impl KeySummary {
    /// How the key stands at `now`.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> KeyStatus {
        match self.state {
            KeyState::Revoked => KeyStatus::Revoked,
            KeyState::Disabled => KeyStatus::Disabled,
            KeyState::Enabled if !self.owner_active => KeyStatus::OwnerInactive,
            KeyState::Enabled if self.not_before.is_some_and(|start| now < start) => KeyStatus::NotYetValid,
            KeyState::Enabled if self.expires_at.is_some_and(|end| now >= end) => KeyStatus::Expired,
            KeyState::Enabled => KeyStatus::Active,
        }
    }
}

/// Why a key, an owner or a role could not be added or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The store cannot answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system's random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// There is no such key.
    #[error("there is no such key")]
    UnknownKey,
    /// The key was revoked, and that is for ever.
    #[error("the key was revoked")]
    Revoked,
    /// The id, the name or the secret is in use.
    #[error("the id, the name or the secret exists already")]
    Duplicate,
    /// The user, account or site is not known.
    #[error("the owner is not known")]
    UnknownOwner,
    /// There is no such group.
    #[error("there is no such group")]
    UnknownGroup,
    /// There is no such role.
    #[error("there is no such role")]
    UnknownRole,
    /// There is no such privilege.
    #[error("there is no such privilege")]
    UnknownPrivilege,
    /// The site or the user belongs to another account.
    #[error("the owner belongs to another account")]
    ForeignOwner,
    /// The key lacks a part that the store's principal type needs.
    #[error("the principal type needs an owner that the key does not have")]
    MissingOwner,
    /// No key may be bound to this user here.
    #[error("keys are not bound to this user")]
    OwnerNotAllowed,
    /// The saved list has no live entry point of this name.
    #[error("there is no such entry point")]
    UnknownEntryPoint,
    /// Two entry points of one list have the same name.
    #[error("two entry points have the same name")]
    RepeatedEntryPoint,
    /// What is new cannot be: the text says why.
    #[error("{0}")]
    Invalid(&'static str),
}

/// The write path of a key store.
///
/// Every change is in force for the next [`find`](KeyStore::find) of the same store,
/// and is whole or not made at all.
pub trait KeyAdmin: KeyStore {
    /// Makes an account known, active.
    ///
    /// # Errors
    /// [`AdminError::Duplicate`] when it is known.
    fn add_account(&self, account: &AccountId) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Makes a user known, active; of an account, or of none.
    ///
    /// # Errors
    /// [`AdminError::Duplicate`] when it is known, [`AdminError::UnknownOwner`] when the
    /// account is not.
    fn add_user(
        &self,
        user: &UserId,
        account: Option<&AccountId>,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Makes a site of an account known, active.
    ///
    /// # Errors
    /// [`AdminError::Duplicate`] when it is known, [`AdminError::UnknownOwner`] when the
    /// account is not.
    fn add_site(
        &self,
        site: &SiteId,
        account: &AccountId,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

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

    /// Gives a key a new, generated secret. The old one lives on for `overlap`, but
    /// never longer than it would have.
    ///
    /// # Errors
    /// [`AdminError::UnknownKey`] or [`AdminError::Revoked`].
    fn rotate(
        &self,
        key: &KeyRef,
        overlap: Duration,
        now: Timestamp,
    ) -> impl Future<Output = Result<IssuedKey, AdminError>> + Send;

    /// Withdraws a key for good.
    ///
    /// # Errors
    /// [`AdminError::UnknownKey`]. Revoking twice is no error.
    fn revoke(&self, key: &KeyRef) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Switches a key on or off.
    ///
    /// # Errors
    /// [`AdminError::UnknownKey`] or [`AdminError::Revoked`].
    fn set_enabled(
        &self,
        key: &KeyRef,
        enabled: Enabled,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// Limits a key to `networks` and nothing else; from the next request on.
    ///
    /// # Errors
    /// [`AdminError::UnknownKey`] or [`AdminError::Revoked`].
    fn assign_networks(
        &self,
        key: &KeyRef,
        networks: Networks,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;

    /// At most `limit` keys of a realm in the order of their ids, from behind `after`.
    ///
    /// # Errors
    /// When the store cannot answer.
    fn list(
        &self,
        realm: &Realm,
        after: Option<&KeyId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<KeySummary>, AdminError>> + Send;
}
