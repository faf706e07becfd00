//! Why a request was not signed.

use std::error::Error;

/// A request was not signed, and is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// Neither the URI nor a `Host` header says where it goes.
    #[error("the request names no host")]
    NoAuthority,
    /// The target is not what the scheme can sign: no path in printable ASCII, a fragment, or
    /// a broken percent escape.
    #[error("the target of the request cannot be signed")]
    InvalidTarget,
    /// A header or a parameter that signing adds is there already.
    #[error("the request has a part of a credential already")]
    AlreadySigned,
    /// A header that is to be signed cannot be, or is missing.
    #[error("a header of the request cannot be signed")]
    InvalidHeader,
    /// The body could be taken for something else.
    #[error("the body cannot be signed unambiguously")]
    AmbiguousBody,
    /// The time cannot be written as the scheme writes it.
    #[error("the time cannot be written")]
    InvalidTime,
    /// There is no key to sign with.
    #[error("there is no key to sign with")]
    NoKey,
    /// The system's random generator failed.
    #[error(transparent)]
    Random(#[from] crate::crypto::RandomError),
    /// A signer of the application's own failed.
    #[error("the signer failed")]
    Other(#[source] Box<dyn Error + Send + Sync>),
}
