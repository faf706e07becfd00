//! Sealing what must be readable again: the secrets of signing keys, and the hashes of keys
//! that come from other systems, in every store that keeps them outside of the process.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::crypto::RandomError;
use crate::crypto::random;
use crate::store::StoreError;
use crate::{KeyId, Realm, Scheme, Secret};

const NONCE: usize = 24;
/// What the proof of a master key says; no place of a secret is the same bytes.
const PROOF: &[u8] = b"portcullis master key";

/// The key that the secrets of signing keys are sealed under, and the hashes of keys that
/// come from other systems. It comes from the application, and is never in the store. What a
/// store sealed first says which key that is: under another one it seals nothing, and replaces
/// nothing that it cannot open.
///
/// ```
/// use portcullis::store::MasterKey;
/// let master = MasterKey::generate()?;
/// assert_eq!(format!("{master:?}"), "MasterKey(..)");
/// let again = MasterKey::from_bytes(master.expose())?;
/// # assert_eq!(again.expose(), master.expose());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// The bytes are no master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a master key is 32 bytes that are not all zero")]
pub struct InvalidMasterKey;

impl MasterKey {
    /// Takes 32 bytes that a random generator made.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Takes bytes that were read from somewhere.
    ///
    /// # Errors
    /// When they are not 32, or all zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidMasterKey> {
        match bytes.try_into() {
            Ok(bytes) if bytes != [0; 32] => Ok(Self::new(bytes)),
            _ => Err(InvalidMasterKey),
        }
    }

    /// Makes a new one, to be kept with the application's other secrets.
    ///
    /// # Errors
    /// When the system's random generator fails.
    pub fn generate() -> Result<Self, RandomError> {
        Ok(Self(random::bytes()?))
    }

    /// The bytes themselves, to be kept.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals a secret into its place with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), behind
    /// a random nonce: 40 bytes more than the secret has. For whoever writes a store, and keeps
    /// the secrets of signing keys outside of the process.
    ///
    /// ```
    /// use portcullis::store::{MasterKey, SealedPlace};
    /// use portcullis::{KeyId, Realm, Scheme, Secret};
    ///
    /// let (realm, id) = (Realm::default(), KeyId::from("key-1"));
    /// let place = |number| SealedPlace::new(&realm, Scheme::XAuth, &id, number);
    /// let master = MasterKey::generate()?;
    /// let sealed = master.seal(&Secret::from("of a signing key"), &place(1))?;
    /// assert!(master.open(&sealed, &place(1)).is_some());
    /// assert!(master.open(&sealed, &place(2)).is_none());
    /// # Ok::<(), portcullis::crypto::RandomError>(())
    /// ```
    ///
    /// # Errors
    /// When the system's random generator fails.
    pub fn seal(&self, secret: &Secret, place: &SealedPlace<'_>) -> Result<Vec<u8>, RandomError> {
        self.encrypt(secret.expose(), &place.framed())
    }

    /// Opens a sealed secret; none when it was sealed under another key, for another
    /// place, or was changed.
    #[must_use]
    pub fn open(&self, sealed: &[u8], place: &SealedPlace<'_>) -> Option<Secret> {
        self.decrypt(sealed, &place.framed()).map(|text| Secret::new(text.as_slice()))
    }

    /// What a store keeps to tell this key from another: it opens under this one alone.
    pub(in crate::store) fn proof(&self) -> Result<Vec<u8>, RandomError> {
        self.encrypt(PROOF, PROOF)
    }

    /// Refuses to seal anything in a store that holds the proof of another master key: nobody
    /// could open it beside what is there.
    pub(in crate::store) fn check_proof(&self, proof: &[u8]) -> Result<(), StoreError> {
        let opened = self.decrypt(proof, PROOF);
        opened.map(drop).ok_or(StoreError::corrupt("what was sealed under another master key"))
    }

    fn encrypt(&self, msg: &[u8], aad: &[u8]) -> Result<Vec<u8>, RandomError> {
        let nonce = random::bytes::<NONCE>()?;
        // The cipher fails on messages of 256 GiB alone.
        let sealed = self.cipher().encrypt(&XNonce::from(*nonce), Payload { msg, aad });
        Ok([nonce.as_slice(), &sealed.map_err(|_| RandomError)?].concat())
    }

    fn decrypt(&self, sealed: &[u8], aad: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, msg) = sealed.split_first_chunk::<NONCE>()?;
        self.cipher().decrypt(&XNonce::from(*nonce), Payload { msg, aad }).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.expose().into())
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// Where a sealed secret belongs: it opens nowhere else, so that whoever may write to a
/// database, and knows a secret of one key, cannot make it that of another.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SealedPlace<'a> {
    /// The realm of its key.
    pub realm: &'a Realm,
    /// The scheme of its key.
    pub scheme: Scheme,
    /// The id of its key.
    pub id: &'a KeyId,
    /// Which of the secrets of its key it is: each rotation makes one more.
    pub number: i64,
}

impl<'a> SealedPlace<'a> {
    /// The place of the secret `number` of a key.
    #[must_use]
    pub const fn new(realm: &'a Realm, scheme: Scheme, id: &'a KeyId, number: i64) -> Self {
        Self { realm, scheme, id, number }
    }

    /// Each part behind its length, so that no two places are the same bytes.
    fn framed(&self) -> Vec<u8> {
        let number = self.number.to_be_bytes();
        let parts: [&[u8]; 5] = [
            b"portcullis key secret",
            self.realm.as_str().as_bytes(),
            self.scheme.name().as_bytes(),
            self.id.as_str().as_bytes(),
            &number,
        ];
        let frame = |part: &&[u8]| [&(part.len() as u64).to_be_bytes(), *part].concat();
        parts.iter().flat_map(frame).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_in_its_place_under_its_key_and_nowhere_else() {
        let (realm, id) = (Realm::default(), KeyId::from("k"));
        let place = |number| SealedPlace { realm: &realm, scheme: Scheme::XAuth, id: &id, number };
        let (master, secret) = (MasterKey::new([1; 32]), Secret::from("secret"));
        let sealed = master.seal(&secret, &place(1)).expect("sealed");
        assert!(master.open(&sealed, &place(1)).is_some_and(|opened| opened.matches(secret.expose())));
        assert!(master.open(&sealed, &place(2)).is_none());
        assert!(MasterKey::new([2; 32]).open(&sealed, &place(1)).is_none());
        for byte in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[byte] ^= 1;
            assert!(master.open(&changed, &place(1)).is_none(), "byte {byte}");
        }
        assert!(master.open(&sealed[..NONCE - 1], &place(1)).is_none());
    }

    #[test]
    fn a_proof_is_of_one_master_key() {
        let master = MasterKey::new([1; 32]);
        let proof = master.proof().expect("a proof");
        assert!(master.check_proof(&proof).is_ok() && MasterKey::new([2; 32]).check_proof(&proof).is_err());
        assert!(master.check_proof(&proof[..NONCE]).is_err() && master.check_proof(&[]).is_err());
    }

    #[test]
    fn parts_cannot_move_between_the_names_of_a_place() {
        let framed = |realm: &str, id: &str| {
            let (realm, id) = (Realm::from(realm), KeyId::from(id));
            SealedPlace { realm: &realm, scheme: Scheme::XAuth, id: &id, number: 1 }.framed()
        };
        assert_ne!(framed("ab", "c"), framed("a", "bc"));
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        for bytes in [&[1; 31][..], &[1; 33], &[0; 32], &[]] {
            assert_eq!(MasterKey::from_bytes(bytes).err(), Some(InvalidMasterKey));
        }
    }
}
