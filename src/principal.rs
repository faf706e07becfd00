//! Who a request turned out to be.

use std::fmt;
use std::sync::Arc;

use crate::scope::HasScopes;
use crate::{KeyId, Realm, Scheme, Scopes};

/// Which credential a principal came from: what an audit log writes down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    scheme: Scheme,
    realm: Option<Realm>,
    key: Option<KeyId>,
}

impl Credential {
    /// A credential of `scheme` that no stored key is behind, such as a token.
    #[must_use]
    pub const fn of_scheme(scheme: Scheme) -> Self {
        Self { scheme, realm: None, key: None }
    }

    /// A stored key.
    #[must_use]
    pub const fn of_key(scheme: Scheme, realm: Realm, key: KeyId) -> Self {
        Self { scheme, realm: Some(realm), key: Some(key) }
    }

    /// A key that the application names in its configuration, and no store has: such as the
    /// sender of signed events. It has a name and no realm.
    #[must_use]
    pub const fn of_name(scheme: Scheme, name: KeyId) -> Self {
        Self { scheme, realm: None, key: Some(name) }
    }

    /// The kind of credential.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The realm of the stored key, if there is one.
    #[must_use]
    pub const fn realm(&self) -> Option<&Realm> {
        self.realm.as_ref()
    }

    /// The public id of the stored key, or the name of one that is not stored, if there is one.
    #[must_use]
    pub const fn key(&self) -> Option<&KeyId> {
        self.key.as_ref()
    }
}

/// Who a request turned out to be: the **user** who acts, the **account** it acts for, and
/// the **site** it acts on.
///
/// An application names its own form once (`type Me = Principal<UserId, AccountId,
/// Option<SiteId>>`), so that what is always there needs no unwrapping. Cloning costs
/// one reference count.
///
/// ```
/// use portcullis::{Principal, Scopes};
/// let me = Principal::builder("ada").account(7).scopes(Scopes::parse("orders:read")?).build();
/// assert_eq!((me.user(), me.account()), (&"ada", &7));
/// assert!(me.scopes().contains("orders:read"));
/// # Ok::<(), portcullis::InvalidScope>(())
/// ```
pub struct Principal<U = String, A = (), S = ()>(Arc<Parts<U, A, S>>);

#[derive(Debug)]
struct Parts<U, A, S> {
    user: U,
    account: A,
    site: S,
    scopes: Scopes,
    credential: Option<Credential>,
}

impl<U> Principal<U> {
    /// A principal that is a user and nothing else.
    #[must_use]
    pub fn new(user: U) -> Self {
        Self::builder(user).build()
    }

    /// Starts with the user; account, site, scopes and credential may follow.
    pub const fn builder(user: U) -> PrincipalBuilder<U> {
        PrincipalBuilder(Parts { user, account: (), site: (), scopes: Scopes::none(), credential: None })
    }
}

impl<U, A, S> Principal<U, A, S> {
    /// The user who acts.
    #[must_use]
    pub fn user(&self) -> &U {
        &self.0.user
    }

    /// The account (tenant, billing owner) it acts for.
    #[must_use]
    pub fn account(&self) -> &A {
        &self.0.account
    }

    /// The site (sub-resource of the account) it acts on.
    #[must_use]
    pub fn site(&self) -> &S {
        &self.0.site
    }

    /// What it may do.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.0.scopes
    }

    /// The credential that it came from.
    #[must_use]
    pub fn credential(&self) -> Option<&Credential> {
        self.0.credential.as_ref()
    }
}

impl<U, A, S> Clone for Principal<U, A, S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<U: fmt::Debug, A: fmt::Debug, S: fmt::Debug> fmt::Debug for Principal<U, A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("user", &self.0.user)
            .field("account", &self.0.account)
            .field("site", &self.0.site)
            .field("scopes", &self.0.scopes)
            .field("credential", &self.0.credential)
            .finish()
    }
}

impl<U, A, S> HasScopes for Principal<U, A, S> {
    fn scopes(&self) -> &Scopes {
        self.scopes()
    }
}

/// Builds a [`Principal`]; from [`Principal::builder`].
#[derive(Debug)]
#[must_use]
pub struct PrincipalBuilder<U, A = (), S = ()>(Parts<U, A, S>);

impl<U, A, S> PrincipalBuilder<U, A, S> {
    /// Sets the account.
    pub fn account<B>(self, account: B) -> PrincipalBuilder<U, B, S> {
        let Parts { user, site, scopes, credential, .. } = self.0;
        PrincipalBuilder(Parts { user, account, site, scopes, credential })
    }

    /// Sets the site.
    pub fn site<T>(self, site: T) -> PrincipalBuilder<U, A, T> {
        let Parts { user, account, scopes, credential, .. } = self.0;
        PrincipalBuilder(Parts { user, account, site, scopes, credential })
    }

    /// Sets the scopes.
    pub fn scopes(mut self, scopes: Scopes) -> Self {
        self.0.scopes = scopes;
        self
    }

    /// Says which credential the principal came from.
    pub fn credential(mut self, credential: Credential) -> Self {
        self.0.credential = Some(credential);
        self
    }

    /// The finished principal.
    #[must_use]
    pub fn build(self) -> Principal<U, A, S> {
        Principal(Arc::new(self.0))
    }
}

/// What the layer leaves in the extensions of every request that it lets through.
///
/// No `AuthState` at all means that no layer ran: extractors answer 500 to that, and
/// never take it for anonymous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthState<P> {
    /// The request carried no credential, and the layer allows that.
    Anonymous,
    /// The request is from this principal.
    Authenticated(P),
}

impl<P> AuthState<P> {
    /// The principal, if there is one.
    pub const fn principal(&self) -> Option<&P> {
        match self {
            Self::Anonymous => None,
            Self::Authenticated(principal) => Some(principal),
        }
    }
}
