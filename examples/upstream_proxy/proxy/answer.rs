//! What clients see.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use portcullis::outbound::UpstreamFailure;

/// The one body of every failure, as the clients of WispHub know it.
const FAILURE: &str = concat!(
    r#"{"ok": false, "type": "error", "action": "CLIENT_NOT_FOUND", "data": null, "#,
    r#""message": "Unable to fetch client data"}"#
);
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer for a client. Its clones share the body.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    retry_after: Option<HeaderValue>,
    body: Bytes,
}

impl Answer {
    /// What the upstream has answered: JSON.
    pub(super) const fn data(status: StatusCode, body: Bytes) -> Self {
        Self { status, retry_after: None, body }
    }

    pub(super) const fn failed(status: StatusCode) -> Self {
        Self { status, retry_after: None, body: Bytes::from_static(FAILURE.as_bytes()) }
    }

    /// Whether it may be kept for others: a failure never is.
    pub(super) fn may_be_kept(&self) -> bool {
        self.status == StatusCode::OK
    }
}

impl From<UpstreamFailure> for Answer {
    fn from(failure: UpstreamFailure) -> Self {
        let answer = failure.response(JSON, ());
        let retry_after = answer.headers().get_all(RETRY_AFTER).iter().next().cloned();
        Self { retry_after, ..Self::failed(answer.status()) }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}
