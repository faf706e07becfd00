//! `Content-Digest` (RFC 9530).

use std::fmt;
use std::str::FromStr;

use sfv::{BareItem, ListEntry, Version};

use super::structured;
use crate::canonical::base64;
use crate::crypto::{BodyDigest, DigestAlgorithm, DigestGuard};

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
#[derive(Clone)]
pub struct ContentDigest {
    first: BodyDigest,
    /// By the other algorithm.
    second: Option<BodyDigest>,
}

/// The text is no `Content-Digest`, or has none that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text has no sha-256 or sha-512 of a body")]
pub struct InvalidContentDigest;

impl ContentDigest {
    /// The SHA-256 of a body.
    #[must_use]
    pub fn sha256(body: &[u8]) -> Self {
        Self { first: BodyDigest::of(DigestAlgorithm::Sha256, body), second: None }
    }

    /// The SHA-512 of a body.
    #[must_use]
    pub fn sha512(body: &[u8]) -> Self {
        Self { first: BodyDigest::of(DigestAlgorithm::Sha512, body), second: None }
    }

    /// Whether every digest is that of this body.
    #[must_use]
    pub fn matches(&self, body: &[u8]) -> bool {
        self.first.matches(body) && self.second.as_ref().is_none_or(|second| second.matches(body))
    }

    /// What checks every digest while the body is read.
    #[must_use]
    pub fn into_guard(self) -> DigestGuard {
        let guard = DigestGuard::new(self.first);
        match self.second {
            Some(second) => guard.with_digest(second),
            None => guard,
        }
    }
}

impl FromStr for ContentDigest {
    type Err = InvalidContentDigest;

    /// Reads the value of the header. Digests by other algorithms are passed over as long as
    /// one of the two is there too: those that are registered beside them are broken (section
    /// 5), and a new one is no reason to refuse.
    fn from_str(text: &str) -> Result<Self, InvalidContentDigest> {
        let members = structured::dictionary(text.as_bytes(), Version::Rfc8941);
        let mut known = Vec::with_capacity(2);
        for (algorithm, member) in &members.ok_or(InvalidContentDigest)? {
            let ListEntry::Item(item) = member else { return Err(InvalidContentDigest) };
            let BareItem::ByteSequence(bytes) = &item.bare_item else { return Err(InvalidContentDigest) };
            let algorithm = match algorithm.as_str() {
                "sha-256" => DigestAlgorithm::Sha256,
                "sha-512" => DigestAlgorithm::Sha512,
                _ => continue,
            };
            known.push(BodyDigest::from_slice(algorithm, bytes).ok_or(InvalidContentDigest)?);
        }
        let mut known = known.into_iter();
        let first = known.next().ok_or(InvalidContentDigest)?;
        Ok(Self { first, second: known.next() })
    }
}

impl fmt::Display for ContentDigest {
    /// The value of the header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, digest) in std::iter::once(&self.first).chain(&self.second).enumerate() {
            let name = match digest.algorithm() {
                DigestAlgorithm::Sha256 => "sha-256",
                DigestAlgorithm::Sha512 => "sha-512",
            };
            let comma = if n > 0 { ", " } else { "" };
            write!(f, "{comma}{name}=:{}:", base64::encode_standard(digest.as_bytes()))?;
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
