//! Where the hashes of users' passwords are.

use std::collections::HashMap;
use std::future::{Future, ready};
use std::sync::Arc;

use super::PasswordHash;
use crate::UserId;
use crate::store::StoreError;

/// Finds the password hash of a user.
///
/// `Ok(None)` means that the store *knows* of no such user; an outage is an error.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a password store")]
pub trait PasswordStore: Send + Sync + 'static {
    /// Finds the hash of the user with this name, to the letter.
    ///
    /// # Errors
    /// When the store cannot answer.
    fn find(&self, user: &str) -> impl Future<Output = Result<Option<PasswordHash>, StoreError>> + Send;
}

impl<S: PasswordStore> PasswordStore for Arc<S> {
    fn find(&self, user: &str) -> impl Future<Output = Result<Option<PasswordHash>, StoreError>> + Send {
        S::find(self, user)
    }
}

/// One user, known from the configuration.
#[derive(Clone, Debug)]
pub struct SinglePassword {
    user: UserId,
    hash: PasswordHash,
}

impl SinglePassword {
    /// The user and the hash of its password.
    #[must_use]
    pub const fn new(user: UserId, hash: PasswordHash) -> Self {
        Self { user, hash }
    }

    pub(super) const fn hash(&self) -> &PasswordHash {
        &self.hash
    }
}

impl PasswordStore for SinglePassword {
    fn find(&self, user: &str) -> impl Future<Output = Result<Option<PasswordHash>, StoreError>> + Send {
        ready(Ok((self.user.as_str() == user).then(|| self.hash.clone())))
    }
}

impl PasswordStore for HashMap<UserId, PasswordHash> {
    fn find(&self, user: &str) -> impl Future<Output = Result<Option<PasswordHash>, StoreError>> + Send {
        ready(Ok(self.get(user).cloned()))
    }
}
