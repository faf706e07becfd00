//! Checking a user's password.

use std::fmt;

use super::hashing::Hashing;
use super::{PasswordHash, PasswordHashError, PasswordStore, SinglePassword};
use crate::store::StoreError;
use crate::{Secret, UserId};

/// Checks the passwords of users in a store.
///
/// An unknown user costs as much as a wrong password: one whole hash, against a decoy of
/// the same algorithm and cost. Hashing runs on the runtime's threads for blocking work,
/// for as many passwords at once as there are processors; others wait.
///
/// ```
/// use portcullis::password::{PasswordHash, PasswordVerifier, SinglePassword};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let hash = PasswordHash::bcrypt(&"correct horse".into(), 4)?;
/// let passwords = PasswordVerifier::single(SinglePassword::new("ada".into(), hash))?;
/// assert!(passwords.verify("ada", "correct horse".into()).await?.is_some());
/// assert!(passwords.verify("bob", "correct horse".into()).await?.is_none());
/// # Ok(())
/// # }
/// ```
pub struct PasswordVerifier<S> {
    store: S,
    hashing: Hashing,
}

impl PasswordVerifier<SinglePassword> {
    /// Checks the password of one configured user.
    ///
    /// # Errors
    /// When there is no randomness for the decoy.
    pub fn single(user: SinglePassword) -> Result<Self, PasswordHashError> {
        let model = user.hash().clone();
        Self::new(user, &model)
    }
}

impl<S: PasswordStore> PasswordVerifier<S> {
    /// Checks passwords in `store`; `model` is a hash like those in the store, whose
    /// algorithm and cost unknown users are checked with.
    ///
    /// # Errors
    /// When there is no randomness for the decoy.
    pub fn new(store: S, model: &PasswordHash) -> Result<Self, PasswordHashError> {
        Ok(Self { store, hashing: Hashing::like(model)? })
    }

    /// The user, if the password is right. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When the store cannot answer, or hashing cannot be started or did not finish.
    pub async fn verify(&self, user: &str, password: Secret) -> Result<Option<UserId>, StoreError> {
        let found = self.store.find(user).await?;
        Ok(self.hashing.matches(found, password).await?.then(|| UserId::from(user)))
    }

    /// Whether there is such a user at all; not for strangers to ask.
    #[cfg(feature = "token-endpoint")]
    pub(crate) async fn knows(&self, user: &str) -> Result<bool, StoreError> {
        Ok(self.store.find(user).await?.is_some())
    }
}

impl<S: fmt::Debug> fmt::Debug for PasswordVerifier<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordVerifier").field("store", &self.store).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::future::{Future, ready};
    use std::sync::{Arc, Mutex};

    use super::*;

    fn hash() -> PasswordHash {
        PasswordHash::bcrypt(&"right".into(), 4).expect("hash")
    }

    fn users() -> HashMap<UserId, PasswordHash> {
        HashMap::from([("ada".into(), hash())])
    }

    #[tokio::test]
    async fn only_a_known_user_with_the_right_password_is_verified() {
        let passwords = PasswordVerifier::new(users(), &hash()).expect("verifier");
        for (user, password, good) in
            [("ada", "right", true), ("ada", "wrong", false), ("Ada", "right", false), ("", "", false)]
        {
            let found = passwords.verify(user, password.into()).await.expect("answer");
            assert_eq!(found, good.then(|| UserId::from(user)), "{user} {password}");
        }
    }

    #[tokio::test]
    async fn an_unknown_user_costs_a_whole_hash_of_the_same_kind() {
        let checked = Arc::new(Mutex::new(Vec::new()));
        let mut passwords = PasswordVerifier::new(users(), &hash()).expect("verifier");
        let log = Arc::clone(&checked);
        passwords.hashing = passwords.hashing.observed(move |hash| {
            log.lock().expect("log").push(hash.expose()[..7].to_owned());
        });
        // Even a decoy that matched would let nobody in.
        assert!(passwords.verify("ada", "wrong".into()).await.expect("answer").is_some());
        assert!(passwords.verify("bob", "wrong".into()).await.expect("answer").is_none());
        assert_eq!(*checked.lock().expect("log"), ["$2b$04$", "$2b$04$"]);
    }

    struct Down;

    impl PasswordStore for Down {
        fn find(&self, _: &str) -> impl Future<Output = Result<Option<PasswordHash>, StoreError>> + Send {
            ready(Err(StoreError::Full))
        }
    }

    #[tokio::test]
    async fn an_outage_is_an_error() {
        let passwords = PasswordVerifier::new(Down, &hash()).expect("verifier");
        assert!(passwords.verify("ada", "right".into()).await.is_err());
    }
}
