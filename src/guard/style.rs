//! How refusals are worded.

use bytes::Bytes;

use super::audit::request_id;
use crate::crypto::random;
use crate::request::RequestView;
use crate::{AuthError, ErrorKind, Reason};

/// A refusal that is to be answered.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    error: &'a AuthError,
    request: &'a RequestView<'a>,
}

impl<'a> Refusal<'a> {
    pub(super) const fn new(error: &'a AuthError, request: &'a RequestView<'a>) -> Self {
        Self { error, request }
    }

    /// The request that is refused.
    #[cfg(feature = "console")]
    pub(crate) const fn request(&self) -> &'a RequestView<'a> {
        self.request
    }

    /// The class of the refusal.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// The precise reason. A body that depends on it tells strangers which step failed.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.error.reason()
    }

    /// The id of the request: that of its `X-Request-Id`, if it is at most 64 letters,
    /// digits, `-`, `_` and `.`; else a new random one.
    #[must_use]
    pub fn request_id(&self) -> String {
        match request_id(self.request) {
            Some(id) => id.to_owned(),
            None => random::hex::<16>().unwrap_or_default(),
        }
    }
}

/// The words of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// The status; it counts only where the refusal is a 400, 401 or 403, and only if it
    /// is one of these itself.
    pub status: u16,
    /// The content type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
    /// Whether challenges are sent as bare words, without parameters. That of `Basic` keeps
    /// them: it needs its realm.
    pub bare_challenges: bool,
}

impl Rendered {
    /// An answer with the status of the refusal.
    #[must_use]
    pub fn new(refusal: &Refusal<'_>, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status: refusal.kind().status(), content_type, body: body.into(), bare_challenges: false }
    }
}

/// How refusals are worded.
///
/// A style chooses the body, and may fold 400, 401 and 403 into one another for the sake
/// of old clients. It cannot turn a refusal into a success, hide a 413, a 429 or a 503, or leave
/// out the challenges of a 401: the layer sees to those.
pub trait ResponseStyle: Send + Sync + 'static {
    /// Words a refusal.
    fn render(&self, refusal: &Refusal<'_>) -> Rendered;
}

const JSON: &str = "application/json";

/// Problem details (RFC 9457) that say no more than the status does. The default.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProblemJson;

