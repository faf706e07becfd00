//! One reading of each text form, shared by verifiers and signers.

#[cfg(any(feature = "query-signature", feature = "x-auth"))]
pub(crate) mod authority;
pub(crate) mod base64;
#[cfg(any(feature = "query-signature", feature = "x-auth"))]
pub(crate) mod framed;
pub(crate) mod gathered;
#[cfg(feature = "sigv4")]
pub(crate) mod headers;
pub(crate) mod number;
#[cfg(feature = "sigv4")]
pub(crate) mod path;
#[cfg(any(feature = "sigv4", feature = "message-signature"))]
pub(crate) mod percent;
pub(crate) mod query;
