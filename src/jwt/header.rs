//! The header of a token.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

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
    /// The further members that must be understood: what `crit` names.
    pub(super) critical: Vec<Cow<'a, str>>,
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
        header: Header { algorithm, kid: None, typ: typ.map(Cow::Borrowed), critical: Vec::new() },
    };
    [
        common(format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#), Some("JWT")),
        common(format!(r#"{{"typ":"JWT","alg":"{algorithm}"}}"#), Some("JWT")),
        common(format!(r#"{{"alg":"{algorithm}"}}"#), None),
    ]
}

/// So many names `crit` may have.
const MOST_CRITICAL: usize = 16;

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
    if members.cty.as_deref().is_some_and(|cty| media_type(cty).eq_ignore_ascii_case("JWT")) {
        // Claims are expected, not another token (RFC 7519, section 5.2).
        return Err(Reason::InvalidCredential);
    }
    Ok(Header { algorithm, kid: members.kid, typ: members.typ, critical: members.crit })
}

/// The JSON of a header.
pub(super) fn text(encoded: &[u8]) -> Option<String> {
    String::from_utf8(base64::url_vec(encoded)?).ok()
}

/// A media type without the `application/` that `typ` and `cty` may leave out (RFC 7515,
/// sections 4.1.9 and 4.1.10).
pub(super) fn media_type(text: &str) -> &str {
    const PREFIX: &str = "application/";
    match text.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => text,
    }
}

/// Whether a name is one of the specifications' own, which `crit` may not have (RFC 7515,
/// sections 4.1 and 4.1.11; RFC 7516, section 4.1; RFC 7518, section 4), or `b64`
/// (RFC 7797), without which the payload would be other bytes than the ones that are read.
pub(super) fn is_registered(name: &str) -> bool {
    const NAMES: [&str; 20] = [
        "alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc", "zip",
        "epk", "apu", "apv", "iv", "tag", "p2s", "p2c",
    ];
    name == "b64" || NAMES.contains(&name)
}

#[derive(Default)]
struct Found<'a> {
    alg: Option<Cow<'a, str>>,
    kid: Option<Cow<'a, str>>,
    typ: Option<Cow<'a, str>>,
    cty: Option<Cow<'a, str>>,
    crit: Vec<Cow<'a, str>>,
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
                "crit" if !found.crit.is_empty() => {
                    return Err(A::Error::custom("a list that is there twice"));
                }
                "crit" => found.crit = map.next_value_seed(Critical)?,
                // They would change what the payload is (RFC 7797; RFC 7516, section 4.1.3).
                "b64" | "zip" => return Err(A::Error::custom("a member that is not understood")),
                _ => {
                    names.add(name)?;
                    map.next_value_seed(PassOver::member())?;
                }
            }
        }
        if !found.crit.iter().all(|name| names.has(name)) {
            return Err(A::Error::custom("a critical member is missing"));
        }
        Ok(found)
    }
}

/// Reads `crit`: names that are there once, are none of the specifications' own, and at
/// least one (RFC 7515, section 4.1.11).
struct Critical;

impl<'de> DeserializeSeed<'de> for Critical {
    type Value = Vec<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Critical {
    type Value = Vec<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = list.next_element_seed(Text)? {
            if names.len() == MOST_CRITICAL || is_registered(&name) || names.contains(&name) {
                return Err(A::Error::custom("a name that cannot be critical"));
            }
            names.push(name);
        }
        if names.is_empty() { Err(A::Error::custom("an empty list")) } else { Ok(names) }
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
            r#"{"alg":"HS256","cty":"JWT"}"#,
            r#"{"alg":"HS256","cty":"Application/jwt"}"#,
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

    #[test]
    fn a_critical_member_is_there_once_and_is_none_of_the_specifications() {
        let critical = |crit: &str| {
            let text = format!(r#"{{"alg":"HS256","exp":1,"b":null,"crit":{crit},"":0}}"#);
            let encoded = base64::encode_url(text.as_bytes());
            let mut buffer = Buffer::new();
            read(encoded.as_bytes(), &[], &mut buffer).map(|header| header.critical.join(" "))
        };
        assert_eq!(critical(r#"["exp"]"#), Ok("exp".to_owned()));
        assert_eq!(critical(r#"["b","e\u0078p"]"#), Ok("b exp".to_owned()));
        let registered = ["alg", "kid", "typ", "cty", "crit", "jwk", "x5t#S256", "enc", "zip", "p2c", "b64"];
        let registered = registered.map(|name| format!(r#"["{name}"]"#));
        let bad = [
            "[]",
            "null",
            r#""exp""#,
            "{}",
            "[1]",
            r#"["exp",1]"#,
            r#"["exp","exp"]"#,
            r#"["c"]"#,
            r#"["Exp"]"#,
        ];
        for bad in bad.into_iter().chain(registered.iter().map(String::as_str)) {
            assert_eq!(critical(bad), Err(Reason::InvalidCredential), "{bad}");
        }
        for twice in [r#""crit":["exp"],"crit":["exp"]"#, r#""crit":["exp"],"\u0063rit":["exp"]"#] {
            assert_eq!(
                header(&format!(r#"{{"alg":"HS256","exp":1,{twice}}}"#)),
                Err(Reason::InvalidCredential)
            );
        }
    }
}
