//! Where a request goes that is to be signed.

use http::{HeaderMap, Uri};

use super::presigned::Presigned;
use crate::canonical::{path, percent};
use crate::sign::SignError;

/// Refuses a target that cannot be signed so that it means one thing only, or that is signed.
pub(super) fn check(uri: &Uri) -> Result<(), SignError> {
    let query = uri.query().unwrap_or_default();
    if !path::is_readable(uri.path()) || !percent::is_sound(query) {
        return Err(SignError::InvalidTarget);
    }
    if !matches!(Presigned::read(query), Ok(None)) {
        return Err(SignError::AlreadySigned);
    }
    Ok(())
}

/// The value that `Host` has or will have: HTTP clients leave the port out that is the default.
pub(super) fn host(uri: &Uri, headers: &HeaderMap) -> Result<String, SignError> {
    let mut lines = headers.get_all(http::header::HOST).iter();
    match (lines.next(), lines.next(), uri.authority()) {
        (Some(host), None, _) => host.to_str().map(str::to_owned).map_err(|_| SignError::InvalidHeader),
        (Some(_), Some(_), _) => Err(SignError::InvalidHeader),
        (None, _, None) => Err(SignError::NoAuthority),
        (None, _, Some(authority)) => {
            // Without a user: no client sends that.
            let host = authority.host();
            Ok(match (authority.port_u16(), uri.scheme_str()) {
                (None, _) | (Some(443), Some("https")) | (Some(80), Some("http")) => host.to_owned(),
                (Some(port), _) => format!("{host}:{port}"),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_as_clients_send_it() {
        let none = HeaderMap::new();
        let of = |uri: &'static str| host(&Uri::from_static(uri), &none);
        assert_eq!(of("https://a.example/x").ok().as_deref(), Some("a.example"));
        assert_eq!(of("https://a.example:443/x").ok().as_deref(), Some("a.example"));
        assert_eq!(of("http://a.example:443/x").ok().as_deref(), Some("a.example:443"));
        assert_eq!(of("http://u@[::1]:80/x").ok().as_deref(), Some("[::1]"));
        assert!(matches!(of("/x"), Err(SignError::NoAuthority)));
        let mut named = HeaderMap::new();
        named.insert("host", http::HeaderValue::from_static("b.example"));
        assert_eq!(host(&Uri::from_static("/x"), &named).ok().as_deref(), Some("b.example"));
    }
}
