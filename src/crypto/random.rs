//! Randomness from the operating system's generator, whose failure is an error.

use zeroize::Zeroizing;

use super::hex;
use crate::Secret;
use crate::canonical::base64;

/// The system's random generator failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system's random generator failed")]
pub struct RandomError;

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, RandomError> {
    bytes_of(getrandom::fill)
}

/// `N` bytes of a generator.
fn bytes_of<const N: usize, E>(
    fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
) -> Result<Zeroizing<[u8; N]>, RandomError> {
    let mut bytes = Zeroizing::new([0; N]);
    fill(bytes.as_mut_slice()).map_err(|_| RandomError)?;
    // A generator that answers with zeros has failed without saying so.
    if N >= 16 && bytes.iter().all(|byte| *byte == 0) {
        return Err(RandomError);
    }
    Ok(bytes)
}

/// Random ASCII letters and digits, each equally likely.
pub(crate) fn alphanumeric(length: usize) -> Result<Secret, RandomError> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    // The largest multiple of 62 in a byte: what lies above would make some characters
    // likelier than others.
    const FAIR: u8 = 248;
    let mut text = Vec::with_capacity(length);
    while text.len() < length {
        let block = bytes::<64>()?;
        let fair = block.iter().filter(|byte| **byte < FAIR);
        let characters = fair.filter_map(|byte| ALPHABET.get(usize::from(byte % 62)));
        text.extend(characters.take(length - text.len()));
    }
    Ok(Secret::new(text))
}

/// `N` random bytes as base64url.
pub(crate) fn base64url<const N: usize>() -> Result<String, RandomError> {
    Ok(base64::encode_url(bytes::<N>()?.as_slice()))
}

/// `N` random bytes as lower-case hexadecimal digits.
pub(crate) fn hex<const N: usize>() -> Result<String, RandomError> {
    Ok(hex::text(bytes::<N>()?.as_slice()))
}

/// `N` random letters and digits of base32 (RFC 4648, section 6), which are upper-case.
pub(crate) fn base32<const N: usize>() -> Result<String, RandomError> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied().map(char::from);
    Ok(bytes::<N>()?.iter().filter_map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_comes_up_and_no_two_texts_are_alike() {
        let first = alphanumeric(4096).expect("random");
        let seen: std::collections::HashSet<_> = first.expose().iter().collect();
        assert_eq!((first.len(), seen.len()), (4096, 62));
        assert!(!first.matches(alphanumeric(4096).expect("random").expose()));
    }

    #[test]
    fn a_generator_that_fails_or_answers_with_zeros_is_an_error() {
        assert!(bytes_of::<16, _>(|_| Err("no entropy")).is_err());
        // It was not called back, or wrote nothing.
        assert!(bytes_of::<16, _>(|_| Ok::<_, ()>(())).is_err());
        let half = |bytes: &mut [u8]| {
            bytes.fill(7);
            Err("interrupted")
        };
        assert!(bytes_of::<32, _>(half).is_err());
        let whole = |bytes: &mut [u8]| {
            bytes.fill(7);
            Ok::<_, ()>(())
        };
        assert_eq!(bytes_of::<16, _>(whole).map(|bytes| *bytes), Ok([7; 16]));
    }

    #[test]
    fn texts_have_the_length_of_their_bytes() {
        assert_eq!(base64url::<16>().expect("random").len(), 22);
        assert_eq!(hex::<4>().expect("random").len(), 8);
        let text = base32::<4096>().expect("random");
        let seen: std::collections::HashSet<_> = text.bytes().collect();
        assert_eq!((text.len(), seen.len()), (4096, 32));
    }
}
