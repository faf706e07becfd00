//! What answers say to caches.

use http::header::{CACHE_CONTROL, VARY};
use http::{HeaderMap, HeaderValue};

use crate::AuthState;

/// What an answer has to say, because a cache between here and the client could keep it.
#[derive(Clone, Debug)]
pub(crate) struct Caching {
    vary: HeaderValue,
    keep: Keep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// As the handler says, and as HTTP says of `Authorization`.
    AsSaid,
    /// Not in a shared cache, which cannot know that this carrier is one.
    NotShared,
}

impl Caching {
    /// For a request by `method`, which had an `Authorization` header or had not. Answers to
    /// other methods than GET and HEAD are not kept unless they say so in detail (RFC 9110,
    /// section 9.2.3).
    pub(super) fn of<P>(
        method: &str,
        state: &AuthState<P>,
        authorization: bool,
        vary: &HeaderValue,
    ) -> Option<Self> {
        if !matches!(method, "GET" | "HEAD") {
            return None;
        }
        let keep = match state {
            AuthState::Authenticated(_) if !authorization => Keep::NotShared,
            _ => Keep::AsSaid,
        };
        Some(Self { vary: vary.clone(), keep })
    }

    /// Says it.
    pub(crate) fn apply(self, headers: &mut HeaderMap) {
        let Self { vary, .. } = &self;
        if self.replaces(headers.get_all(CACHE_CONTROL).iter().map(HeaderValue::as_bytes)) {
            headers.insert(CACHE_CONTROL, NO_STORE);
        }
        headers.append(VARY, vary.clone());
    }

    /// What `Vary` says.
    pub(crate) fn vary(&self) -> &[u8] {
        self.vary.as_bytes()
    }

    /// Whether `no-store` takes the place of what the handler said about caches.
    pub(crate) fn replaces<'a>(&self, said: impl Iterator<Item = &'a [u8]>) -> bool {
        self.keep == Keep::NotShared && !said.into_iter().any(keeps_to_itself)
    }
}

pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Whether a line of `Cache-Control` keeps shared caches away.
fn keeps_to_itself(line: &[u8]) -> bool {
    line.split(|byte| *byte == b',').any(|directive| {
        let directive = directive.trim_ascii();
        directive.eq_ignore_ascii_case(b"private") || directive.eq_ignore_ascii_case(b"no-store")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(state: AuthState<()>, authorization: bool, handler: Option<&'static str>) -> (String, usize) {
        let mut headers = HeaderMap::new();
        if let Some(handler) = handler {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(handler));
        }
        let vary = HeaderValue::from_static("authorization");
        Caching::of("GET", &state, authorization, &vary).expect("a GET").apply(&mut headers);
        let shown = headers.get_all(CACHE_CONTROL).iter().map(|value| value.to_str().expect("text"));
        (shown.collect(), headers.get_all(VARY).iter().count())
    }

    #[test]
    fn what_a_shared_cache_cannot_know_is_not_stored() {
        let known = || AuthState::Authenticated(());
        assert_eq!(said(known(), false, None), ("no-store".to_owned(), 1));
        assert_eq!(said(known(), false, Some("public, max-age=60")), ("no-store".to_owned(), 1));
        for own in ["private", "max-age=5, Private", "no-store"] {
            assert_eq!(said(known(), false, Some(own)), (own.to_owned(), 1));
        }
        assert_eq!(said(known(), true, Some("public")), ("public".to_owned(), 1));
        assert_eq!(said(AuthState::Anonymous, false, None), (String::new(), 1));
        assert!(Caching::of("POST", &known(), true, &NO_STORE).is_none());
    }
}
