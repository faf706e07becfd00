//! Why a request was not sent.

use crate::request::BodyFailure;
use crate::sign::SignError;

/// A request was not sent, or its answer was not handed on. It comes boxed, beside the errors of
/// the inner service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignLayerError {
    /// It is for an origin that the signer's credential is not for.
    #[error("the request is for an origin that nothing is signed for")]
    ForeignOrigin,
    /// Another origin answered with a redirect to one that is signed for.
    #[error("another origin redirects to one that is signed for")]
    RedirectedBack,
    /// It was not signed.
    #[error("the request was not signed")]
    NotSigned(#[source] SignError),
    /// Its body could not be read as a whole.
    #[error("the body of the request could not be read")]
    Body(#[source] BodyFailure),
}
