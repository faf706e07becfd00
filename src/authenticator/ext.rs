//! Combining, as methods.

use super::{Authenticator, BoxAuthenticator, MapPrincipal, Or};

/// How authenticators combine; every [`Authenticator`] has these.
pub trait AuthenticatorExt: Authenticator + Sized {
    /// Asks `second` where this one finds no credential of its own. A wrong credential
    /// stops here.
    #[must_use]
    fn or<B: Authenticator<Principal = Self::Principal>>(self, second: B) -> Or<Self, B> {
        Or { first: self, second }
    }

    /// Turns the principal into the application's own type.
    #[must_use]
    fn map_principal<F, Q>(self, map: F) -> MapPrincipal<Self, F>
    where
        F: Fn(Self::Principal) -> Q + Send + Sync + 'static,
        Q: Clone + Send + Sync + 'static,
    {
        MapPrincipal { authenticator: self, map }
    }

    /// Erases the type, for chains that are put together at run time.
    #[must_use]
    fn boxed(self) -> BoxAuthenticator<Self::Principal> {
        BoxAuthenticator::new(self)
    }
}

impl<A: Authenticator> AuthenticatorExt for A {}
