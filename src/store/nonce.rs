//! Remembering what was accepted once.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;

use super::StoreError;
use crate::{KeyId, Realm, Scheme, Timestamp};

/// What is claimed: a nonce, or a whole signature, under the key that it verified with.
///
/// Claims are made only after the signature verified, so that strangers cannot fill a
/// store, and they are kept per realm, scheme and key, so that no key can use up
/// another's nonces.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
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

impl<'a> Claim<'a> {
    /// The nonce or signature `nonce`, under a key; until `until`, which must not be earlier
    /// than the request could be accepted again, and now it is `now`.
    #[must_use]
    pub const fn new(
        realm: &'a Realm,
        scheme: Scheme,
        key: &'a KeyId,
        nonce: &'a [u8],
        until: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self { realm, scheme, key, nonce, until, now }
    }

    /// What is claimed, as bytes: each part behind its length, so that no two claims are the
    /// same, and one's own scheme is no other of the same name.
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

    /// SHA-256 of what is claimed, which is the realm, the scheme, the key and the nonce; the
    /// times are not in it. Each part is behind its length, so that no two claims have the
    /// same digest, and a scheme of one's own is no other of the same name. It is the same on
    /// every node: what a store keeps a claim under.
    ///
    /// ```
    /// use portcullis::store::Claim;
    /// use portcullis::{KeyId, Realm, Scheme, Timestamp};
    ///
    /// let (now, until) = (Timestamp::from_unix_seconds(0), Timestamp::from_unix_seconds(300));
    /// let digest = |key: &str, nonce: &[u8]| {
    ///     let (realm, key) = (Realm::default(), KeyId::from(key));
    ///     Claim::new(&realm, Scheme::XAuth, &key, nonce, until, now).digest()
    /// };
    /// assert_eq!(digest("k1", b"abc"), digest("k1", b"abc"));
    /// assert_ne!(digest("k1", b"abc"), digest("k1a", b"bc"));
    /// ```
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut bytes = Vec::new();
        // A vector takes everything.
        let _ = self.frame(&mut bytes);
        crate::crypto::digest::sha256(&bytes)
    }
}

/// Where claims are kept, under their [`digest`](Claim::digest), or under all of their parts.
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

/// The object-safe twin of [`NonceStore`].
#[async_trait]
trait Erased: Send + Sync {
    async fn claim(&self, claim: &Claim<'_>) -> Result<bool, StoreError>;
}

#[async_trait]
impl<S: NonceStore> Erased for S {
    async fn claim(&self, claim: &Claim<'_>) -> Result<bool, StoreError> {
        NonceStore::claim(self, claim).await
    }
}

/// Any [`NonceStore`], whose type is known at run time only. Its clones are the same; one
/// allocation a call is its price.
#[derive(Clone)]
pub struct SharedNonces(Arc<dyn Erased>);

impl SharedNonces {
    /// Erases the type of `nonces`.
    #[must_use]
    pub fn new(nonces: impl NonceStore) -> Self {
        Self(Arc::new(nonces))
    }
}

impl NonceStore for SharedNonces {
    async fn claim(&self, claim: &Claim<'_>) -> Result<bool, StoreError> {
        self.0.as_ref().claim(claim).await
    }
}

impl fmt::Debug for SharedNonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedNonces(..)")
    }
}
