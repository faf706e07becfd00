//! `Authorization: AWS4-HMAC-SHA256 Credential=.., SignedHeaders=.., Signature=..`.

use super::ALGORITHM;
use crate::canonical::query::cut;
use crate::{AuthError, Reason};

/// The parameters of the header, as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Authorization<'a> {
    pub(super) credential: &'a str,
    pub(super) signed_headers: &'a str,
    pub(super) signature: &'a str,
}

impl<'a> Authorization<'a> {
    const NAMES: [&'static str; 3] = ["Credential", "SignedHeaders", "Signature"];

    /// Reads a value; none where it is of another scheme. The word knows no case (RFC 9110,
    /// section 11.1), the names of the parameters do. They may come in any order, with or
    /// without white space behind the commas.
    pub(super) fn read(value: &'a str) -> Result<Option<Self>, AuthError> {
        let Some((word, rest)) = value.split_at_checked(ALGORITHM.len()) else { return Ok(None) };
        if !word.eq_ignore_ascii_case(ALGORITHM) || !(rest.is_empty() || rest.starts_with(' ')) {
            return Ok(None);
        }
        if rest.is_empty() {
            return Err(AuthError::new(Reason::IncompleteCredential));
        }
        let mut found: [Option<&'a str>; 3] = [None; 3];
        let mut behind = Some(rest);
        while let Some(rest) = behind {
            let (part, next) = cut(rest, b',');
            behind = next;
            let (name, Some(text)) = cut(without_outer_space(part), b'=') else {
                return Err(AuthError::new(Reason::MalformedSignature));
            };
            let Some((_, slot)) = Self::NAMES.into_iter().zip(&mut found).find(|(held, _)| *held == name)
            else {
                return Err(AuthError::new(Reason::MalformedSignature));
            };
            if slot.replace(text).is_some() {
                return Err(AuthError::new(Reason::RepeatedParameter));
            }
        }
        match found {
            [Some(credential), Some(signed_headers), Some(signature)] => {
                Ok(Some(Self { credential, signed_headers, signature }))
            }
            _ => Err(AuthError::new(Reason::IncompleteCredential)),
        }
    }
}

fn without_outer_space(text: &str) -> &str {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = text.bytes().take_while(|byte| is_space(byte)).count();
    let text = text.get(start..).unwrap_or_default();
    if text.as_bytes().last().is_some_and(is_space) { text.trim_end_matches([' ', '\t']) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Option<Authorization<'_>>, Reason> {
        Authorization::read(value).map_err(|error| error.reason())
    }

    #[test]
    fn order_and_white_space_are_free() {
        let expected =
            Ok(Some(Authorization { credential: "c/d", signed_headers: "host;x", signature: "ab" }));
        for value in [
            "AWS4-HMAC-SHA256 Credential=c/d, SignedHeaders=host;x, Signature=ab",
            "AWS4-HMAC-SHA256 Credential=c/d,SignedHeaders=host;x,Signature=ab",
            "aws4-hmac-sha256   Signature=ab ,\tCredential=c/d,  SignedHeaders=host;x",
            "AWS4-HMAC-SHA256 Credential=c/d\t,SignedHeaders=host;x \t , Signature=ab\t",
        ] {
            assert_eq!(read(value), expected, "{value}");
        }
    }

    #[test]
    fn other_words_are_of_other_schemes() {
        for value in [
            "",
            "Bearer x",
            "AWS4-HMAC-SHA2567 Credential=c",
            "AWS4-ECDSA-P256-SHA256 Credential=c",
            "AWS4-HMAC-SHA256\tCredential=c",
        ] {
            assert_eq!(read(value), Ok(None), "{value}");
        }
    }

    #[test]
    fn a_parameter_that_is_missing_repeated_or_unknown_is_refused() {
        for (value, reason) in [
            ("", Reason::IncompleteCredential),
            (" Credential=c, Signature=ab", Reason::IncompleteCredential),
            (" Credential=c SignedHeaders=h Signature=ab", Reason::IncompleteCredential),
            (" Credential=c, SignedHeaders=h, Signature=ab, Signature=ab", Reason::RepeatedParameter),
            (" Credential=c, SignedHeaders=h, Signature=ab,", Reason::MalformedSignature),
            (" Credential=c, SignedHeadersh, Signature=ab", Reason::MalformedSignature),
            (" credential=c, SignedHeaders=h, Signature=ab", Reason::MalformedSignature),
            (" Credential=c, SignedHeaders=h, Signature=ab, X=y", Reason::MalformedSignature),
        ] {
            assert_eq!(read(&format!("AWS4-HMAC-SHA256{value}")), Err(reason), "{value}");
        }
    }
}
