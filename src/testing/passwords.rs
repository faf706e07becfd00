//! Users with passwords, in memory.

use std::collections::HashMap;
use std::fmt;
use std::future::{Future, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::must;
use crate::password::{PasswordHash, User, UserStore, UserVerifier};
use crate::store::StoreError;
use crate::{Secret, UserId};

/// The users that a [`TestKit`](super::TestKit) has made passwords for. Its clones are the
/// same store.
pub struct TestUsers<P>(Arc<Mutex<HashMap<UserId, User<P>>>>);

/// The cheapest that bcrypt has.
const COST: u32 = 4;

impl<P: Clone + Send + Sync + 'static> TestUsers<P> {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    pub(super) fn put(&self, name: UserId, principal: P, password: &Secret) {
        let user = User::new(principal, must(PasswordHash::bcrypt(password, COST)));
        self.users().insert(name, user);
    }

    pub(super) fn verifier(&self) -> UserVerifier<Self> {
        let model = must(PasswordHash::bcrypt(&Secret::from("nobody's"), COST));
        must(UserVerifier::new(self.clone(), &model))
    }

    fn users(&self) -> MutexGuard<'_, HashMap<UserId, User<P>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Clone + Send + Sync + 'static> UserStore for TestUsers<P> {
    type Principal = P;

    fn find(&self, name: &str) -> impl Future<Output = Result<Option<User<P>>, StoreError>> + Send {
        ready(Ok(self.users().get(name).cloned()))
    }
}

impl<P> Clone for TestUsers<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P> fmt::Debug for TestUsers<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestUsers(..)")
    }
}
