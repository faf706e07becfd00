//! Checking a user's password.

use std::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

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
    decoy: PasswordHash,
    permits: Arc<Semaphore>,
    check: Arc<Check>,
}

type Check = dyn Fn(&PasswordHash, &Secret) -> bool + Send + Sync;

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
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let permits = Arc::new(Semaphore::new(processors));
        let check = Arc::new(PasswordHash::matches);
        Ok(Self { store, decoy: model.decoy()?, permits, check })
    }

    /// The user, if the password is right. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When the store cannot answer, or hashing cannot be started or did not finish.
    pub async fn verify(&self, user: &str, password: Secret) -> Result<Option<UserId>, StoreError> {
        let found = self.store.find(user).await?;
        let known = found.is_some();
        let hash = found.unwrap_or_else(|| self.decoy.clone());
        let runtime = Handle::try_current().map_err(StoreError::unavailable)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(StoreError::unavailable)?;
        let check = Arc::clone(&self.check);
        let hashing = runtime.spawn_blocking(move || {
            // The permit lives as long as the work, also where nobody waits for it any more.
            let _permit = permit;
            check(&hash, &password)
        });
        let matches = hashing.await.map_err(StoreError::unavailable)?;
        Ok((matches & known).then(|| UserId::from(user)))
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
    use std::sync::Mutex;

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
        passwords.check = Arc::new(move |hash, password| {
            log.lock().expect("log").push(hash.expose()[..7].to_owned());
            // Even a decoy that matched would let nobody in.
            hash.matches(password) | true
        });
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

    #[test]
    fn without_a_runtime_there_is_an_error_and_no_panic() {
        let passwords = PasswordVerifier::new(users(), &hash()).expect("verifier");
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let mut asked = std::pin::pin!(passwords.verify("ada", "right".into()));
        assert!(matches!(asked.as_mut().poll(&mut context), std::task::Poll::Ready(Err(_))));
    }
}