impl ResponseStyle for ProblemJson {
    fn render(&self, refusal: &Refusal<'_>) -> Rendered {
        macro_rules! problem {
            ($title:literal, $status:literal) => {
                concat!(r#"{"type":"about:blank","title":""#, $title, r#"","status":"#, $status, "}")
            };
        }
        let body = match refusal.kind() {
            ErrorKind::Malformed => problem!("Bad Request", 400),
            ErrorKind::Unauthenticated => problem!("Unauthorized", 401),
            ErrorKind::Forbidden => problem!("Forbidden", 403),
            ErrorKind::NotFound => problem!("Not Found", 404),
            ErrorKind::Timeout => problem!("Request Timeout", 408),
            ErrorKind::BodyTooLarge => problem!("Content Too Large", 413),
            ErrorKind::TooManyRequests => problem!("Too Many Requests", 429),
            ErrorKind::Unavailable => problem!("Service Unavailable", 503),
            ErrorKind::Internal => problem!("Internal Server Error", 500),
        };
        Rendered::new(refusal, "application/problem+json", body)
    }
}

/// `{"detail": ".."}`, as FastAPI services answer (WispHub): a 400 becomes a 401, and
/// challenges are bare words.
#[derive(Clone, Copy, Debug, Default)]
pub struct FastApiStyle;

impl ResponseStyle for FastApiStyle {
    fn render(&self, refusal: &Refusal<'_>) -> Rendered {
        let body = match refusal.kind() {
            ErrorKind::Malformed | ErrorKind::Unauthenticated => {
                r#"{"detail":"Could not validate credentials."}"#
            }
            ErrorKind::Forbidden => r#"{"detail":"Not enough permissions."}"#,
            ErrorKind::NotFound => r#"{"detail":"Not Found"}"#,
            ErrorKind::Timeout => r#"{"detail":"Request timed out."}"#,
            ErrorKind::BodyTooLarge => r#"{"detail":"Request body too large."}"#,
            ErrorKind::TooManyRequests => r#"{"detail":"Too many requests."}"#,
            ErrorKind::Unavailable => r#"{"detail":"Service unavailable."}"#,
            ErrorKind::Internal => r#"{"detail":"Internal server error."}"#,
        };
        let mut rendered = Rendered::new(refusal, JSON, body);
        rendered.bare_challenges = true;
        if refusal.kind() == ErrorKind::Malformed {
            rendered.status = ErrorKind::Unauthenticated.status();
        }
        rendered
    }
}

/// `{"error": ".."}` with 403 for every refusal, as dj-api-auth answers.
///
/// Its texts tell a missing parameter, a wrong clock and a forbidden entry point apart,
/// because its clients read them. An unknown key and a bad signature stay alike.
#[derive(Clone, Debug)]
pub struct DjApiAuthStyle {
    drift: Bytes,
}

impl DjApiAuthStyle {
    /// `max_drift_seconds` is what the text about the clock names; it should be the
    /// authenticator's.
    #[must_use]
    pub fn new(max_drift_seconds: u64) -> Self {
        Self { drift: format!(r#"{{"error":"time drift > {max_drift_seconds} sec"}}"#).into() }
    }
}

impl Default for DjApiAuthStyle {
    /// The drift of 300 seconds.
    fn default() -> Self {
        Self::new(300)
    }
}

impl ResponseStyle for DjApiAuthStyle {
    fn render(&self, refusal: &Refusal<'_>) -> Rendered {
        let body = match (refusal.kind(), refusal.reason()) {
            (_, Reason::MissingCredential | Reason::IncompleteCredential) => {
                Bytes::from_static(br#"{"error":"parameter missing"}"#)
            }
            (_, Reason::ClockDrift) => self.drift.clone(),
            (_, Reason::EntryPointNotAllowed) => {
                Bytes::from_static(br#"{"error":"entry point not allowed for the API key"}"#)
            }
            (ErrorKind::Malformed | ErrorKind::Unauthenticated, _) => {
                Bytes::from_static(br#"{"error":"signature error"}"#)
            }
            (ErrorKind::Forbidden, _) => Bytes::from_static(br#"{"error":"permission denied"}"#),
            (ErrorKind::NotFound, _) => Bytes::from_static(br#"{"error":"not found"}"#),
            (ErrorKind::Timeout, _) => Bytes::from_static(br#"{"error":"request timed out"}"#),
            (ErrorKind::BodyTooLarge, _) => Bytes::from_static(br#"{"error":"body too large"}"#),
            (ErrorKind::TooManyRequests, _) => Bytes::from_static(br#"{"error":"too many requests"}"#),
            (ErrorKind::Unavailable, _) => Bytes::from_static(br#"{"error":"service unavailable"}"#),
            (ErrorKind::Internal, _) => Bytes::from_static(br#"{"error":"internal error"}"#),
        };
        let mut rendered = Rendered::new(refusal, JSON, body);
        if matches!(refusal.kind(), ErrorKind::Malformed | ErrorKind::Unauthenticated) {
            rendered.status = ErrorKind::Forbidden.status();
        }
        rendered
    }
}

/// IGNY8's envelope: `{"success": false, "error": "..", "request_id": ".."}`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Igny8Style;

impl ResponseStyle for Igny8Style {
    fn render(&self, refusal: &Refusal<'_>) -> Rendered {
        let error = match refusal.kind() {
            ErrorKind::Malformed => "Bad request",
            ErrorKind::Unauthenticated => "Authentication required",
            ErrorKind::Forbidden => "Permission denied",
            ErrorKind::NotFound => "Not found",
            ErrorKind::Timeout => "Request timed out",
            ErrorKind::BodyTooLarge => "Request body too large",
            ErrorKind::TooManyRequests => "Too many requests",
            ErrorKind::Unavailable => "Service unavailable",
            ErrorKind::Internal => "Internal server error",
        };
        // The id has no character that JSON would escape.
        let id = refusal.request_id();
        Rendered::new(refusal, JSON, format!(r#"{{"success":false,"error":"{error}","request_id":"{id}"}}"#))
    }
}
