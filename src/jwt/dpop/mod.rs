//! Proof of possession (DPoP, RFC 9449): a token that is of no use to whoever steals it.
//!
//! The client has a pair of keys, and its token names the public one by thumbprint
//! (`cnf.jkt`). With each request the client sends, in the header `DPoP`, a proof: a short
//! token that the private key signs, about the method, the address, the moment and the
//! access token. A [`DpopVerifier`] checks proofs for a
//! [`JwtAuthenticator`](super::JwtAuthenticator); a [`DpopProof`] makes them.

mod error;
mod nonces;
mod proof;
mod signer;
mod target;
mod verifier;

pub use error::{DpopError, DpopSettingsError, DpopSignError};
pub use nonces::DpopNonces;
pub use signer::DpopProof;
pub use verifier::DpopVerifier;
