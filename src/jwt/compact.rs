//! The compact serialisation of a token.

use super::claims::Claims;
use super::header::{self, Buffer, Header};
use super::wanted::Wanted;
use crate::Reason;
use crate::canonical::base64;

/// The parts of the compact serialisation (RFC 7515, section 7.1), still encoded.
pub(super) struct Parts<'a> {
    pub(super) header: &'a [u8],
    payload: &'a [u8],
    pub(super) signature: &'a [u8],
    /// What the signature covers: header, dot and payload.
    pub(super) signed: &'a [u8],
}

impl<'a> Parts<'a> {
    /// The parts of a token, if neither it nor its header is too long.
    pub(super) fn within(token: &'a str, longest: usize, longest_header: usize) -> Result<Self, Reason> {
        let short = token.len() <= longest;
        let parts = short.then(|| Self::of(token)).flatten();
        parts.filter(|parts| parts.header.len() <= longest_header).ok_or(Reason::InvalidCredential)
    }

    /// The bytes of the payload, which are text.
    pub(super) fn payload(&self) -> Result<String, Reason> {
        let payload = base64::url_vec(self.payload).ok_or(Reason::InvalidCredential)?;
        String::from_utf8(payload).map_err(|_| Reason::InvalidCredential)
    }

    fn of(token: &'a str) -> Option<Self> {
        let token = token.as_bytes();
        let dot = |byte: &u8| *byte == b'.';
        // Header and signature are short: going from byte to byte is the fastest search.
        let (first, last) = (token.iter().position(dot)?, token.iter().rposition(dot)?);
        let parts = Self {
            header: token.get(..first)?,
            payload: token.get(first + 1..last)?,
            signature: token.get(last + 1..)?,
            signed: token.get(..last)?,
        };
        let whole = ![parts.header, parts.payload, parts.signature].iter().any(|part| part.is_empty());
        (whole && !parts.payload.contains(&b'.')).then_some(parts)
    }
}

/// A token that was read as strictly as any, and that nobody vouches for yet. It exists while
/// its issuer is chosen, and nothing of it is shown.
pub(super) struct Unverified<'a> {
    pub(super) text: &'a str,
    pub(super) parts: Parts<'a>,
    pub(super) header: Header<'a>,
    pub(super) payload: String,
    pub(super) claims: Claims,
}

impl<'a> Unverified<'a> {
    /// Reads a token of at most `longest` bytes, with at most `longest_header` of them in its
    /// header; `wanted` are claims to look for.
    pub(super) fn read(
        text: &'a str,
        (longest, longest_header): (usize, usize),
        wanted: &Wanted,
        buffer: &'a mut Buffer,
    ) -> Result<Self, Reason> {
        let parts = Parts::within(text, longest, longest_header)?;
        let header = header::read(parts.header, &[], buffer)?;
        let payload = parts.payload()?;
        let mut claims = Claims::default();
        claims.read(&payload, wanted).map_err(|error| unreadable(&error))?;
        Ok(Self { text, parts, header, payload, claims })
    }

    /// Who the token says has issued it.
    pub(super) fn issuer(&self) -> Option<&str> {
        self.claims.issuer.as_ref().map(|part| part.text(&self.payload))
    }
}

/// Why claims cannot be read.
pub(super) fn unreadable(error: &serde_json::Error) -> Reason {
    if error.is_data() { Reason::InvalidClaim } else { Reason::InvalidCredential }
}
