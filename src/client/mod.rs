//! The HTTP client with which issuers are asked.
//!
//! The crate asks others in two places: for the keys of an issuer, and whether an opaque
//! token is active. Both go through [`HttpClient`], so that an application may use the
//! client it has.

mod function;
#[cfg(feature = "reqwest")]
mod reqwest;

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

pub use function::ClientFn;
#[cfg(feature = "reqwest")]
pub use reqwest::ReqwestClient;

/// Sends a request and reads the whole answer, within bounds.
///
/// # What an implementation promises
/// - The request goes to the authority of its URI and nowhere else: no redirect is followed,
///   the answer with the status 3xx is returned. What may be followed is for the caller to
///   say.
/// - Nothing is added that could be a credential: no cookies, no `Authorization`.
/// - It stops reading once the body is longer than [`ResponseLimits::body`]. A body that
///   says it is longer is not read at all.
/// - It gives up when [`ResponseLimits::time`] has passed since the call, whatever it is
///   waiting for then: a name, a connection, the head or the next byte.
/// - It undoes no compression: the limit is about the bytes that are read.
pub trait HttpClient: fmt::Debug + Send + Sync {
    /// Sends `request` once.
    ///
    /// # Errors
    /// When no whole answer came within the limits. A status is no error, whichever it is.
    fn send(&self, request: Request<Bytes>, limits: ResponseLimits) -> Answer<'_>;
}

/// The answer of an [`HttpClient`].
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpClientError>> + Send + 'a>>;

/// How much of an answer is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseLimits {
    /// The longest body, in bytes.
    pub body: usize,
    /// The longest time from the call to the last byte of the answer.
    pub time: Duration,
}

impl ResponseLimits {
    /// At most `body` bytes within `time`.
    #[must_use]
    pub const fn new(body: usize, time: Duration) -> Self {
        Self { body, time }
    }
}

/// There is no whole answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpClientError {
    /// It did not come in time.
    #[error("the answer did not come in time")]
    TimedOut,
    /// It is longer than is read.
    #[error("the answer is too long")]
    TooLong,
    /// No connection could be made, or it broke.
    #[error("the request failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl HttpClientError {
    /// The request failed, for the reason `source`.
    pub fn failed(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(source.into())
    }
}
