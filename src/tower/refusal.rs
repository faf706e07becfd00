//! Answers to requests that are refused.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::layer::Settings;
use super::style::Refusal;
use crate::trace::event;
use crate::{AuthError, Authenticator, Challenges, ErrorKind, Reason};

/// Logs a refusal and words the answer.
pub(super) fn respond<A: Authenticator>(
    authenticator: &A,
    settings: &Settings,
    error: &AuthError,
    headers: &HeaderMap,
) -> Response<Bytes> {
    log(error);
    let rendered = settings.style.render(&Refusal::new(error, headers));
    let status = status(error.kind(), rendered.status);
    let mut response = Response::new(rendered.body);
    *response.status_mut() = status;
    let answer = response.headers_mut();
    answer.reserve(4);
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(rendered.content_type));
    answer.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        let failure = (error.reason() != Reason::MissingCredential).then_some(error);
        let mut challenges = Challenges::new();
        authenticator.challenge(failure, &mut challenges);
        for challenge in &challenges {
            let value = if rendered.bare_challenges {
                challenge.without_parameters().header_value().clone()
            } else {
                challenge.header_value().clone()
            };
            answer.append(WWW_AUTHENTICATE, value);
        }
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.insert(RETRY_AFTER, settings.retry_after.clone());
    }
    response
}

/// The status that is sent: the style's, where it may choose, else that of the kind.
fn status(kind: ErrorKind, styled: u16) -> StatusCode {
    let foldable = |kind| matches!(kind, 400 | 401 | 403);
    let code = if foldable(kind.status()) && foldable(styled) { styled } else { kind.status() };
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// One event for each refusal: a fixed vocabulary, and the id of the key where one was
/// found.
fn log(error: &AuthError) {
    let scheme = error.scheme().map_or("none", crate::Scheme::name);
    let key = error.key().map_or("", crate::KeyId::as_str);
    let source = std::error::Error::source(error).map(display_chain);
    let source = source.as_deref().unwrap_or_default();
    match error.kind() {
        ErrorKind::Unavailable | ErrorKind::Internal => {
            event!(error, scheme, key, source, reason = error.reason().text(), "cannot decide");
        }
        _ if error.reason() == Reason::MissingCredential => {
            event!(debug, scheme, reason = error.reason().text(), "refused");
        }
        _ => event!(info, scheme, key, source, reason = error.reason().text(), "refused"),
    }
}

/// An error and what is behind it, in one line.
fn display_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text.push_str(": ");
        text.push_str(&error.to_string());
        next = error.source();
    }
    text
}

/// Left in the extensions of anonymous requests, so that an extractor that wants a
/// principal can answer what the layer would have.
#[derive(Clone)]
pub(crate) struct AnonymousRefusal(Arc<dyn Respond>);

trait Respond: Send + Sync {
    fn respond(&self, error: &AuthError, headers: &HeaderMap) -> Response<Bytes>;
}

impl<A: Authenticator> Respond for (Arc<A>, Arc<Settings>) {
    fn respond(&self, error: &AuthError, headers: &HeaderMap) -> Response<Bytes> {
        respond(&*self.0, &self.1, error, headers)
    }
}

impl AnonymousRefusal {
    pub(super) fn new<A: Authenticator>(authenticator: &Arc<A>, settings: &Arc<Settings>) -> Self {
        Self(Arc::new((Arc::clone(authenticator), Arc::clone(settings))))
    }

    /// The 401 for a request without a credential.
    #[cfg(feature = "axum")]
    pub(crate) fn respond(&self, headers: &HeaderMap) -> Response<Bytes> {
        self.0.respond(&AuthError::new(Reason::MissingCredential), headers)
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
        for kind in [ErrorKind::BodyTooLarge, ErrorKind::Unavailable, ErrorKind::Internal] {
            assert_eq!(status(kind, 401), kind.status());
        }
        assert_eq!(status(ErrorKind::Malformed, 401), 401);
    }
}
