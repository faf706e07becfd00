//! The key that a request is signed with, derived from the secret for one scope.

use std::sync::Arc;

use super::scope::{Credential, TERMINATOR};
use crate::Secret;
use crate::crypto::{HmacAlgorithm, HmacKey};
use crate::store::LiveSecret;
use crate::store::derived::DerivedKey;

/// The key for this scope, and whether it was derived only now. It is not kept by this.
pub(super) fn key_of<'a>(
    secret: &LiveSecret,
    scope: &str,
    credential: impl FnOnce() -> Credential<'a>,
) -> (Arc<DerivedKey>, bool) {
    if let Some(kept) = secret.derived().find(scope) {
        return (kept, false);
    }
    let key = signing_key(secret.secret(), &credential());
    (Arc::new(DerivedKey::new(scope, key)), true)
}

/// `HMAC(HMAC(HMAC(HMAC("AWS4" ‖ secret, day), region), service), "aws4_request")`.
pub(super) fn signing_key(secret: &Secret, credential: &Credential<'_>) -> HmacKey {
    let mut start = zeroize::Zeroizing::new(Vec::with_capacity(4 + secret.len()));
    start.extend_from_slice(b"AWS4");
    start.extend_from_slice(secret.expose());
    let key = |bytes: &[u8]| HmacKey::new(HmacAlgorithm::Sha256, &Secret::new(bytes));
    let parts = [credential.day, credential.region, credential.service, TERMINATOR];
    parts.into_iter().fold(key(&start), |held, part| key(held.sign(&[part.as_bytes()]).expose()))
}
