//! Who may log in to the console: the administrator, with a password that is good once, and the
//! users that have one of their own.

use std::sync::{Arc, Mutex, PoisonError};

use portcullis::Secret;
use portcullis::password::{PasswordHash, PasswordStore, PasswordUsers, UserVerifier};
use portcullis::store::StoreError;

use crate::demo::{self, ADMINISTRATOR};
use crate::passwords::Passwords;
use crate::process::Failure;

/// Hashes of passwords: that of the administrator is in memory alone, and none after a log-in.
#[derive(Clone)]
pub(crate) struct Administrators {
    passwords: Passwords,
    once: Arc<Mutex<Option<PasswordHash>>>,
}

impl Administrators {
    /// With a new password for the administrator.
    pub(crate) fn new(passwords: Passwords) -> Result<(Self, Secret), Failure> {
        let password = Secret::from(demo::random_hex()?);
        let hash = demo::hash(&password)?;
        Ok((Self { passwords, once: Arc::new(Mutex::new(Some(hash))) }, password))
    }

    pub(crate) fn verifier(&self) -> Result<UserVerifier<PasswordUsers<Self>>, Failure> {
        // A user who is not known takes as long to refuse as one of these.
        let model = demo::hash(&Secret::from(demo::random_hex()?))?;
        Ok(UserVerifier::new(PasswordUsers::new(self.clone()), &model)?)
    }

    /// This user has logged in.
    pub(crate) fn logged_in(&self, user: &str) {
        if user == ADMINISTRATOR {
            *self.once.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

impl PasswordStore for Administrators {
    async fn find(&self, user: &str) -> Result<Option<PasswordHash>, StoreError> {
        if user != ADMINISTRATOR {
            return self.passwords.find(user).await;
        }
        Ok(self.once.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}
