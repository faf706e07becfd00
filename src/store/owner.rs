//! Whom a key belongs to, and how that becomes a principal.

use crate::{AccountId, Credential, KeyId, Principal, Realm, Scheme, Scopes, SiteId, UserId};

/// Whom a key belongs to, as a store knows it. Each part may be missing: a key may be
/// bound to a user, to an account, to a site of an account, or to nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyOwner {
    /// The user that the key runs as.
    pub user: Option<UserId>,
    /// The account that it belongs to.
    pub account: Option<AccountId>,
    /// The site that it stands for.
    pub site: Option<SiteId>,
}

impl KeyOwner {
    /// A key that runs as `user`.
    #[must_use]
    pub fn user(user: impl Into<UserId>) -> Self {
        Self { user: Some(user.into()), ..Self::default() }
    }

    /// A key of `account` that no user is behind.
    #[must_use]
    pub fn account(account: impl Into<AccountId>) -> Self {
        Self { account: Some(account.into()), ..Self::default() }
    }

    /// ... that belongs to `account`.
    #[must_use]
    pub fn of_account(mut self, account: impl Into<AccountId>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// ... that stands for `site`.
    #[must_use]
    pub fn for_site(mut self, site: impl Into<SiteId>) -> Self {
        self.site = Some(site.into());
        self
    }
}

/// What a store knows of a key when it makes the principal.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct KeyFacts<'a> {
    /// The public id.
    pub id: &'a KeyId,
    /// The realm.
    pub realm: &'a Realm,
    /// The scheme.
    pub scheme: Scheme,
    /// Whom it belongs to.
    pub owner: &'a KeyOwner,
    /// What it may do.
    pub scopes: &'a Scopes,
}

impl<'a> KeyFacts<'a> {
    /// The facts that every key has: for tests of a [`FromKey`], and for whoever writes a
    /// store without [`issuing`](crate::store::issuing).
    #[must_use]
    pub const fn new(
        id: &'a KeyId,
        realm: &'a Realm,
        scheme: Scheme,
        owner: &'a KeyOwner,
        scopes: &'a Scopes,
    ) -> Self {
        Self { id, realm, scheme, owner, scopes }
    }
}

/// A principal that can be made of what a store knows about a key.
///
/// [`Principal<U, A, S>`](Principal) is one whenever its three parts are
/// [`OwnerPart`]s; a type of the application's own implements this trait.
pub trait FromKey: Clone + Send + Sync + 'static {
    /// The principal that the key stands for; none when the key lacks a part that this
    /// type needs. Such a key cannot be issued, and one that is found is an error.
    fn from_key(facts: &KeyFacts<'_>) -> Option<Self>;
}

/// A principal of whatever parts a key has.
pub type StoredPrincipal = Principal<Option<UserId>, Option<AccountId>, Option<SiteId>>;

impl<U, A, S> FromKey for Principal<U, A, S>
where
    U: OwnerPart<UserId> + Send + Sync + 'static,
    A: OwnerPart<AccountId> + Send + Sync + 'static,
    S: OwnerPart<SiteId> + Send + Sync + 'static,
{
    fn from_key(facts: &KeyFacts<'_>) -> Option<Self> {
        let credential = Credential::of_key(facts.scheme, facts.realm.clone(), facts.id.clone());
        let principal = Principal::builder(U::from_part(facts.owner.user.as_ref())?)
            .account(A::from_part(facts.owner.account.as_ref())?)
            .site(S::from_part(facts.owner.site.as_ref())?)
            .scopes(facts.scopes.clone())
            .credential(credential)
            .build();
        Some(principal)
    }
}

/// A part of a principal: the id itself where it must be there, an `Option` where it may
/// be missing, `()` where it does not matter.
pub trait OwnerPart<Id>: Sized {
    /// The part, or none where it must be there and is not.
    fn from_part(id: Option<&Id>) -> Option<Self>;
}

impl<Id> OwnerPart<Id> for () {
    fn from_part(_: Option<&Id>) -> Option<Self> {
        Some(())
    }
}

impl<Id: Clone> OwnerPart<Id> for Option<Id> {
    fn from_part(id: Option<&Id>) -> Option<Self> {
        Some(id.cloned())
    }
}

macro_rules! required {
    ($($id:ty),*) => {$(
        impl OwnerPart<$id> for $id {
            fn from_part(id: Option<&$id>) -> Option<Self> {
                id.cloned()
            }
        }

        impl OwnerPart<$id> for String {
            fn from_part(id: Option<&$id>) -> Option<Self> {
                id.map(|id| id.as_str().to_owned())
            }
        }
    )*};
}

required!(UserId, AccountId, SiteId);
