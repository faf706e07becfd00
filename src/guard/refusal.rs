//! Answers to requests that are refused.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

use super::caching::NO_STORE;
use super::refused::Refused;
use super::style::Refusal;
use super::{Guard, Settings};
use crate::request::RequestView;
use crate::{AuthError, Authenticator, Challenges, ErrorKind, Reason, Timestamp};

/// Words the answer to a request that is refused.
pub(super) fn respond<A: Authenticator>(
    authenticator: &A,
    settings: &Settings<A::Principal>,
    error: &AuthError,
    request: &RequestView<'_>,
) -> Response<Bytes> {
    let rendered = settings.style.render(&Refusal::new(error, request));
    let status = status(error.kind(), rendered.status);
    let mut response = Response::new(rendered.body);
    *response.status_mut() = status;
    response.extensions_mut().insert(Refused::new(error));
    let answer = response.headers_mut();
    answer.reserve(4);
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(rendered.content_type));
    answer.insert(CACHE_CONTROL, NO_STORE);
    if status == StatusCode::UNAUTHORIZED {
        let failure = (error.reason() != Reason::MissingCredential).then_some(error);
        let mut challenges = Challenges::new();
        authenticator.challenge(failure, &mut challenges);
        for challenge in &challenges {
            // A challenge for Basic is none without its realm (RFC 7617, section 2).
            let bare = rendered.bare_challenges && !challenge.word().eq_ignore_ascii_case("basic");
            let value = if bare {
                challenge.without_parameters().header_value().clone()
            } else {
                challenge.header_value().clone()
            };
            answer.append(WWW_AUTHENTICATE, value);
        }
        for (name, value) in challenges.headers() {
            answer.append(name, value.clone());
        }
    }
    let own = error.retry_after().map(|wait| HeaderValue::from(wait.as_secs()));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.insert(RETRY_AFTER, own.unwrap_or_else(|| settings.retry_after.clone()));
    } else if status == StatusCode::TOO_MANY_REQUESTS
        && let Some(wait) = own
    {
        answer.insert(RETRY_AFTER, wait);
    }
    if let Some(fields) = error.fields() {
        fields.apply(answer);
    }
    response
}

/// The status that is sent: the style's, where it may choose, else that of the kind.
fn status(kind: ErrorKind, styled: u16) -> StatusCode {
    let foldable = |kind| matches!(kind, 400 | 401 | 403);
    let code = if foldable(kind.status()) && foldable(styled) { styled } else { kind.status() };
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Left in the extensions of anonymous requests, so that an extractor that wants a
/// principal can answer what the guard would have.
#[derive(Clone)]
pub(crate) struct AnonymousRefusal(Arc<dyn Refuse>);

trait Refuse: Send + Sync {
    fn now(&self) -> Timestamp;
    fn refuse(&self, error: &AuthError, request: &RequestView<'_>) -> Response<Bytes>;
}

impl<A: Authenticator> Refuse for Guard<A> {
    fn now(&self) -> Timestamp {
        self.now()
    }

    fn refuse(&self, error: &AuthError, request: &RequestView<'_>) -> Response<Bytes> {
        self.refuse_inside(error, *request)
    }
}

impl AnonymousRefusal {
    pub(super) fn new<A: Authenticator>(guard: Guard<A>) -> Self {
        Self(Arc::new(guard))
    }

    /// The time by the guard's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// The 401 for a request without a credential.
    pub(crate) fn respond(&self, request: &RequestView<'_>) -> Response<Bytes> {
        self.0.refuse(&AuthError::new(Reason::MissingCredential), request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_cannot_turn_a_refusal_into_anything_else() {
        for styled in [200, 204, 302, 100, 0, 999, 404, 500] {
            assert_eq!(status(ErrorKind::Unauthenticated, styled), 401, "{styled}");
        }
        for kind in [
            ErrorKind::Timeout,
            ErrorKind::BodyTooLarge,
            ErrorKind::TooManyRequests,
            ErrorKind::Unavailable,
            ErrorKind::Internal,
        ] {
            assert_eq!(status(kind, 401), kind.status());
        }
        assert_eq!(status(ErrorKind::Malformed, 401), 401);
    }
}
