//! One reading of each text form, shared by verifiers and signers.

pub(crate) mod base64;
#[cfg(feature = "sigv4")]
pub(crate) mod headers;
pub(crate) mod number;
#[cfg(feature = "sigv4")]
pub(crate) mod path;
#[cfg(feature = "sigv4")]
pub(crate) mod percent;
pub(crate) mod query;
