//! Digests and signatures as text.

pub(super) use crate::crypto::hex::{text as write_text, write};

/// Reads exactly 64 digits.
pub(super) fn read(text: &str) -> Option<[u8; 32]> {
    crate::crypto::hex::read(text.as_bytes())
}
