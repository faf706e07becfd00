//! The parameters and the message of the strict form.

use super::{API_KEY, SIGNATURE, TIMESTAMP};
use crate::canonical::{authority, query};
use crate::request::RequestTarget;
use crate::store::strict_form::{StrictTexts, feed_target};
use crate::{AuthError, Reason};

pub(super) const VERSION: &str = "pc-version";
pub(super) const KEY: &str = "pc-key";
pub(super) const TIME: &str = "pc-time";
pub(super) const EXPIRES: &str = "pc-expires";
pub(super) const NONCE: &str = "pc-nonce";
pub(super) const DIGEST: &str = "pc-digest";
pub(crate) const STRICT_SIGNATURE: &str = "pc-signature";

const NAMES: [&str; 7] = [VERSION, KEY, TIME, EXPIRES, NONCE, DIGEST, STRICT_SIGNATURE];
const COMPATIBLE: [&str; 3] = [TIMESTAMP, API_KEY, SIGNATURE];

/// What the message begins with.
const LABEL: &str = "portcullis signed-url 1";

/// The parameters of one query in the strict form.
pub(super) struct StrictParameters<'a> {
    pub(super) texts: StrictTexts<'a>,
    /// The query up to the `&` before the signature.
    pub(super) signed: &'a str,
}

