//! Signatures with pairs of keys, by whichever library the features name: `aws-lc-rs`, or
//! else `rust-crypto`. Each is called directly; nothing is installed for the process, so
//! other users of `jsonwebtoken` in the same program may do as they like.

use super::JwtAlgorithm;

#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
mod rust_crypto;
#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod without;

#[cfg(feature = "aws-lc-rs")]
pub(super) use aws_lc::{KeyPair, PublicKey};
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
pub(super) use rust_crypto::{KeyPair, PublicKey};
#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
pub(super) use without::{KeyPair, PublicKey};

/// Whether signatures of an algorithm with pairs of keys are verified in this build.
pub(super) const fn verifies(algorithm: JwtAlgorithm) -> bool {
    if algorithm.is_symmetric() {
        return false;
    }
    if cfg!(feature = "aws-lc-rs") {
        return true;
    }
    cfg!(feature = "rust-crypto") && !matches!(algorithm, JwtAlgorithm::Es512)
}
