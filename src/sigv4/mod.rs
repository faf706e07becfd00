//! AWS Signature Version 4.

mod authenticator;
mod authorization;
mod body;
mod canonical;
pub mod chunked;
mod date;
mod derive;
mod hex;
mod lines;
mod payload;
mod policy;
mod presented;
mod presigned;
mod query;
mod scope;
mod signed_headers;
mod signer;
mod target;
mod text;
mod verify;

pub use authenticator::SigV4Authenticator;
pub use canonical::PathForm;
pub use query::QueryForm;
pub use signer::SigV4Signer;
pub use text::{SignedParts, canonical_request, signature, string_to_sign};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(crate) const DATE: &str = "x-amz-date";
pub(crate) const PAYLOAD: &str = "x-amz-content-sha256";
pub(crate) const TOKEN: &str = "x-amz-security-token";

/// The SHA-256 of nothing.
const EMPTY: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];
