//! What a router has taken from the path.

use http::Extensions;
use http::request::Parts;

/// Finds a parameter by its name, decoded, where a router has put it.
pub(super) type Lookup = for<'a> fn(&'a Extensions, &str) -> Option<&'a str>;

/// The parameters of the route that was matched, decoded as for handlers.
pub(super) enum PathParameters {
    /// Where the application says that they are.
    Given(Lookup),
    /// Those of axum's router.
    #[cfg(feature = "axum")]
    Axum(::axum::extract::RawPathParams),
    /// Some that are no text.
    #[cfg(feature = "axum")]
    Unreadable,
    /// Nobody knows of any.
    None,
}

impl PathParameters {
    #[cfg(feature = "axum")]
    pub(super) async fn read(parts: &mut Parts, given: Option<Lookup>) -> Self {
        use ::axum::extract::rejection::RawPathParamsRejection;
        use ::axum::extract::{FromRequestParts, RawPathParams};

        if let Some(lookup) = given {
            return Self::Given(lookup);
        }
        match RawPathParams::from_request_parts(parts, &()).await {
            Ok(parameters) => Self::Axum(parameters),
            Err(RawPathParamsRejection::MissingPathParams(_)) => Self::None,
            Err(_) => Self::Unreadable,
        }
    }

    #[cfg(not(feature = "axum"))]
    pub(super) async fn read(_: &mut Parts, given: Option<Lookup>) -> Self {
        given.map_or(Self::None, Self::Given)
    }

    /// The value of a parameter that is there once.
    pub(super) fn value<'a>(&'a self, extensions: &'a Extensions, name: &str) -> Option<&'a str> {
        match self {
            Self::Given(lookup) => lookup(extensions, name),
            #[cfg(feature = "axum")]
            Self::Axum(parameters) => crate::tenancy::sole(parameters, name),
            // The empty name is nobody's: the answer is that of an unknown one.
            #[cfg(feature = "axum")]
            Self::Unreadable => Some(""),
            Self::None => None,
        }
    }
}
