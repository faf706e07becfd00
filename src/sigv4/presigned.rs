//! Finding the parameters of a presigned URL.

use std::borrow::Cow;

use super::ALGORITHM;
use crate::canonical::query::{self, Plus};
use crate::{AuthError, Reason};

/// The parameter that is not signed.
pub(super) const SIGNATURE: &str = "X-Amz-Signature";

/// The parameter of the session token.
pub(super) const TOKEN: &str = "X-Amz-Security-Token";

const NAMES: [&str; 8] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    SIGNATURE,
    TOKEN,
    "X-Amz-Content-Sha256",
];

/// The parameters of one query. What may hold escapes is decoded, the rest is as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Presigned<'a> {
    pub(super) credential: Cow<'a, str>,
    pub(super) date: &'a str,
    pub(super) expires: &'a str,
    pub(super) signed_headers: Cow<'a, str>,
    pub(super) signature: &'a str,
    pub(super) token: Option<Cow<'a, str>>,
    pub(super) payload: Option<&'a str>,
}

impl<'a> Presigned<'a> {
    /// Reads a query; none where it has none of the parameters.
    pub(super) fn read(text: &'a str) -> Result<Option<Self>, AuthError> {
        // Every byte is looked at, which is faster than leaving early.
        let may_begin = |byte: u8| byte == b'X' || byte == b'x' || byte == b'%';
        if !text.bytes().fold(false, |any, byte| any | may_begin(byte)) {
            return Ok(None);
        }
        let mut found: [Option<&'a str>; NAMES.len()] = [None; NAMES.len()];
        let mut disguised = false;
        for pair in query::pairs(text) {
            if !may_be_ours(pair.name) {
                continue;
            }
            match NAMES.into_iter().zip(&mut found).find(|(name, _)| *name == pair.name) {
                Some((_, slot)) => {
                    if slot.replace(pair.value.unwrap_or_default()).is_some() {
                        return Err(AuthError::new(Reason::RepeatedParameter));
                    }
                }
                None => disguised |= is_disguised(pair.name),
            }
        }
        if disguised {
            return Err(AuthError::new(Reason::UnreadableQuery));
        }
        if found.iter().all(Option::is_none) {
            return Ok(None);
        }
        let [algorithm, credential, date, expires, signed_headers, signature, token, payload] = found;
        match [algorithm, credential, date, expires, signed_headers, signature] {
            [
                Some(algorithm),
                Some(credential),
                Some(date),
                Some(expires),
                Some(signed_headers),
                Some(signature),
            ] => {
                if algorithm != ALGORITHM {
                    return Err(AuthError::new(Reason::InvalidCredential));
                }
                Ok(Some(Self {
                    credential: decoded(credential)?,
                    date,
                    expires,
                    signed_headers: decoded(signed_headers)?,
                    signature,
                    token: token.map(decoded).transpose()?,
                    payload,
                }))
            }
            _ => Err(AuthError::new(Reason::IncompleteCredential)),
        }
    }
}

/// A look at the first byte spares most names the rest.
fn may_be_ours(name: &str) -> bool {
    matches!(name.as_bytes().first(), Some(b'X' | b'x' | b'%'))
}

/// Whether a name, which is none of ours as sent, is one after decoding or in another case.
fn is_disguised(name: &str) -> bool {
    let reads_as = |ours: &str| name.eq_ignore_ascii_case(ours) || query::is_disguise_of(name, ours);
    NAMES.into_iter().any(reads_as)
}

fn decoded(text: &str) -> Result<Cow<'_, str>, AuthError> {
    let unreadable = || AuthError::new(Reason::UnreadableQuery);
    match query::decode(text, Plus::Literal).ok_or_else(unreadable)? {
        Cow::Borrowed(_) => Ok(Cow::Borrowed(text)),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| unreadable()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2Fd&X-Amz-Date=t\
        &X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx&X-Amz-Signature=ab";

    fn reason(query: &str) -> Reason {
        Presigned::read(query).expect_err("refused").reason()
    }

    #[test]
    fn values_are_decoded_once() {
        let read = Presigned::read(GOOD).expect("readable").expect("present");
        assert_eq!((&*read.credential, &*read.signed_headers, read.expires), ("k/d", "host;x", "60"));
        let token = format!("{GOOD}&X-Amz-Security-Token=a+b%252B");
        let read = Presigned::read(&token).expect("readable").expect("present");
        assert_eq!(read.token.as_deref(), Some("a+b%2B"));
    }

    #[test]
    fn a_query_without_the_parameters_is_of_another_scheme() {
        for query in ["", "a=1&x=2", "signature=x&X-Amz-Target=y", "AWSAccessKeyId=k&Signature=s&Expires=1"] {
            assert_eq!(Presigned::read(query).expect("readable"), None, "{query}");
        }
    }

    #[test]
    fn some_parameters_or_one_twice_or_in_disguise_are_refused() {
        for (name, _) in GOOD.split('&').filter_map(|pair| pair.split_once('=')) {
            assert_eq!(reason(&GOOD.replace(name, "gone")), Reason::IncompleteCredential, "{name}");
            assert_eq!(reason(&format!("{GOOD}&{name}=1")), Reason::RepeatedParameter, "{name}");
            let lower = name.to_ascii_lowercase();
            assert_eq!(reason(&format!("{GOOD}&{lower}=1")), Reason::UnreadableQuery, "{name}");
            let escaped = name.replacen('A', "%41", 1);
            assert_eq!(reason(&format!("{GOOD}&{escaped}=1")), Reason::UnreadableQuery, "{name}");
            let escaped = name.replacen('X', "%78", 1);
            assert_eq!(reason(&format!("{GOOD}&{escaped}")), Reason::UnreadableQuery, "{name}");
        }
        // Without an `X` anywhere.
        assert_eq!(reason("%58-Amz-Date=1"), Reason::UnreadableQuery);
        assert_eq!(reason("a=1&%78-amz-date"), Reason::UnreadableQuery);
        for bad in ["k%zz", "k%FF", "k%C0%AF"] {
            assert_eq!(reason(&GOOD.replace("k%2F", bad)), Reason::UnreadableQuery, "{bad}");
        }
        assert_eq!(reason(&GOOD.replace("AWS4", "aws4")), Reason::InvalidCredential);
    }
}
