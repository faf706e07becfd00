//! What can be said of any principal.

use crate::{AccountId, Credential, Principal, Scopes, SiteId, UserId};

/// A principal that can say who it is: for the audit log, for tenant checks, and for
/// looking its roles up.
///
/// [`Principal`] is one wherever its parts are [`IdentityPart`]s. A type of the
/// application's own says what it has:
///
/// ```
/// use portcullis::{Credential, Identity};
///
/// #[derive(Clone)]
/// struct Robot(String);
///
/// impl Identity for Robot {
///     fn user_id(&self) -> Option<&str> {
///         Some(&self.0)
///     }
///     fn account_id(&self) -> Option<&str> {
///         None
///     }
///     fn site_id(&self) -> Option<&str> {
///         None
///     }
///     fn credential(&self) -> Option<&Credential> {
///         None
///     }
/// }
/// ```
pub trait Identity: Clone + Send + Sync + 'static {
    /// The user who acts.
    fn user_id(&self) -> Option<&str>;

    /// The account it acts for.
    fn account_id(&self) -> Option<&str>;

    /// The site it acts on.
    fn site_id(&self) -> Option<&str>;

    /// The credential that it came from.
    fn credential(&self) -> Option<&Credential>;
}

/// A principal that can be given more scopes than its credential has: those of its roles.
pub trait GrantScopes: Identity {
    /// The same principal with these scopes besides its own.
    #[must_use]
    fn grant(&self, scopes: &Scopes) -> Self;
}

/// A part of a principal that has a name: the id itself, an `Option` of it, or `()` for
/// none.
pub trait IdentityPart: Send + Sync + 'static {
    /// The id as text, if there is one.
    fn id(&self) -> Option<&str>;
}

impl IdentityPart for () {
    fn id(&self) -> Option<&str> {
        None
    }
}

impl<T: IdentityPart> IdentityPart for Option<T> {
    fn id(&self) -> Option<&str> {
        self.as_ref().and_then(IdentityPart::id)
    }
}

macro_rules! named {
    ($($name:ty),*) => {$(
        impl IdentityPart for $name {
            fn id(&self) -> Option<&str> {
                Some(self.as_str())
            }
        }
    )*};
}

named!(UserId, AccountId, SiteId, String);

impl IdentityPart for &'static str {
    fn id(&self) -> Option<&str> {
        Some(self)
    }
}

impl<U: IdentityPart, A: IdentityPart, S: IdentityPart> Identity for Principal<U, A, S> {
    fn user_id(&self) -> Option<&str> {
        self.user().id()
    }

    fn account_id(&self) -> Option<&str> {
        self.account().id()
    }

    fn site_id(&self) -> Option<&str> {
        self.site().id()
    }

    fn credential(&self) -> Option<&Credential> {
        self.credential()
    }
}

impl<U, A, S> GrantScopes for Principal<U, A, S>
where
    U: IdentityPart + Clone,
    A: IdentityPart + Clone,
    S: IdentityPart + Clone,
{
    fn grant(&self, scopes: &Scopes) -> Self {
        let all = self.scopes().union(scopes);
        let same = Principal::builder(self.user().clone())
            .account(self.account().clone())
            .site(self.site().clone())
            .scopes(all);
        match self.credential() {
            Some(credential) => same.credential(credential.clone()).build(),
            None => same.build(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scheme;

    #[test]
    fn a_principal_says_who_it_is_and_keeps_that_when_it_is_granted_more() {
        let me = Principal::builder(UserId::from("ada"))
            .account(Some(AccountId::from("acme")))
            .scopes(Scopes::parse("a b").expect("scopes"))
            .credential(Credential::of_scheme(Scheme::Jwt))
            .build();
        let more = me.grant(&Scopes::parse("b c").expect("scopes"));
        for who in [&me, &more] {
            let named = (who.user_id(), who.account_id(), who.site_id());
            assert_eq!(named, (Some("ada"), Some("acme"), None));
            assert_eq!(who.credential().map(Credential::scheme), Some(Scheme::Jwt));
        }
        assert_eq!((me.scopes().to_string(), more.scopes().to_string()), ("a b".into(), "a b c".into()));
    }
}
