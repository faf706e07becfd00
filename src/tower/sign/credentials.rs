//! Marking credentials, and taking them away.

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE, HeaderName, PROXY_AUTHORIZATION};

/// Marks what signing added to `before` as sensitive.
pub(super) fn mark(before: &HeaderMap, signed: &mut HeaderMap) {
    for (name, value) in signed.iter_mut() {
        if *name == AUTHORIZATION || !before.contains_key(name) {
            value.set_sensitive(true);
        }
    }
}

/// Takes every credential away: what is marked as sensitive, and what is one by its name.
pub(super) fn remove(headers: &mut HeaderMap) {
    let is_credential = |name: &HeaderName| {
        [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE].contains(name)
            || ["x-api-key", "x-amz-security-token", "dpop", "signature"].contains(&name.as_str())
            || name.as_str().starts_with("x-auth-")
    };
    let lines = headers.iter().filter(|(name, value)| value.is_sensitive() || is_credential(name));
    let names: Vec<HeaderName> = lines.map(|(name, _)| name.clone()).collect();
    for name in names {
        headers.remove(name);
    }
}
