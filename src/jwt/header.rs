//! The header of a token.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};

use super::JwtAlgorithm;
use super::json::{self, Names, PassOver, Text};
use crate::Reason;
use crate::canonical::base64;

/// The part of a header that is looked at. Keys, certificates and addresses of keys
/// that a token brings along (`jwk`, `jku`, `x5c`, `x5u`) are not.
#[derive(Clone)]
pub(super) struct Header<'a> {
    pub(super) algorithm: JwtAlgorithm,
    pub(super) kid: Option<Cow<'a, str>>,
    pub(super) typ: Option<Cow<'a, str>>,
}

/// A header that many tokens have, with its one encoding.
pub(super) struct Common {
    encoded: Box<[u8]>,
    header: Header<'static>,
}

/// The headers that libraries write by default for `algorithm`.
pub(super) fn common(algorithm: JwtAlgorithm) -> [Common; 3] {
    let common = |text: String, typ: Option<&'static str>| Common {
        encoded: base64::encode_url(text.as_bytes()).into_bytes().into(),
        header: Header { algorithm, kid: None, typ: typ.map(Cow::Borrowed) },
    };
    [
        common(format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#), Some("JWT")),
        common(format!(r#"{{"typ":"JWT","alg":"{algorithm}"}}"#), Some("JWT")),
        common(format!(r#"{{"alg":"{algorithm}"}}"#), None),
    ]
}

/// Where a header is decoded to: on the stack unless it is unusually long.
pub(super) struct Buffer {
    short: [u8; 384],
    long: Vec<u8>,
}

impl Buffer {
    pub(super) const fn new() -> Self {
        Self { short: [0; 384], long: Vec::new() }
    }

    fn decode(&mut self, encoded: &[u8]) -> Option<&str> {
        let decoded = if encoded.len() <= 480 {
            base64::url_into(encoded, &mut self.short)?
        } else {
            self.long = base64::url_vec(encoded)?;
            &self.long
        };
        std::str::from_utf8(decoded).ok()
    }
}

/// Reads a header: one of the `common` ones by its bytes, others by their JSON.
pub(super) fn read<'a>(
    encoded: &[u8],
    common: &[Common],
    buffer: &'a mut Buffer,
) -> Result<Header<'a>, Reason> {
    if let Some(known) = common.iter().find(|known| *known.encoded == *encoded) {
        return Ok(known.header.clone());
    }
    let text = buffer.decode(encoded).ok_or(Reason::InvalidCredential)?;
    let members = json::read(text, HeaderVisitor).map_err(|_| Reason::InvalidCredential)?;
    let name = members.alg.ok_or(Reason::InvalidCredential)?;
    let algorithm = name.parse().map_err(|_| Reason::AlgorithmMismatch)?;
    Ok(Header { algorithm, kid: members.kid, typ: members.typ })
}

#[derive(Default)]
struct Found<'a> {
    alg: Option<Cow<'a, str>>,
    kid: Option<Cow<'a, str>>,
    typ: Option<Cow<'a, str>>,
    cty: Option<Cow<'a, str>>,
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found<'de>, A::Error> {
        let mut found = Found::default();
        let mut names = Names::new();
        while let Some(name) = map.next_key_seed(Text)? {
            match &*name {
                "alg" => json::once(&mut found.alg, map.next_value_seed(Text)?)?,
                "kid" => json::once(&mut found.kid, map.next_value_seed(Text)?)?,
                "typ" => json::once(&mut found.typ, map.next_value_seed(Text)?)?,
                "cty" => json::once(&mut found.cty, map.next_value_seed(Text)?)?,
                // Nothing that `crit` could name is understood here (RFC 7515, section
                // 4.1.11); `b64` (RFC 7797) and `zip` would change what the payload is.
                "crit" | "b64" | "zip" => return Err(A::Error::custom("a member that is not understood")),
                _ => {
                    names.add(name)?;
                    map.next_value_seed(PassOver::member())?;
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Result<(JwtAlgorithm, Option<String>, Option<String>), Reason> {
        let encoded = base64::encode_url(text.as_bytes());
        let mut buffer = Buffer::new();
        read(encoded.as_bytes(), &[], &mut buffer)
            .map(|header| (header.algorithm, header.kid.map(Into::into), header.typ.map(Into::into)))
    }

    #[test]
    fn common_headers_mean_what_their_json_says() {
        for known in common(JwtAlgorithm::Hs384) {
            let mut buffer = Buffer::new();
            let read = read(&known.encoded, &[], &mut buffer).expect("header");
            assert_eq!(read.algorithm, known.header.algorithm);
            assert_eq!((read.kid, read.typ), (known.header.kid, known.header.typ));
        }
    }

    #[test]
    fn headers_of_every_length_are_read() {
        for length in [0, 100, 300, 330, 360, 361, 400, 4000] {
            let read = header(&format!(r#"{{"alg":"HS256","kid":"k","x":"{}"}}"#, "x".repeat(length)));
            assert_eq!(read, Ok((JwtAlgorithm::Hs256, Some("k".to_owned()), None)), "{length}");
        }
    }

    #[test]
    fn members_of_the_wrong_type_or_out_of_reach_are_refused() {
        for bad in [
            r#"{}"#,
            r#"{"alg":null}"#,
            r#"{"alg":1}"#,
            r#"{"alg":["HS256"]}"#,
            r#"{"alg":"HS256","kid":1}"#,
            r#"{"alg":"HS256","kid":null}"#,
            r#"{"alg":"HS256","typ":["JWT"]}"#,
            r#"{"alg":"HS256","cty":{}}"#,
            r#"{"alg":"HS256","crit":[]}"#,
            r#"{"alg":"HS256","crit":["exp"],"exp":1}"#,
            r#"{"alg":"HS256","\u0063rit":null}"#,
            r#"{"alg":"HS256","b64":true}"#,
            r#"{"alg":"HS256","zip":"DEF"}"#,
        ] {
            assert_eq!(header(bad), Err(Reason::InvalidCredential), "{bad}");
        }
        for bad in ["none", "None", "", " none", "hs256", "HS257", "RS257", "HS256 "] {
            assert_eq!(header(&format!(r#"{{"alg":"{bad}"}}"#)), Err(Reason::AlgorithmMismatch), "{bad:?}");
        }
    }

    #[test]
    fn keys_that_a_token_brings_along_are_passed_over() {
        let read =
            header(r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"},"jku":"http://x/","x5c":["AA"],"x5u":1}"#);
        assert_eq!(read, Ok((JwtAlgorithm::Hs256, None, None)));
    }
}
