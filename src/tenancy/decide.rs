//! What the layers of all frameworks do with a route.

use super::Tenancy;
use crate::request::RequestView;
use crate::store::SiteDirectory;
use crate::{AuthError, Identity};

impl<D: SiteDirectory> Tenancy<D> {
    /// Whether the principal may be where the request claims to be. A refusal names the
    /// credential, whatever it is about.
    pub(crate) fn decide<'a, P: Identity>(
        &'a self,
        principal: &'a P,
        request: &RequestView<'a>,
        path: impl Fn(&str) -> Option<&'a str>,
    ) -> impl Future<Output = Result<(), AuthError>> + Send {
        let claims = self.claims(request, path);
        async move {
            let decided = match claims {
                Ok(claims) => self.check(principal, &claims).await,
                Err(error) => Err(error),
            };
            decided.map_err(|error| error.with_credential(principal.credential()))
        }
    }
}

/// The value of the one parameter of this name. Of two, the handler may take the other, so
/// neither is an answer.
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) fn sole<'a>(
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    name: &str,
) -> Option<&'a str> {
    let mut values = parameters.into_iter().filter(|(held, _)| *held == name).map(|(_, value)| value);
    values.next().filter(|_| values.next().is_none())
}

#[cfg(all(test, any(feature = "actix", feature = "axum")))]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_there_twice_has_no_value() {
        let parameters = [("site", "shop"), ("page", "1"), ("page", "1")];
        for (name, expected) in [("site", Some("shop")), ("page", None), ("Site", None), ("", None)] {
            assert_eq!(sole(parameters, name), expected, "{name}");
        }
    }
}
