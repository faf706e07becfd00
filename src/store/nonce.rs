//! Remembering what was accepted once.

use std::future::Future;
use std::sync::Arc;

use super::StoreError;
use crate::{KeyId, Realm, Scheme, Timestamp};

/// What is claimed: a nonce, or a whole signature, under the key that it verified with.
///
/// Claims are made only after the signature verified, so that strangers cannot fill a
/// store, and they are kept per realm, scheme and key, so that no key can use up
/// another's nonces.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The realm of the key.
    pub realm: &'a Realm,
    /// The scheme of the key.
    pub scheme: Scheme,
    /// The key.
    pub key: &'a KeyId,
    /// The nonce or signature, as bytes: one spelling only.
    pub nonce: &'a [u8],
    /// Until when the request could be accepted again; the claim must outlive that.
    pub until: Timestamp,
    /// The time now.
    pub now: Timestamp,
}

impl Claim<'_> {
    /// What is claimed, as bytes: each part behind its length, so that no two claims are the
    /// same, and one's own scheme is no other of the same name.
    #[cfg(any(feature = "memory", feature = "sqlite", feature = "postgres", feature = "redis"))]
    pub(crate) fn frame(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        let own = matches!(self.scheme, Scheme::Other(_));
        out.write_all(&[u8::from(own)])?;
        let [realm, scheme, key] = [self.realm.as_str(), self.scheme.name(), self.key.as_str()];
        for part in [realm.as_bytes(), scheme.as_bytes(), key.as_bytes(), self.nonce] {
            out.write_all(&(part.len() as u64).to_be_bytes())?;
            out.write_all(part)?;
        }
        Ok(())
    }

    /// SHA-256 of what is claimed: the same on every node.
    #[cfg(any(feature = "sqlite", feature = "postgres", feature = "redis"))]
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut bytes = Vec::new();
        // A vector takes everything.
        let _ = self.frame(&mut bytes);
        crate::crypto::digest::sha256(&bytes)
    }
}

/// Where claims are kept.
pub trait NonceStore: Send + Sync + 'static {
    /// Claims a nonce: `true` exactly once, however many ask at the same moment, until
    /// `until` is past.
    ///
    /// # Errors
    /// When the store cannot tell, or cannot remember: full or unreachable is never
    /// "true".
    fn claim(&self, claim: &Claim<'_>) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

impl<S: NonceStore> NonceStore for Arc<S> {
    fn claim(&self, claim: &Claim<'_>) -> impl Future<Output = Result<bool, StoreError>> + Send {
        S::claim(self, claim)
    }
}
