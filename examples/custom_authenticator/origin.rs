//! Requests that a browser was made to send by another site.

use portcullis::request::RequestView;
use portcullis::{AuthError, Reason};

/// Refuses a request that may change something and comes from a page of another origin.
///
/// Browsers attach cookies whoever wrote the page, and say where a request comes from:
/// `Sec-Fetch-Site`, and before that `Origin`. A request with neither is no browser's, or
/// one of a browser older than both: `SameSite=Lax` is what is left there. Methods that
/// only read are let through, so nothing may change by a GET.
pub(crate) fn check(request: &RequestView<'_>) -> Result<(), AuthError> {
    let [site, origin] = request.unique_headers(["sec-fetch-site", "origin"])?;
    let ours = match (request.method(), site, origin) {
        ("GET" | "HEAD" | "OPTIONS", _, _) | (_, None, None) => true,
        (_, Some(site), _) => matches!(site, "same-origin" | "none"),
        // Behind a proxy that ends TLS the scheme is not known here. `null` has no host.
        (_, None, Some(origin)) => match (origin.split_once("://"), request.authority()?) {
            (Some((_, host)), Some(authority)) => host.eq_ignore_ascii_case(authority),
            _ => false,
        },
    };
    if ours { Ok(()) } else { Err(AuthError::new(Reason::ForeignOrigin)) }
}
