//! Digests of bodies: of one that is in memory, and of one that streams under a guard.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use sha2::{Digest, Sha256, Sha512};

use super::Tag;
use crate::request::{BodyFailure, BodyGuard, DecodedBody};

/// The hash under the digest of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl DigestAlgorithm {
    /// The length of the digest in bytes (FIPS 180-4, figure 1).
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// The digest that a body must have.
///
/// ```
/// use portcullis::crypto::{BodyDigest, DigestAlgorithm};
/// let digest = BodyDigest::of(DigestAlgorithm::Sha256, b"abc");
/// assert_eq!(digest.as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
/// assert!(digest.matches(b"abc") && !digest.matches(b"abcd"));
/// ```
#[derive(Clone)]
pub struct BodyDigest {
    algorithm: DigestAlgorithm,
    bytes: [u8; 64],
}

impl BodyDigest {
    /// A SHA-256.
    #[must_use]
    pub fn sha256(bytes: [u8; 32]) -> Self {
        Self::copied(DigestAlgorithm::Sha256, &bytes)
    }

    /// A SHA-512.
    #[must_use]
    pub const fn sha512(bytes: [u8; 64]) -> Self {
        Self { algorithm: DigestAlgorithm::Sha512, bytes }
    }

    /// A digest as it was received; none where its length is not the algorithm's.
    #[must_use]
    pub fn from_slice(algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Self> {
        (bytes.len() == algorithm.output_len()).then(|| Self::copied(algorithm, bytes))
    }

    /// The digest of `body`.
    #[must_use]
    pub fn of(algorithm: DigestAlgorithm, body: &[u8]) -> Self {
        let mut running = Running::new(algorithm);
        running.update(body);
        Self::copied(algorithm, running.finish().expose())
    }

    fn copied(algorithm: DigestAlgorithm, from: &[u8]) -> Self {
        let mut bytes = [0; 64];
        for (to, from) in bytes.iter_mut().zip(from) {
            *to = *from;
        }
        Self { algorithm, bytes }
    }

    /// The hash that it is of.
    #[must_use]
    pub const fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The bytes of the digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.algorithm.output_len()).unwrap_or_default()
    }

    /// Whether it is the digest of `body`, which is in memory.
    #[must_use]
    pub fn matches(&self, body: &[u8]) -> bool {
        let mut running = Running::new(self.algorithm);
        running.update(body);
        running.finish().matches(self.as_bytes())
    }
}

impl fmt::Debug for BodyDigest {
    /// Not the bytes: a short body can be guessed from them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BodyDigest({:?})", self.algorithm)
    }
}

