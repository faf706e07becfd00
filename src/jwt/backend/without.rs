//! No backend: only HMAC works, and keys of every other kind cannot be built.

use std::convert::Infallible;

use crate::jwt::algorithm::JwtAlgorithm;
use crate::jwt::key::{JwtKeyError, PublicNumbers};

/// A public key that cannot be.
#[derive(Clone)]
pub(in crate::jwt) struct PublicKey(Infallible);

impl PublicKey {
    pub(in crate::jwt) const fn new(_: JwtAlgorithm, _: &PublicNumbers) -> Result<Self, JwtKeyError> {
        Err(JwtKeyError::NoBackend)
    }

    pub(in crate::jwt) const fn verifies(&self, _: &[u8], _: &[u8]) -> bool {
        match self.0 {}
    }
}

/// A pair of keys that cannot be.
pub(in crate::jwt) struct KeyPair(Infallible);

impl KeyPair {
    pub(in crate::jwt) const fn generate(_: JwtAlgorithm) -> Result<Self, JwtKeyError> {
        Err(JwtKeyError::NoBackend)
    }

    pub(in crate::jwt) const fn numbers(&self) -> Option<PublicNumbers> {
        match self.0 {}
    }

    pub(in crate::jwt) const fn sign(&self, _: &[u8]) -> Option<Vec<u8>> {
        match self.0 {}
    }
}
