//! Sending a token.

use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use super::{RequestSigner, SignError};
use crate::{Secret, Timestamp};

/// Sends `Authorization: Bearer <token>` (RFC 6750, section 2.1). For a token that is replaced
/// now and then, put it into a [`SwappableSigner`](super::SwappableSigner).
///
/// ```
/// use portcullis::sign::{BearerSigner, SignExt};
/// use portcullis::{Secret, Timestamp};
///
/// let signer = BearerSigner::new(&Secret::from("eyJhbGciOiJIUzI1NiJ9.e30.c2ln"))?;
/// let request = http::Request::get("https://api.example/orders").body("")?;
/// let request = request.signed_by(&signer, Timestamp::from_unix_seconds(1_700_000_000))?;
/// assert_eq!(request.headers()["authorization"], "Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln");
/// assert!(request.headers()["authorization"].is_sensitive());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BearerSigner(AuthorizationValue);

/// The secret cannot be sent as it is, or not under the name that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret, or the name it is sent under, is empty or has characters that cannot be sent")]
pub struct UnsendableSecret;

impl BearerSigner {
    /// Sends this token.
    ///
    /// # Errors
    /// When it is no token: letters, digits and `-._~+/`, with `=` at its end.
    pub fn new(token: &Secret) -> Result<Self, UnsendableSecret> {
        let text = token.expose_text().ok_or(UnsendableSecret)?.trim_end_matches('=');
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        if text.is_empty() || !text.bytes().all(is_allowed) {
            return Err(UnsendableSecret);
        }
        AuthorizationValue::new("Bearer ", token).map(Self)
    }
}

impl RequestSigner for BearerSigner {
    fn sign_request(&self, head: &mut Parts, _: &[u8], _: Timestamp) -> Result<(), SignError> {
        self.0.put_into(&mut head.headers)
    }
}

/// A value of `Authorization`, marked as sensitive.
#[derive(Clone)]
pub(crate) struct AuthorizationValue(HeaderValue);

impl AuthorizationValue {
    /// `before` and the secret, which is printable ASCII without a space.
    pub(crate) fn new(before: &str, secret: &Secret) -> Result<Self, UnsendableSecret> {
        sendable(before, secret).map(Self)
    }

    pub(crate) fn put_into(&self, headers: &mut HeaderMap) -> Result<(), SignError> {
        if headers.contains_key(AUTHORIZATION) {
            return Err(SignError::AlreadySigned);
        }
        headers.insert(AUTHORIZATION, self.0.clone());
        Ok(())
    }
}

impl std::fmt::Debug for AuthorizationValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthorizationValue(..)")
    }
}

/// `before` and a secret of visible ASCII as a value that is marked as sensitive.
pub(crate) fn sendable(before: &str, secret: &Secret) -> Result<HeaderValue, UnsendableSecret> {
    if secret.is_empty() || !secret.expose().iter().all(u8::is_ascii_graphic) {
        return Err(UnsendableSecret);
    }
    let text = zeroize::Zeroizing::new([before.as_bytes(), secret.expose()].concat());
    let mut value = HeaderValue::from_bytes(&text).map_err(|_| UnsendableSecret)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_token_is_refused() {
        for bad in ["", "=", "a b", "a\r\nx: y", "é", "a=b", "a,b", "\"a\""] {
            assert_eq!(BearerSigner::new(&bad.into()).err(), Some(UnsendableSecret), "{bad:?}");
        }
        for good in ["a", "abc-._~+/==", "ey.e.s"] {
            assert!(BearerSigner::new(&good.into()).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn another_credential_is_not_replaced_and_nothing_prints() {
        let signer = BearerSigner::new(&"abc".into()).expect("a token");
        let (mut head, ()) = http::Request::new(()).into_parts();
        head.headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic x"));
        let now = Timestamp::from_unix_seconds(0);
        assert!(matches!(signer.sign_request(&mut head, b"", now), Err(SignError::AlreadySigned)));
        assert_eq!(head.headers.len(), 1);
        assert_eq!(format!("{signer:?}"), "BearerSigner(AuthorizationValue(..))");
    }
}
