//! Signatures that each cover the one before.

use std::fmt;

use super::ChunkError;
use crate::crypto::digest::sha256;
use crate::crypto::{HmacKey, Tag, hex};
use crate::sigv4::EMPTY;

/// What the chain of a body's signatures begins with, from the request that was signed.
///
/// It prints neither the key nor the signature.
#[derive(Clone)]
pub struct ChunkSeed {
    key: HmacKey,
    scope: Box<str>,
    date: Box<str>,
    previous: [u8; 64],
}

impl ChunkSeed {
    /// The derived signing key, the credential scope (`20130524/us-east-1/s3/aws4_request`), the
    /// text of `x-amz-date`, and the signature of the request.
    ///
    /// # Errors
    /// When the signature is not 64 lower-case hexadecimal digits.
    pub fn new(
        key: HmacKey,
        scope: impl Into<Box<str>>,
        date: impl Into<Box<str>>,
        signature: &str,
    ) -> Result<Self, ChunkError> {
        let previous = hex::read(signature.as_bytes()).ok_or(ChunkError::InvalidSeed)?;
        Ok(Self::behind(key, scope.into(), date.into(), &previous))
    }

    /// The same, of a signature that was read already.
    pub(in super::super) fn behind(
        key: HmacKey,
        scope: Box<str>,
        date: Box<str>,
        signature: &[u8; 32],
    ) -> Self {
        Self { key, scope, date, previous: hex::write(signature) }
    }

    /// The signature of the next chunk, whose data has this digest.
    pub(super) fn of_chunk(&self, digest: &[u8; 32]) -> Tag {
        self.sign(b"AWS4-HMAC-SHA256-PAYLOAD\n", &[&hex::write(&EMPTY), b"\n", &hex::write(digest)])
    }

    /// The signature of the trailers, of which this is the canonical text.
    pub(super) fn of_trailers(&self, canonical: &[u8]) -> Tag {
        self.sign(b"AWS4-HMAC-SHA256-TRAILER\n", &[&hex::write(&sha256(canonical))])
    }

    fn sign(&self, kind: &[u8], rest: &[&[u8]]) -> Tag {
        self.key.sign_with(|sink| {
            for part in
                [kind, self.date.as_bytes(), b"\n", self.scope.as_bytes(), b"\n", &self.previous, b"\n"]
            {
                sink(part);
            }
            rest.iter().for_each(|part| sink(part));
        })
    }

    /// Goes on from this signature.
    pub(super) fn advance(&mut self, signed: &Tag) {
        self.previous = hex::write(signed.expose().try_into().unwrap_or(&[0; 32]));
    }

    /// The signature at which the chain has arrived.
    pub(super) const fn signature(&self) -> &[u8; 64] {
        &self.previous
    }
}

impl fmt::Debug for ChunkSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkSeed")
            .field("scope", &self.scope)
            .field("date", &self.date)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Secret;
    use crate::crypto::HmacAlgorithm;

    /// The seed of the examples in AWS's documentation, with the signature of one of them.
    pub(in super::super) fn published(signature: &str) -> ChunkSeed {
        let keyed = |secret: Vec<u8>| HmacKey::new(HmacAlgorithm::Sha256, &Secret::new(secret));
        let first = keyed(b"AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_vec());
        let key = ["20130524", "us-east-1", "s3", "aws4_request"]
            .iter()
            .fold(first, |key, word| keyed(key.sign(&[word.as_bytes()]).expose().to_vec()));
        ChunkSeed::new(key, "20130524/us-east-1/s3/aws4_request", "20130524T000000Z", signature)
            .expect("a seed")
    }

    /// The signatures of 64 KiB, 1 KiB and nothing, one behind the other.
    fn of_the_example(seed: &mut ChunkSeed) -> Vec<String> {
        let data = vec![b'a'; 65_536];
        let sign = |size: usize| {
            let tag = seed.of_chunk(&sha256(&data[..size]));
            seed.advance(&tag);
            String::from_utf8(seed.signature().to_vec()).expect("digits")
        };
        [65_536, 1024, 0].map(sign).into()
    }

    #[test]
    fn the_published_chunks_come_out() {
        let mut seed = published("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
        let expected = [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ];
        assert_eq!(of_the_example(&mut seed), expected);
    }

    #[test]
    fn the_published_trailers_come_out() {
        let mut seed = published("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
        let expected = [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ];
        assert_eq!(of_the_example(&mut seed), expected);
        let tag = seed.of_trailers(b"x-amz-checksum-crc32c:sOO8/Q==\n");
        seed.advance(&tag);
        assert_eq!(seed.signature(), b"d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435");
    }

    #[test]
    fn a_seed_is_a_signature_and_shows_none() {
        let key = || HmacKey::new(HmacAlgorithm::Sha256, &"k".into());
        for bad in ["", "zz", &"A".repeat(64), &"0".repeat(63), &"0".repeat(65)] {
            assert_eq!(ChunkSeed::new(key(), "", "", bad).err(), Some(ChunkError::InvalidSeed));
        }
        let seed = ChunkSeed::new(key(), "scope", "date", &"5".repeat(64)).expect("a seed");
        assert!(!format!("{seed:?}").contains("55"));
    }
}
