//! Refusals in the words of gRPC.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use tonic::Code;

use crate::ErrorKind;
use crate::request::RequestView;

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// Whether a request is a gRPC call: a POST of `application/grpc`, alone or with the name of
/// an encoding. gRPC-Web is something else.
pub(super) fn is_call(request: &RequestView<'_>) -> bool {
    let Ok(Some(kind)) = request.unique_header("content-type") else { return false };
    let (Some(start), Some(rest)) = (kind.get(..GRPC.len()), kind.get(GRPC.len()..)) else { return false };
    request.method() == "POST"
        && start.eq_ignore_ascii_case(GRPC)
        && (rest.is_empty() || rest.starts_with(['+', ';']))
}

const GRPC: &str = "application/grpc";

/// The refusal as an answer that consists of trailers only. Challenges, `Retry-After`, and what
/// is said about budgets and to caches stay, as metadata.
pub(super) fn answer(kind: ErrorKind, mut refusal: Response<Bytes>) -> Response<Bytes> {
    let (code, message) = status(kind);
    *refusal.status_mut() = StatusCode::OK;
    *refusal.body_mut() = Bytes::new();
    let headers = refusal.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
    headers.insert(STATUS, HeaderValue::from(code as i32));
    headers.insert(MESSAGE, HeaderValue::from_static(message));
    refusal
}

/// The code of a refusal, and a text of printable ASCII without `%`, which is sent as it is.
const fn status(kind: ErrorKind) -> (Code, &'static str) {
    match kind {
        ErrorKind::Malformed => (Code::InvalidArgument, "malformed credentials"),
        ErrorKind::Unauthenticated => (Code::Unauthenticated, "unauthenticated"),
        ErrorKind::Forbidden => (Code::PermissionDenied, "permission denied"),
        ErrorKind::NotFound => (Code::NotFound, "not found"),
        ErrorKind::Timeout => (Code::DeadlineExceeded, "the message did not come in time"),
        ErrorKind::BodyTooLarge => (Code::ResourceExhausted, "message too large"),
        ErrorKind::TooManyRequests => (Code::ResourceExhausted, "too many requests"),
        ErrorKind::Unavailable => (Code::Unavailable, "unavailable"),
        ErrorKind::Internal => (Code::Internal, "internal error"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::request::{BodyGate, RequestTarget};

    const KINDS: [(ErrorKind, u8); 9] = [
        (ErrorKind::Malformed, 3),
        (ErrorKind::Unauthenticated, 16),
        (ErrorKind::Forbidden, 7),
        (ErrorKind::NotFound, 5),
        (ErrorKind::Timeout, 4),
        (ErrorKind::BodyTooLarge, 8),
        (ErrorKind::TooManyRequests, 8),
        (ErrorKind::Unavailable, 14),
        (ErrorKind::Internal, 13),
    ];

    #[test]
    fn every_kind_has_its_code_and_a_text_that_needs_no_escape() {
        for (kind, code) in KINDS {
            let answer = answer(kind, Response::new(Bytes::from_static(b"{}")));
            assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));
            let header = |name: HeaderName| answer.headers()[name].to_str().expect("text").to_owned();
            assert_eq!(header(STATUS), code.to_string(), "{kind:?}");
            let text = header(MESSAGE);
            assert!(text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'%'), "{text}");
        }
    }

    #[test]
    fn only_a_post_of_grpc_is_a_call() {
        let is_call = |method, kind: &'static str| {
            let headers = http::HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
            let (gate, now) = (BodyGate::new(), Timestamp::from_unix_seconds(0));
            super::is_call(&RequestView::new(
                RequestTarget::new(method, "/a.B/C", None),
                &headers,
                &gate,
                now,
            ))
        };
        for kind in ["application/grpc", "application/grpc+proto", "Application/GRPC; x=y"] {
            assert!(is_call("POST", kind), "{kind}");
            assert!(!is_call("GET", kind), "{kind}");
        }
        for kind in
            ["application/grpc-web", "application/grpc-web+proto", "application/grpcx", "text/plain", ""]
        {
            assert!(!is_call("POST", kind), "{kind}");
        }
    }
}
