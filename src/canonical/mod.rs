//! One reading of each text form, shared by verifiers and signers.

#[cfg(any(feature = "query-signature", feature = "x-auth"))]
pub(crate) mod authority;
pub(crate) mod base64;
#[cfg(any(feature = "query-signature", feature = "x-auth"))]
pub(crate) mod framed;
pub(crate) mod number;
pub(crate) mod query;