impl<'a> StrictParameters<'a> {
    /// Reads a query; none where it has no parameter of this form.
    pub(super) fn read(text: &'a str) -> Result<Option<Self>, AuthError> {
        if !query::pairs(text).any(|pair| is_ours(pair.name)) {
            return Ok(None);
        }
        let mut found: [Option<&'a str>; 7] = [None; 7];
        let (mut start, mut last) = (0, 0);
        for pair in query::pairs(text) {
            let slot = found.iter_mut().zip(NAMES).find(|(_, name)| *name == pair.name);
            if let Some((slot, _)) = slot {
                if slot.replace(pair.value.unwrap_or_default()).is_some() {
                    return Err(AuthError::new(Reason::RepeatedParameter));
                }
            } else if COMPATIBLE.contains(&pair.name) {
                return Err(AuthError::new(Reason::SeveralCarriers));
            } else if is_disguised(pair.name, &NAMES) || is_disguised(pair.name, &COMPATIBLE) {
                return Err(AuthError::new(Reason::UnreadableQuery));
            }
            last = start;
            start += pair.raw.len() + 1;
        }
        let [Some(version), Some(key), Some(begin), Some(end), Some(nonce), Some(digest), Some(signature)] =
            found.map(|value| value.filter(|value| !value.is_empty()))
        else {
            return Err(AuthError::new(Reason::IncompleteCredential));
        };
        let (signed, own) =
            last.checked_sub(1).and_then(|end| text.split_at_checked(end)).unwrap_or_default();
        let own = own.strip_prefix('&').and_then(|own| own.strip_prefix(STRICT_SIGNATURE));
        if !own.is_some_and(|own| own.starts_with('=')) {
            return Err(AuthError::new(Reason::MalformedSignature));
        }
        let texts = StrictTexts { version, key, start: begin, end, nonce, digest, signature };
        Ok(Some(Self { texts, signed }))
    }
}

/// Whether a name is one of this form, as sent, after decoding, or in another case.
fn is_ours(name: &str) -> bool {
    // Of almost every other name, the first byte says that it is none.
    let near = |byte: &u8| matches!(byte, b'p' | b'P' | b'%');
    name.as_bytes().first().is_some_and(near) && (NAMES.contains(&name) || is_disguised(name, &NAMES))
        || (name.contains('%') && is_disguised(name, &NAMES))
}

/// Whether a name, which is none of `names` as sent, is one after decoding or in another case:
/// who reads it that way would see a parameter twice.
pub(super) fn is_disguised(name: &str, names: &[&str]) -> bool {
    let reads_as = |ours: &&str| name.eq_ignore_ascii_case(ours) || query::is_disguise_of(name, ours);
    names.iter().any(reads_as)
}

/// Feeds the message to `sink`; `authority` in its one spelling, and the target's query without
/// the signature.
pub(super) fn feed(target: &RequestTarget<'_>, authority: &str, sink: &mut dyn FnMut(&[u8])) {
    feed_target(LABEL, target, authority, sink).finish();
}

/// The bytes that the strict form signs of a target whose query is signed already: no secret,
/// for whoever must find out why two sides disagree. Signer and verifier feed the same. None
/// where the query has no parameter of the strict form, or where the target has no authority or
/// one that is no host and port.
///
/// ```
/// use portcullis::query_signature::strict_text;
/// use portcullis::request::RequestTarget;
/// let query = "page=2&pc-version=1&pc-key=k&pc-time=1700000000&pc-expires=1700000060\
///     &pc-nonce=AAAAAAAAAAAAAAAAAAAAAA&pc-digest=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\
///     &pc-signature=made-later";
/// let mut target = RequestTarget::new("GET", "/orders", Some(query));
/// target.authority = Some("api.example");
/// let text = strict_text(&target)?.expect("it is of the strict form");
/// assert!(text.starts_with(b"\0\0\0\0\0\0\0\x17portcullis signed-url 1\0\0\0\0\0\0\0\x03GET"));
/// assert!(text.ends_with(b"Rkm5NMpJWZG3hSuFU"));
/// # Ok::<(), portcullis::AuthError>(())
/// ```
///
/// # Errors
/// When the query has some of the parameters, one of them twice or in disguise, one of the
/// compatible form, or another as the last than the signature.
pub fn strict_text(target: &RequestTarget<'_>) -> Result<Option<Vec<u8>>, AuthError> {
    let Some(parameters) = target.query.map(StrictParameters::read).transpose()?.flatten() else {
        return Ok(None);
    };
    let Some(authority) = target.authority.and_then(authority::one_spelling) else { return Ok(None) };
    let signed = RequestTarget { query: Some(parameters.signed), ..*target };
    let mut text = Vec::new();
    feed(&signed, &authority, &mut |part| text.extend_from_slice(part));
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "a=1&pc-version=1&pc-key=k&pc-time=t&pc-expires=e&pc-nonce=n&pc-digest=d";

    fn read(query: &str) -> Result<Option<String>, Reason> {
        let read = StrictParameters::read(query).map_err(|error| error.reason())?;
        Ok(read.map(|parameters| parameters.signed.to_owned()))
    }

    #[test]
    fn all_seven_once_with_the_signature_last() {
        assert_eq!(read(&format!("{GOOD}&pc-signature=s")), Ok(Some(GOOD.to_owned())));
        for other in ["", "a=1", "pc-other=1", "pc", "page=%70c", "timestamp=1&apikey=k&signature=s"] {
            assert_eq!(read(other), Ok(None), "{other}");
        }
        let moved = format!("pc-signature=s&{GOOD}");
        for query in [format!("{GOOD}&pc-signature=s&"), format!("{GOOD}&pc-signature=s&b"), moved] {
            assert_eq!(read(&query), Err(Reason::MalformedSignature), "{query}");
        }
    }

    #[test]
    fn some_of_them_or_an_empty_one_is_incomplete() {
        let good = format!("{GOOD}&pc-signature=s");
        for name in NAMES {
            let other = good.replace(name, "x");
            assert_eq!(read(&other), Err(Reason::IncompleteCredential), "{other}");
        }
        let (kept, _) = good.split_at(good.len() - 1);
        assert_eq!(read(kept), Err(Reason::IncompleteCredential));
        assert_eq!(read(kept.trim_end_matches('=')), Err(Reason::IncompleteCredential));
        assert_eq!(read("pc-key=k"), Err(Reason::IncompleteCredential));
    }

    #[test]
    fn repeats_disguises_and_two_forms_at_once_are_refused() {
        let with = |more: &str| read(&format!("{more}&{GOOD}&pc-signature=s"));
        for name in NAMES {
            assert_eq!(with(&format!("{name}=x")), Err(Reason::RepeatedParameter), "{name}");
            let upper = name.to_ascii_uppercase();
            let escaped = name.replacen('-', "%2D", 1);
            let further = name.replacen('c', "%63", 1);
            for disguised in [upper, escaped, further] {
                assert_eq!(with(&format!("{disguised}=x")), Err(Reason::UnreadableQuery), "{disguised}");
                assert!(read(&format!("{disguised}=x")).is_err(), "{disguised}");
            }
        }
        for name in COMPATIBLE {
            assert_eq!(with(&format!("{name}=x")), Err(Reason::SeveralCarriers), "{name}");
            let disguised = name.replacen('p', "%70", 1).to_ascii_uppercase();
            assert_eq!(with(&format!("{disguised}=x")), Err(Reason::UnreadableQuery), "{disguised}");
        }
    }
}
