//! Users who have a password, and whom they turn out to be.

use std::collections::HashMap;
use std::fmt;
use std::future::{Future, ready};
use std::sync::Arc;

use super::{PasswordHash, PasswordStore};
use crate::store::{Enabled, StoreError};
use crate::{Credential, Principal, Scheme, UserId};

/// What a [`UserStore`] knows of a user.
#[derive(Clone)]
pub struct User<P> {
    principal: P,
    hash: PasswordHash,
    state: Enabled,
}

impl<P> User<P> {
    /// A user who is active, turns out to be `principal`, and has a password of this hash.
    #[must_use]
    pub const fn new(principal: P, hash: PasswordHash) -> Self {
        Self { principal, hash, state: Enabled::Yes }
    }

    /// Switches the user off or on again. One who is off is refused like one who is unknown.
    #[must_use]
    pub const fn with_state(mut self, state: Enabled) -> Self {
        self.state = state;
        self
    }

    /// Who the user is to handlers.
    #[must_use]
    pub const fn principal(&self) -> &P {
        &self.principal
    }

    /// The hash of the password.
    #[must_use]
    pub const fn hash(&self) -> &PasswordHash {
        &self.hash
    }

    /// Whether the user may log in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == Enabled::Yes
    }

    pub(super) fn into_parts(self) -> (P, PasswordHash, Enabled) {
        (self.principal, self.hash, self.state)
    }
}

impl<P: fmt::Debug> fmt::Debug for User<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("principal", &self.principal)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Finds users by the names that they log in with.
///
/// `Ok(None)` means that the store *knows* of no such user; an outage is an error. A user
/// who was switched off is still found, and says so.
///
/// ```
/// use portcullis::password::{PasswordHash, User, UserStore};
/// use portcullis::store::StoreError;
/// use portcullis::{AccountId, Credential, Principal, Scheme, UserId};
///
/// struct Staff(PasswordHash);
///
/// impl UserStore for Staff {
///     type Principal = Principal<UserId, AccountId>;
///
///     async fn find(&self, name: &str) -> Result<Option<User<Self::Principal>>, StoreError> {
///         if name != "ada" {
///             return Ok(None);
///         }
///         let ada = Principal::builder(UserId::from("ada"))
///             .account(AccountId::from("acme"))
///             .credential(Credential::of_scheme(Scheme::Basic))
///             .build();
///         Ok(Some(User::new(ada, self.0.clone())))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a user store",
    note = "a `PasswordStore` becomes one by `PasswordUsers::new(store)`"
)]
pub trait UserStore: Send + Sync + 'static {
    /// Who a user turns out to be.
    type Principal: Clone + Send + Sync + 'static;

    /// Finds the user with this name, to the letter.
    ///
    /// # Errors
    /// When the store cannot answer.
    fn find(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<User<Self::Principal>>, StoreError>> + Send;
}

impl<S: UserStore> UserStore for Arc<S> {
    type Principal = S::Principal;

    fn find(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<User<S::Principal>>, StoreError>> + Send {
        S::find(self, name)
    }
}

impl<P: Clone + Send + Sync + 'static> UserStore for HashMap<UserId, User<P>> {
    type Principal = P;

    fn find(&self, name: &str) -> impl Future<Output = Result<Option<User<P>>, StoreError>> + Send {
        ready(Ok(self.get(name).cloned()))
    }
}

/// The users of a [`PasswordStore`]: each is its name and nothing else, and is active as
/// long as it is found.
#[derive(Clone, Debug)]
pub struct PasswordUsers<S>(S);

impl<S: PasswordStore> PasswordUsers<S> {
    /// Takes users from `store`.
    #[must_use]
    pub const fn new(store: S) -> Self {
        Self(store)
    }
}

impl<S: PasswordStore> UserStore for PasswordUsers<S> {
    type Principal = Principal<UserId>;

    async fn find(&self, name: &str) -> Result<Option<User<Self::Principal>>, StoreError> {
        let found = self.0.find(name).await?;
        Ok(found.map(|hash| {
            let credential = Credential::of_scheme(Scheme::Basic);
            User::new(Principal::builder(UserId::from(name)).credential(credential).build(), hash)
        }))
    }
}
