//! A set of secrets as one document, which is sealed as a whole.
//!
//! `portcullis outbound secrets 1`, then for each secret, in the order of their names: the name
//! and the value, each behind its length in 4 bytes, most significant first; 1 where it is
//! switched on, else 0; and when it was changed last, in 8 bytes of microseconds since the Unix
//! epoch. The seal covers all of it, so that nobody who may write to the database switches a
//! secret on.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{OutboundSecret, SecretName};
use crate::store::{Enabled, StoreError};
use crate::{Secret, Timestamp};

const HEAD: &[u8] = b"portcullis outbound secrets 1";
const DAMAGED: StoreError = StoreError::corrupt("the secrets of other services");
/// What a secret has beside its name and its value.
const FIXED: usize = 4 + 4 + 1 + 8;

pub(super) fn write(secrets: &BTreeMap<SecretName, OutboundSecret>) -> Secret {
    let length = |secret: &OutboundSecret| FIXED + secret.name().as_str().len() + secret.value().len();
    // All of it at once, so that growing leaves no copy behind.
    let mut bytes =
        Zeroizing::new(Vec::with_capacity(HEAD.len() + secrets.values().map(length).sum::<usize>()));
    bytes.extend_from_slice(HEAD);
    for secret in secrets.values() {
        for text in [secret.name().as_str().as_bytes(), secret.value().expose()] {
            // Names and values have at most 8 KiB.
            bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(text);
        }
        bytes.push(u8::from(secret.enabled() == Enabled::Yes));
        let at = secret.updated_at().map_or(0, Timestamp::as_unix_micros);
        bytes.extend_from_slice(&at.to_be_bytes());
    }
    Secret::new(bytes.as_slice())
}

pub(super) fn read(document: &Secret) -> Result<BTreeMap<SecretName, OutboundSecret>, StoreError> {
    let mut rest = document.expose().strip_prefix(HEAD).ok_or(DAMAGED)?;
    let mut secrets = BTreeMap::new();
    while !rest.is_empty() {
        let secret = next(&mut rest).ok_or(DAMAGED)?;
        if secrets.insert(secret.name().clone(), secret).is_some() {
            return Err(DAMAGED);
        }
    }
    Ok(secrets)
}

fn next(rest: &mut &[u8]) -> Option<OutboundSecret> {
    let name = std::str::from_utf8(text(rest)?).ok()?.parse().ok()?;
    let value = Secret::new(text(rest)?);
    let enabled = match fixed(rest)? {
        [1] => Enabled::Yes,
        [0] => Enabled::No,
        _ => return None,
    };
    let at = Timestamp::from_unix_micros(i64::from_be_bytes(*fixed(rest)?));
    Some(OutboundSecret::new(name, value).ok()?.with_enabled(enabled).with_updated_at(at))
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(u32::from_be_bytes(*fixed(rest)?)).ok()?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(text)
}

fn fixed<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> BTreeMap<SecretName, OutboundSecret> {
        let of = |name: &str, value: &str, enabled, at| {
            let name: SecretName = name.parse().expect("a name");
            let secret = OutboundSecret::new(name.clone(), value.into()).expect("a secret");
            (name, secret.with_enabled(enabled).with_updated_at(Timestamp::from_unix_micros(at)))
        };
        BTreeMap::from([of("a", "one", Enabled::Yes, 1), of("b", "two two", Enabled::No, i64::MAX)])
    }

    #[test]
    fn what_is_written_is_read() {
        let read = read(&write(&secrets())).expect("read");
        for ((name, one), (_, other)) in secrets().iter().zip(&read) {
            assert_eq!(one.summary(), other.summary(), "{name}");
            assert!(one.value().matches(other.value().expose()));
        }
        assert_eq!(read.len(), 2);
        assert!(super::read(&Secret::new(HEAD)).is_ok_and(|read| read.is_empty()));
    }

    #[test]
    fn a_document_that_is_cut_or_doubled_is_damaged() {
        let whole = write(&BTreeMap::from_iter(secrets().into_iter().take(1)));
        for end in (0..whole.len()).filter(|end| *end != HEAD.len()) {
            assert!(read(&Secret::new(&whole.expose()[..end])).is_err(), "{end}");
        }
        let twice = [whole.expose(), &whole.expose()[HEAD.len()..]].concat();
        assert!(read(&Secret::new(twice)).is_err());
        assert!(read(&Secret::new([whole.expose(), b"x"].concat())).is_err());
    }
}
