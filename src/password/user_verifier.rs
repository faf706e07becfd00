//! Checking a user's password, and finding out who that is.

use std::fmt;
use std::sync::Arc;

use super::hashing::Hashing;
use super::{PasswordHash, PasswordHashError, PasswordUsers, SinglePassword, UserStore};
use crate::store::Enabled;
use crate::{AuthError, Reason, Secret};

/// Checks the passwords of users in a [`UserStore`], as
/// [`PasswordVerifier`](super::PasswordVerifier) does: an unknown user costs one whole hash
/// too, and hashing runs on the runtime's threads for blocking work.
///
/// Clones share the limit of hashes at once: give one to each route that takes passwords.
///
/// ```
/// use portcullis::password::{PasswordHash, SinglePassword, UserVerifier};
/// use portcullis::ErrorKind;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let hash = PasswordHash::bcrypt(&"correct horse".into(), 4)?;
/// let users = UserVerifier::single(SinglePassword::new("ada".into(), hash))?;
/// let me = users.verify("ada", "correct horse".into()).await?;
/// assert_eq!(me.user().as_str(), "ada");
/// for (name, password) in [("ada", "wrong"), ("bob", "correct horse")] {
///     let refused = users.verify(name, password.into()).await.unwrap_err();
///     assert_eq!(refused.kind(), ErrorKind::Unauthenticated);
/// }
/// # Ok(())
/// # }
/// ```
pub struct UserVerifier<S> {
    store: Arc<S>,
    hashing: Hashing,
}

impl UserVerifier<PasswordUsers<SinglePassword>> {
    /// Checks the password of one configured user.
    ///
    /// # Errors
    /// When there is no randomness for the decoy.
    pub fn single(user: SinglePassword) -> Result<Self, PasswordHashError> {
        let model = user.hash().clone();
        Self::new(PasswordUsers::new(user), &model)
    }
}

impl<S: UserStore> UserVerifier<S> {
    /// Checks passwords of the users in `store`; `model` is a hash like theirs, whose
    /// algorithm and cost unknown users are checked with.
    ///
    /// # Errors
    /// When there is no randomness for the decoy.
    pub fn new(store: S, model: &PasswordHash) -> Result<Self, PasswordHashError> {
        Ok(Self { store: Arc::new(store), hashing: Hashing::like(model)? })
    }

    /// Who it is, if the password is right. Needs a Tokio runtime.
    ///
    /// # Errors
    /// [`Reason::UnknownKey`], [`Reason::WrongSignature`] or [`Reason::OwnerInactive`], all
    /// of which are the same to a client; [`Reason::StoreUnavailable`] when the store
    /// cannot answer, or hashing cannot be started or did not finish.
    pub async fn verify(&self, name: &str, password: Secret) -> Result<S::Principal, AuthError> {
        let (user, hash) = match self.store.find(name).await?.map(super::User::into_parts) {
            Some((principal, hash, state)) => (Some((principal, state)), Some(hash)),
            None => (None, None),
        };
        let matches = self.hashing.matches(hash, password).await?;
        match user {
            None => Err(AuthError::new(Reason::UnknownKey)),
            Some(_) if !matches => Err(AuthError::new(Reason::WrongSignature)),
            Some((_, Enabled::No)) => Err(AuthError::new(Reason::OwnerInactive)),
            Some((principal, Enabled::Yes)) => Ok(principal),
        }
    }
}

impl<S> Clone for UserVerifier<S> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store), hashing: self.hashing.clone() }
    }
}

impl<S: fmt::Debug> fmt::Debug for UserVerifier<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserVerifier").field("store", &self.store).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use super::*;
    use crate::UserId;
    use crate::password::User;

    fn users() -> UserVerifier<HashMap<UserId, User<&'static str>>> {
        let hash = PasswordHash::bcrypt(&"right".into(), 4).expect("hash");
        let ada = User::new("Ada", hash.clone());
        let off = User::new("Off", hash.clone()).with_state(Enabled::No);
        UserVerifier::new(HashMap::from([("ada".into(), ada), ("off".into(), off)]), &hash).expect("verifier")
    }

    #[tokio::test]
    async fn every_user_costs_one_whole_hash_of_the_same_kind() {
        let checked = Arc::new(Mutex::new(Vec::new()));
        let (mut users, log) = (users(), Arc::clone(&checked));
        // Takes every password for right: a decoy that matched would let nobody in.
        users.hashing = users.hashing.observed(move |hash| {
            log.lock().expect("log").push(hash.expose()[..7].to_owned());
        });
        let mut found = Vec::new();
        for name in ["ada", "off", "bob", ""] {
            found.push(users.verify(name, "wrong".into()).await.map_err(|error| error.reason()));
        }
        assert_eq!(
            found,
            [Ok("Ada"), Err(Reason::OwnerInactive), Err(Reason::UnknownKey), Err(Reason::UnknownKey)]
        );
        assert_eq!(*checked.lock().expect("log"), ["$2b$04$"; 4]);
    }

    #[tokio::test]
    async fn who_is_switched_off_is_told_so_in_the_log_for_the_right_password_only() {
        for (password, reason) in [("right", Reason::OwnerInactive), ("wrong", Reason::WrongSignature)] {
            let refused = users().verify("off", password.into()).await.expect_err("refused");
            assert_eq!(refused.reason(), reason);
        }
    }
}
