//! Why there are no keys.

use std::sync::Arc;

use super::InvalidJwksUrl;
use crate::client::HttpClientError;
use crate::jwt::JwtKeySetError;

/// A client for keys cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JwksError {
    /// One of the URLs, or one of the hosts that keys may come from, cannot be asked.
    #[error("the URL of the keys or of the issuer")]
    Url(#[from] InvalidJwksUrl),
    /// There is no client for HTTP: the feature `reqwest` is off, and none was given.
    #[error("there is no client for HTTP: give one, or switch the feature reqwest on")]
    NoHttpClient,
    /// The client for HTTP cannot be made.
    #[error("the client for HTTP cannot be made")]
    HttpClient(#[source] HttpClientError),
    /// It was started outside of a tokio runtime.
    #[error("keys are fetched within a tokio runtime")]
    NoRuntime,
    /// The first fetch failed, and there is no snapshot that could stand in.
    #[error("the keys cannot be fetched")]
    Fetch(#[source] Arc<JwksFetchError>),
}

/// A fetch failed. The keys of before stay.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JwksFetchError {
    /// No whole answer came: in time, or within 256 KiB, or at all.
    #[error("no whole answer came")]
    NoAnswer(#[source] HttpClientError),
    /// The answer has another status than 200, or than 304 to a conditional request.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// A redirect to another origin, to something that is no URL, or a fourth one.
    #[error("the answer is a redirect that is not followed")]
    Redirect,
    /// The body is compressed, though that was not asked for.
    #[error("the answer is compressed")]
    Compressed,
    /// The document is not a JWK set, or no key of it can be used. Its source says why the
    /// first key was dropped.
    #[error("the document gives no key")]
    Set(#[source] JwtKeySetError),
    /// The metadata of the issuer is not one JSON object with `issuer` and `jwks_uri`.
    #[error("the metadata of the issuer cannot be read")]
    Metadata,
    /// The metadata is that of another issuer.
    #[error("the metadata is that of another issuer")]
    OtherIssuer,
    /// The metadata names a place for keys that is not allowed: it is no `https` URL, or
    /// neither of the issuer's origin nor of a host that was allowed.
    #[error("the metadata names a place for keys that is not allowed")]
    KeysElsewhere,
    /// The client for HTTP panicked.
    #[error("the client for HTTP panicked")]
    Panicked,
}

impl JwksFetchError {
    /// A word for logs and labels.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::NoAnswer(HttpClientError::TimedOut) => "timed-out",
            Self::NoAnswer(HttpClientError::TooLong) => "too-long",
            Self::NoAnswer(_) => "no-answer",
            Self::Status(_) => "status",
            Self::Redirect => "redirect",
            Self::Compressed => "compressed",
            Self::Set(_) => "unreadable",
            Self::Metadata => "metadata",
            Self::OtherIssuer => "other-issuer",
            Self::KeysElsewhere => "keys-elsewhere",
            Self::Panicked => "panicked",
        }
    }
}

impl From<HttpClientError> for JwksFetchError {
    fn from(error: HttpClientError) -> Self {
        Self::NoAnswer(error)
    }
}
