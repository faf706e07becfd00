//! What cannot be the beginning of a body in chunks.

/// The head of a request does not go with a body in chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// The signature of the request is not 64 lower-case hexadecimal digits.
    #[error("the signature of the request is not one")]
    InvalidSeed,
    /// The trailers that are announced are named twice, are too many, are not names, or do not go
    /// with the payload: there are some and it has none, there is none and it has some, or it is
    /// not signed and one of them cannot be verified.
    #[error("the announced trailers do not go with the payload")]
    InvalidTrailers,
}