#[derive(Clone)]
enum Running {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Running {
    fn new(algorithm: DigestAlgorithm) -> Self {
        match algorithm {
            DigestAlgorithm::Sha256 => Self::Sha256(Sha256::new()),
            DigestAlgorithm::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    fn update(&mut self, piece: &[u8]) {
        match self {
            Self::Sha256(hash) => hash.update(piece),
            Self::Sha512(hash) => hash.update(piece),
        }
    }

    fn finish(self) -> Tag {
        match self {
            Self::Sha256(hash) => Tag::new(&hash.finalize()),
            Self::Sha512(hash) => Tag::new(&hash.finalize()),
        }
    }
}

/// Checks a body against its digest while the handler reads it.
///
/// Each piece is hashed and handed on, without being copied, when the next one comes; the
/// last one when the digest is known to be good. A body with trailers is
/// [`Malformed`](BodyFailure::Malformed): no digest is of them, and nobody has signed them.
///
/// ```
/// use std::collections::VecDeque;
/// use portcullis::crypto::{BodyDigest, DigestAlgorithm, DigestGuard};
/// use portcullis::request::{BodyFailure, BodyGuard};
///
/// let digest = BodyDigest::of(DigestAlgorithm::Sha256, b"an order");
/// let mut guard = DigestGuard::new(digest).with_length(8);
/// let mut out = VecDeque::new();
/// guard.push("an ".into(), &mut out)?;
/// guard.push("ordeR".into(), &mut out)?;
/// assert_eq!(out, ["an "]);
/// assert_eq!(guard.finish(None, &mut out), Err(BodyFailure::NotAsSigned));
/// assert_eq!(out, ["an "]);
/// # Ok::<(), BodyFailure>(())
/// ```
///
/// An authenticator leaves it behind once the signature over the digest is found good:
///
/// ```
/// use portcullis::crypto::{BodyDigest, DigestGuard};
/// use portcullis::request::RequestView;
///
/// fn let_it_stream(request: &RequestView<'_>, signed: [u8; 32]) {
///     request.guard_body(DigestGuard::new(BodyDigest::sha256(signed)));
/// }
/// ```
pub struct DigestGuard {
    /// At least one.
    digests: Vec<(BodyDigest, Running)>,
    length: Option<u64>,
    read: u64,
    /// The last piece that was not empty.
    held: Bytes,
    over: bool,
}

impl DigestGuard {
    /// The body must have this digest.
    #[must_use]
    pub fn new(digest: BodyDigest) -> Self {
        let guard = Self { digests: Vec::new(), length: None, read: 0, held: Bytes::new(), over: false };
        guard.with_digest(digest)
    }

    /// The body must have this digest too: a `Content-Digest` may name several (RFC 9530,
    /// section 2).
    #[must_use]
    pub fn with_digest(mut self, digest: BodyDigest) -> Self {
        let running = Running::new(digest.algorithm);
        self.digests.push((digest, running));
        self
    }

    /// The body must have this many bytes. One that is longer fails as soon as it is.
    #[must_use]
    pub const fn with_length(mut self, bytes: u64) -> Self {
        self.length = Some(bytes);
        self
    }

    fn fail(&mut self) -> BodyFailure {
        self.over = true;
        self.held = Bytes::new();
        BodyFailure::NotAsSigned
    }
}

impl BodyGuard for DigestGuard {
    fn push(&mut self, piece: Bytes, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure> {
        self.read = self.read.saturating_add(piece.len() as u64);
        if self.over || self.length.is_some_and(|length| self.read > length) {
            return Err(self.fail());
        }
        for (_, running) in &mut self.digests {
            running.update(&piece);
        }
        if !piece.is_empty() {
            let before = std::mem::replace(&mut self.held, piece);
            out.extend((!before.is_empty()).then_some(before));
        }
        Ok(())
    }

    fn finish(&mut self, trailers: Option<&HeaderMap>, out: &mut VecDeque<Bytes>) -> Result<(), BodyFailure> {
        // Of trailers, a digest says nothing (RFC 9530, section 2).
        if trailers.is_some_and(|trailers| !trailers.is_empty()) {
            self.fail();
            return Err(BodyFailure::Malformed);
        }
        let whole = !self.over && self.length.is_none_or(|length| self.read == length);
        self.over = true;
        let good = self
            .digests
            .drain(..)
            .fold(whole, |good, (expected, running)| running.finish().matches(expected.as_bytes()) && good);
        if !good {
            return Err(self.fail());
        }
        let held = std::mem::take(&mut self.held);
        out.extend((!held.is_empty()).then_some(held));
        Ok(())
    }

    fn decoded(&self) -> Option<DecodedBody> {
        None
    }
}

impl fmt::Debug for DigestGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digests = self.digests.iter().map(|(digest, _)| digest);
        f.debug_list().entries(digests).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALGORITHMS: [DigestAlgorithm; 2] = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512];

    fn guard(body: &[u8]) -> DigestGuard {
        DigestGuard::new(BodyDigest::of(DigestAlgorithm::Sha256, body))
    }

    fn pass(guard: &mut DigestGuard, pieces: &[&'static str]) -> (Result<(), BodyFailure>, Vec<Bytes>) {
        let mut out = VecDeque::new();
        let passed = pieces.iter().try_for_each(|piece| guard.push((*piece).into(), &mut out));
        let passed = passed.and_then(|()| guard.finish(None, &mut out));
        (passed, out.into())
    }

    #[test]
    fn the_digests_of_fips_180_come_out() {
        let hex = |digest: &BodyDigest| -> String {
            digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
        };
        let [short, long] = ALGORITHMS.map(|algorithm| hex(&BodyDigest::of(algorithm, b"abc")));
        assert_eq!(short, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(long.starts_with("ddaf35a193617abacc417349ae204131") && long.ends_with("2a9ac94fa54ca49f"));
    }

    #[test]
    fn a_digest_of_another_length_is_none() {
        for algorithm in ALGORITHMS {
            let digest = BodyDigest::of(algorithm, b"abc");
            let bytes = digest.as_bytes();
            assert!(BodyDigest::from_slice(algorithm, bytes).is_some_and(|same| same.matches(b"abc")));
            assert!(BodyDigest::from_slice(algorithm, &bytes[1..]).is_none());
            assert!(BodyDigest::from_slice(algorithm, &[bytes, &[0]].concat()).is_none());
        }
    }

    #[test]
    fn the_last_piece_with_anything_in_it_is_held_back_until_the_end() {
        let mut guard = guard(b"abcd");
        let mut out = VecDeque::new();
        for piece in ["ab", "", "cd", "", ""] {
            guard.push(piece.into(), &mut out).expect("still good");
        }
        assert_eq!(out, ["ab"]);
        guard.finish(None, &mut out).expect("the body");
        assert_eq!(out, ["ab", "cd"]);
    }

    #[test]
    fn another_body_fails_and_its_last_piece_is_never_handed_on() {
        for pieces in [&["ab", "cx"][..], &["ab"], &["ab", "cd", "e"], &[], &["abcd", "abcd"]] {
            let mut guard = guard(b"abcd");
            let (passed, out) = pass(&mut guard, pieces);
            assert_eq!(passed, Err(BodyFailure::NotAsSigned), "{pieces:?}");
            assert_eq!(out.len(), pieces.len().saturating_sub(1), "{pieces:?}");
        }
    }

    #[test]
    fn nothing_passes_a_guard_that_is_done() {
        for pieces in [&["abcd"][..], &["x"]] {
            let mut guard = guard(b"abcd");
            let _ = pass(&mut guard, pieces);
            assert_eq!(pass(&mut guard, &[]), (Err(BodyFailure::NotAsSigned), vec![]));
            assert_eq!(pass(&mut guard, &["abcd"]), (Err(BodyFailure::NotAsSigned), vec![]));
        }
    }

    #[test]
    fn trailers_are_under_no_digest_and_nothing_is_handed_on_with_them() {
        let mut trailers = HeaderMap::new();
        let mut out = VecDeque::new();
        let mut good = guard(b"abcd");
        good.push("abcd".into(), &mut out).expect("still good");
        assert_eq!(good.finish(Some(&trailers), &mut out), Ok(()), "a section with nothing in it");
        assert_eq!(std::mem::take(&mut out), ["abcd"]);
        trailers.insert("x-sum", http::HeaderValue::from_static("1"));
        let mut guard = guard(b"abcd");
        guard.push("abcd".into(), &mut out).expect("still good");
        assert_eq!(guard.finish(Some(&trailers), &mut out), Err(BodyFailure::Malformed));
        assert!(out.is_empty() && guard.finish(None, &mut out).is_err());
    }

    #[test]
    fn of_several_digests_each_must_be_that_of_the_body() {
        for (first, second, good) in
            [(b"abcd", b"abcd", true), (b"abcx", b"abcd", false), (b"abcd", b"abcx", false)]
        {
            let [first, second] =
                [(ALGORITHMS[0], first), (ALGORITHMS[1], second)].map(|(it, body)| BodyDigest::of(it, body));
            let (passed, _) = pass(&mut DigestGuard::new(first).with_digest(second), &["ab", "cd"]);
            assert_eq!(passed.is_ok(), good);
        }
    }

    #[test]
    fn a_body_that_is_too_long_fails_at_once_and_one_that_is_too_short_at_its_end() {
        let mut long = guard(b"abcd").with_length(3);
        let mut out = VecDeque::new();
        long.push("ab".into(), &mut out).expect("short enough");
        assert_eq!(long.push("cd".into(), &mut out), Err(BodyFailure::NotAsSigned));
        assert!(out.is_empty());
        let short = pass(&mut guard(b"abcd").with_length(5), &["ab", "cd"]);
        assert_eq!(short, (Err(BodyFailure::NotAsSigned), vec!["ab".into()]));
        assert_eq!(pass(&mut guard(b"abcd").with_length(4), &["abcd"]), (Ok(()), vec!["abcd".into()]));
    }

    #[test]
    fn an_empty_body_has_a_digest() {
        assert_eq!(pass(&mut guard(b""), &[]), (Ok(()), vec![]));
        assert_eq!(pass(&mut guard(b"a"), &[]), (Err(BodyFailure::NotAsSigned), vec![]));
    }
}
