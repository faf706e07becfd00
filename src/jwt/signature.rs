//! Which of the keys has signed a token.

use super::compact::Parts;
use super::header::Header;
use super::key::MOST_NAMELESS;
use super::{JwtKey, JwtKeySet};
use crate::Reason;

/// Checks that the signature has the length of some key's.
pub(super) fn check_length(keys: &JwtKeySet, parts: &Parts<'_>) -> Result<(), Reason> {
    let fits = keys.keys().iter().any(|key| key.signature_len() == parts.signature.len());
    if fits { Ok(()) } else { Err(Reason::InvalidCredential) }
}

/// Checks the signature with the keys that it may be of.
pub(super) fn check(keys: &[JwtKey], header: &Header<'_>, parts: &Parts<'_>) -> Result<(), Reason> {
    let of_algorithm = || keys.iter().filter(|key| key.algorithm() == header.algorithm);
    if of_algorithm().next().is_none() {
        return Err(Reason::AlgorithmMismatch);
    }
    let kid = header.kid.as_deref();
    if kid.is_none() && of_algorithm().nth(MOST_NAMELESS).is_some() {
        return Err(Reason::UnknownKey);
    }
    let mut fitting =
        of_algorithm().filter(|key| kid.is_none() || key.id().is_none() || key.id() == kid).peekable();
    if fitting.peek().is_none() {
        return Err(Reason::UnknownKey);
    }
    let verifies = fitting.any(|key| key.verifies(parts.signed, parts.signature));
    if verifies { Ok(()) } else { Err(Reason::WrongSignature) }
}
