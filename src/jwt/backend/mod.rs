//! Signatures with pairs of keys, by whichever library the features name: `aws-lc-rs`, or
//! else `rust-crypto`. Each is called directly; nothing is installed for the process, so
//! other users of `jsonwebtoken` in the same program may do as they like.

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

/// How the bytes of a private key are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PrivateForm {
    /// PKCS#8 (RFC 5958).
    Pkcs8,
    /// `RSAPrivateKey` of PKCS#1 (RFC 8017, appendix A.1.2).
    Pkcs1,
    /// `ECPrivateKey` of SEC 1 (RFC 5915).
    Sec1,
}
