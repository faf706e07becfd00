//! The users: one store for passwords, tokens and sessions.

use std::collections::HashMap;
use std::sync::Arc;

use portcullis::password::{PasswordHash, PasswordStore, User, UserStore};
use portcullis::store::StoreError;
use portcullis::{AccountId, Credential, Principal, Scheme, UserId};

use super::Me;

/// Users in memory. A service has them in its database.
#[derive(Clone, Debug, Default)]
pub(crate) struct Users(Arc<HashMap<UserId, User<Me>>>);

impl Users {
    pub(crate) fn new(users: impl IntoIterator<Item = (UserId, User<Me>)>) -> Self {
        Self(Arc::new(users.into_iter().collect()))
    }

    /// Who an active user is, when that is known from `credential`.
    pub(crate) fn active(&self, name: &str, credential: Credential) -> Option<Me> {
        let me = self.0.get(name).filter(|user| user.is_active())?.principal();
        let same = Principal::builder(me.user().clone()).account(me.account().clone());
        let same = same.site(me.site().clone()).scopes(me.scopes().clone());
        Some(same.credential(credential).build())
    }
}

/// A user of `account`, who is on no site.
pub(crate) fn user(name: &str, account: &AccountId, hash: PasswordHash) -> (UserId, User<Me>) {
    let me = Principal::builder(UserId::from(name)).account(account.clone()).site(None);
    (name.into(), User::new(me.credential(Credential::of_scheme(Scheme::Basic)).build(), hash))
}

/// For HTTP Basic.
impl UserStore for Users {
    type Principal = Me;

    async fn find(&self, name: &str) -> Result<Option<User<Me>>, StoreError> {
        Ok(self.0.get(name).cloned())
    }
}

/// For the login, which issues tokens by name. A user who was switched off has no password.
impl PasswordStore for Users {
    async fn find(&self, name: &str) -> Result<Option<PasswordHash>, StoreError> {
        Ok(self.0.get(name).filter(|user| user.is_active()).map(|user| user.hash().clone()))
    }
}
