//! One reading of each text form, shared by verifiers and signers.

pub(crate) mod base64;
pub(crate) mod number;
pub(crate) mod query;
