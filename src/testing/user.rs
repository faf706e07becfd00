//! Who a test's request is from.

use super::must;
use crate::store::{FromKey, KeyFacts, KeyOwner, StoredPrincipal};
use crate::{AccountId, KeyId, Realm, Scheme, Scopes, SiteId, UserId};

/// Somebody to make a principal or a key for: a user, perhaps of an account and for a site,
/// with scopes or without.
///
/// ```
/// use portcullis::testing::TestUser;
/// use portcullis::{AccountId, Principal, UserId};
/// let ada = TestUser::new("ada").of_account("acme").for_site("shop").with_scopes("orders:read");
/// let me: Principal<UserId, AccountId> = ada.principal();
/// assert_eq!(me.account(), &AccountId::from("acme"));
/// assert!(me.scopes().contains("orders:read"));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct TestUser {
    pub(super) owner: KeyOwner,
    pub(super) scopes: Scopes,
}

impl TestUser {
    /// A user and nothing else.
    pub fn new(user: impl Into<UserId>) -> Self {
        Self { owner: KeyOwner::user(user), scopes: Scopes::none() }
    }

    /// No user: an account by itself.
    pub fn account(account: impl Into<AccountId>) -> Self {
        Self { owner: KeyOwner::account(account), scopes: Scopes::none() }
    }

    /// ... who belongs to `account`.
    pub fn of_account(mut self, account: impl Into<AccountId>) -> Self {
        self.owner = self.owner.of_account(account);
        self
    }

    /// ... for this site; it belongs to the account, so say that too.
    pub fn for_site(mut self, site: impl Into<SiteId>) -> Self {
        self.owner = self.owner.for_site(site);
        self
    }

    /// ... with these scopes, separated by spaces.
    ///
    /// # Panics
    /// When one of them is no scope.
    pub fn with_scopes(mut self, scopes: &str) -> Self {
        self.scopes = must(Scopes::parse(scopes));
        self
    }

    /// The principal, in any form that a store makes: with [`StoredPrincipal`] every part may
    /// be missing.
    ///
    /// # Panics
    /// When it has a part that this user has not.
    #[must_use]
    pub fn principal<P: FromKey>(&self) -> P {
        let facts = KeyFacts {
            id: &KeyId::from("test"),
            realm: &Realm::default(),
            scheme: Scheme::Other("test"),
            owner: &self.owner,
            scopes: &self.scopes,
        };
        must(P::from_key(&facts).ok_or("the principal has a part that this user has not"))
    }
}

impl From<&str> for TestUser {
    fn from(user: &str) -> Self {
        Self::new(user)
    }
}

/// The principal of a user who has nothing else; with more: [`TestUser::principal`].
///
/// ```
/// let me = portcullis::testing::principal("ada");
/// assert_eq!(me.user(), &Some("ada".into()));
/// ```
#[must_use]
pub fn principal(user: &str) -> StoredPrincipal {
    TestUser::new(user).principal()
}
