//! What a client is told when there is no answer from upstream.

use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};

/// There is no answer from upstream that may be passed on. What became of the request there was
/// logged, and is not in here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpstreamFailure {
    /// The upstream does not accept the key of this service, or not for this: 401, 403 or 407.
    #[error("the upstream refused the key of this service")]
    Refused,
    /// It asks for patience: 429 or 503. For how long, where it says so in seconds.
    #[error("the upstream asks for patience")]
    Busy(Option<Duration>),
    /// It failed, or answered what is no answer: another 5xx, a 1xx, a redirect.
    #[error("the upstream failed")]
    Failed,
    /// There was no answer, or none in time.
    #[error("the upstream cannot be reached")]
    Unreachable,
    /// The answer held one of this service's secrets.
    #[error("the upstream sent a secret back")]
    Leaking,
}

impl UpstreamFailure {
    /// The status for the client: 503 for [`Busy`](Self::Busy), 502 for all else. Never a 401 or
    /// a 403: the client's credential is good.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused | Self::Failed | Self::Unreachable | Self::Leaking => StatusCode::BAD_GATEWAY,
        }
    }

    /// The answer for the client: the status, a body of the application's choice, `Retry-After`
    /// where the upstream said one, and word to caches to keep none of it.
    ///
    /// ```
    /// use http::HeaderValue;
    /// use portcullis::outbound::UpstreamFailure;
    /// let json = HeaderValue::from_static("application/json");
    /// let answer = UpstreamFailure::Refused.response(json, r#"{"ok": false}"#);
    /// assert_eq!(answer.status(), 502);
    /// ```
    #[must_use]
    pub fn response<B>(self, content_type: HeaderValue, body: B) -> Response<B> {
        let mut answer = Response::new(body);
        *answer.status_mut() = self.status();
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Self::Busy(Some(wait)) = self {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_failure_looks_like_a_refusal_of_the_client() {
        let wait = UpstreamFailure::Busy(Some(Duration::from_secs(7)));
        for (failure, status) in [
            (UpstreamFailure::Refused, 502),
            (wait, 503),
            (UpstreamFailure::Failed, 502),
            (UpstreamFailure::Unreachable, 502),
            (UpstreamFailure::Leaking, 502),
        ] {
            assert_eq!(failure.status(), status, "{failure:?}");
        }
        let answer = wait.response(HeaderValue::from_static("text/plain"), "later");
        assert_eq!(
            (&answer.headers()[RETRY_AFTER], &answer.headers()[CACHE_CONTROL]),
            (&"7".parse().expect("7"), &"no-store".parse().expect("a value"))
        );
    }
}
