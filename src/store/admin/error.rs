//! Why a change was not made.

use crate::crypto::RandomError;
use crate::store::StoreError;

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
    /// A key may do more than the one that mints it.
    #[error("the key would be allowed more than the one that mints it")]
    ExceedsMinter,
    /// What is new cannot be: the text says why.
    #[error("{0}")]
    Invalid(&'static str),
}
