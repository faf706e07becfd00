//! What is signed, as text: no secret, for whoever must find out why two sides disagree.

use super::canonical::{self, Canonical, HeaderLines, PathForm};
use super::query::QueryForm;
use super::scope::Credential;
use super::{derive, hex, signed_headers};
use crate::crypto::digest::sha256;
use crate::request::HeaderSource;
use crate::{AuthError, Secret};

/// All that is signed of a request.
#[derive(Clone, Copy)]
pub struct SignedParts<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// The path, as sent.
    pub path: &'a str,
    /// The query, as sent; of a presigned URL, with its parameters.
    pub query: &'a str,
    /// All headers of the request, `host` among them.
    pub headers: &'a dyn HeaderSource,
    /// The names of those that are signed, as `SignedHeaders` has them.
    pub signed_headers: &'a str,
    /// The last line: `x-amz-content-sha256`, or the SHA-256 of the body.
    pub payload: &'a str,
}

impl std::fmt::Debug for SignedParts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedParts")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("signed_headers", &self.signed_headers)
            .finish_non_exhaustive()
    }
}

struct Lines<'a>(&'a dyn HeaderSource);

impl HeaderLines for Lines<'_> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let mut values = Vec::new();
        self.0.visit(name, &mut |value| values.push(value));
        values.into_iter()
    }
}

/// The canonical request. Signer and verifier feed the same to the hash.
///
/// ```
/// use portcullis::sigv4::{PathForm, QueryForm, SignedParts, canonical_request};
///
/// let headers = vec![("host".to_owned(), b"api.example".to_vec())];
/// let parts = SignedParts {
///     method: "GET",
///     path: "/a b/../c",
///     query: "b=2&a=1",
///     headers: &headers,
///     signed_headers: "host",
///     payload: "UNSIGNED-PAYLOAD",
/// };
/// let text = canonical_request(&parts, PathForm::Normalised, QueryForm::Rule)?;
/// assert_eq!(text, b"GET\n/c\na=1&b=2\nhost:api.example\n\nhost\nUNSIGNED-PAYLOAD");
/// # Ok::<(), portcullis::AuthError>(())
/// ```
///
/// # Errors
/// When the list of signed headers is no such list, names one that is not there, or when the
/// query has a broken escape.
pub fn canonical_request(
    parts: &SignedParts<'_>,
    path: PathForm,
    query: QueryForm,
) -> Result<Vec<u8>, AuthError> {
    signed_headers::check(parts.signed_headers)?;
    let canonical = Canonical {
        method: parts.method,
        path: parts.path,
        query: parts.query,
        signed_headers: parts.signed_headers,
        headers: &Lines(parts.headers),
        payload: parts.payload.as_bytes(),
    };
    let mut text = Vec::new();
    canonical.feed(path, query, |piece| text.extend_from_slice(piece))?;
    Ok(text)
}

/// The four lines that are signed: the algorithm, `X-Amz-Date`, the scope
/// (`20150830/us-east-1/iam/aws4_request`), and the digest of the canonical request.
#[must_use]
pub fn string_to_sign(date: &str, scope: &str, canonical_request: &[u8]) -> String {
    let digest = hex::write(&sha256(canonical_request));
    let lines = canonical::string_to_sign(date, scope, &digest).concat();
    String::from_utf8_lossy(&lines).into_owned()
}

/// The signature of those lines by a secret; none where the scope is no scope.
#[must_use]
pub fn signature(secret: &impl AsRef<Secret>, scope: &str, string_to_sign: &str) -> Option<String> {
    let whole = format!("id/{scope}");
    let credential = Credential::read(&whole).ok().filter(|credential| credential.scope == scope)?;
    let key = derive::signing_key(secret.as_ref(), &credential);
    Some(hex::write_text(key.sign(&[string_to_sign.as_bytes()]).expose()))
}
