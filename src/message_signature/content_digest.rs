//! `Content-Digest` (RFC 9530).

use std::fmt;
use std::str::FromStr;

use sfv::{BareItem, ListEntry, Version};
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::structured;
use crate::canonical::base64;

/// The digests of a body as it is on the wire, content coding and all (RFC 9530, section 2):
/// SHA-256, SHA-512, or both, which must then both match.
///
/// ```
/// use portcullis::message_signature::ContentDigest;
///
/// let body = b"{\"hello\": \"world\"}\n";
/// let digest = ContentDigest::sha256(body);
/// assert_eq!(digest.to_string(), "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
/// let received: ContentDigest = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:".parse()?;
/// assert!(received.matches(body) && !received.matches(b"{}"));
/// # Ok::<(), portcullis::message_signature::InvalidContentDigest>(())
/// ```
#[derive(Clone, Copy)]
pub struct ContentDigest {
    sha256: Option<[u8; 32]>,
    sha512: Option<[u8; 64]>,
}

/// The text is no `Content-Digest`, or has none that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text has no sha-256 or sha-512 of a body")]
pub struct InvalidContentDigest;

impl ContentDigest {
    /// The SHA-256 of a body.
    #[must_use]
    pub fn sha256(body: &[u8]) -> Self {
        Self { sha256: Some(Sha256::digest(body).into()), sha512: None }
    }

    /// The SHA-512 of a body.
    #[must_use]
    pub fn sha512(body: &[u8]) -> Self {
        Self { sha256: None, sha512: Some(Sha512::digest(body).into()) }
    }

    /// Whether every digest is that of this body.
    #[must_use]
    pub fn matches(&self, body: &[u8]) -> bool {
        let sha256 = self.sha256.is_none_or(|held| held.ct_eq(&Sha256::digest(body)).into());
        let sha512 = self.sha512.is_none_or(|held| held.ct_eq(&Sha512::digest(body)).into());
        sha256 && sha512
    }
}

impl FromStr for ContentDigest {
    type Err = InvalidContentDigest;

    /// Reads the value of the header. Digests by other algorithms are passed over as long as
    /// one of the two is there too: those that are registered beside them are broken (section
    /// 5), and a new one is no reason to refuse.
    fn from_str(text: &str) -> Result<Self, InvalidContentDigest> {
        fn exact<const N: usize>(bytes: &[u8]) -> Result<Option<[u8; N]>, InvalidContentDigest> {
            bytes.try_into().map(Some).map_err(|_| InvalidContentDigest)
        }
        let members =
            structured::dictionary(text.as_bytes(), Version::Rfc8941).ok_or(InvalidContentDigest)?;
        let mut read = Self { sha256: None, sha512: None };
        for (algorithm, member) in &members {
            let ListEntry::Item(item) = member else { return Err(InvalidContentDigest) };
            let BareItem::ByteSequence(bytes) = &item.bare_item else { return Err(InvalidContentDigest) };
            match algorithm.as_str() {
                "sha-256" => read.sha256 = exact(bytes)?,
                "sha-512" => read.sha512 = exact(bytes)?,
                _ => {}
            }
        }
        if read.sha256.is_none() && read.sha512.is_none() {
            return Err(InvalidContentDigest);
        }
        Ok(read)
    }
}

impl fmt::Display for ContentDigest {
    /// The value of the header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(digest) = &self.sha256 {
            write!(f, "sha-256=:{}:", base64::encode_standard(digest))?;
        }
        if self.sha256.is_some() && self.sha512.is_some() {
            f.write_str(", ")?;
        }
        if let Some(digest) = &self.sha512 {
            write!(f, "sha-512=:{}:", base64::encode_standard(digest))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ContentDigest {
    /// Not the bytes: a short body can be guessed from them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentDigest(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 9530, appendices B.1 and B.2 (the example of this body), and section 2.
    const BODY: &[u8] = b"{\"hello\": \"world\"}\n";
    const SHA_256: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    const SHA_512: &str =
        "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:";

    #[test]
    fn the_examples_of_the_rfc_come_out() {
        assert_eq!(ContentDigest::sha256(BODY).to_string(), SHA_256);
        assert_eq!(ContentDigest::sha512(BODY).to_string(), SHA_512);
        for text in [SHA_256, SHA_512, &format!("{SHA_256}, {SHA_512}")] {
            let digest: ContentDigest = text.parse().expect(text);
            assert_eq!(digest.to_string(), text);
            assert!(digest.matches(BODY) && !digest.matches(b"{\"hello\": \"world\"}"));
        }
    }

    #[test]
    fn every_known_digest_counts_and_no_other_does() {
        let read = |text: &str| text.parse::<ContentDigest>();
        let wrong = format!("{SHA_256}, sha-512=:AAAA:");
        assert!(read(&wrong).is_err(), "a digest of another length");
        let wrong = format!("{SHA_256}, {}", ContentDigest::sha512(b"other"));
        assert!(!read(&wrong).expect("digests").matches(BODY));
        assert!(read(&format!("md5=:AAAA:, {SHA_256}")).expect("a digest").matches(BODY));
        for bad in [
            "md5=:AAAA:",
            "",
            "sha-256",
            "sha-256=abc",
            "sha-256=:AAAA:",
            "sha-256=(1 2)",
            "SHA-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
            &format!("{SHA_256}, {SHA_256}"),
            &format!("{SHA_256},"),
            &format!("md5=1, {SHA_256}"),
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
