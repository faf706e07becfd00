//! What a token is bound to: the claim `cnf` (RFC 7800).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::json::{self, Names, PassOver, Text};
use crate::canonical::base64;

/// What a token is bound to: the members of its `cnf` claim (RFC 7800, section 3.1).
///
/// Two are understood: `jkt`, the key of DPoP (RFC 9449, section 6.1), and `x5t#S256`, the
/// client's certificate (RFC 8705, section 3.1). Each is the SHA-256 of what it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmation {
    key: Option<[u8; 32]>,
    certificate: Option<[u8; 32]>,
    has_others: bool,
}

impl Confirmation {
    /// The RFC 7638 thumbprint of the key that must sign proofs: `jkt`.
    #[must_use]
    pub const fn key(&self) -> Option<&[u8; 32]> {
        self.key.as_ref()
    }

    /// The thumbprint of the certificate that the client must show: `x5t#S256`.
    #[must_use]
    pub const fn certificate(&self) -> Option<&[u8; 32]> {
        self.certificate.as_ref()
    }

    /// Whether there is a member, and none but those two. RFC 7800 lets others be ignored;
    /// here a token that is bound to something that nobody checks is refused.
    #[must_use]
    pub const fn is_understood(&self) -> bool {
        !self.has_others && (self.key.is_some() || self.certificate.is_some())
    }
}

/// Reads the value of `cnf`.
pub(super) struct ConfirmationSeed;

impl<'de> DeserializeSeed<'de> for ConfirmationSeed {
    type Value = Box<Confirmation>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ConfirmationSeed {
    type Value = Box<Confirmation>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what a token is bound to")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Confirmation::default();
        let mut names = Names::new();
        while let Some(name) = map.next_key_seed(Text)? {
            let place = match &*name {
                "jkt" => &mut found.key,
                "x5t#S256" => &mut found.certificate,
                _ => {
                    found.has_others = true;
                    names.add(name)?;
                    map.next_value_seed(PassOver::member())?;
                    continue;
                }
            };
            let text = map.next_value_seed(Text)?;
            let thumbprint = base64::url::<32>(text.as_bytes());
            json::once(place, thumbprint.ok_or_else(|| A::Error::custom("no SHA-256 in base64url"))?)?;
        }
        Ok(Box::new(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::claims::Claims;

    fn read(cnf: &str) -> Option<Confirmation> {
        let visit = |payload: &str| json::read(payload, ConfirmationSeed).ok().map(|found| *found);
        let alone = visit(cnf);
        let mut claims = Claims::default();
        let payload = format!(r#"{{"cnf":{cnf}}}"#);
        let policy = crate::jwt::JwtPolicy::new();
        let within = claims.read(&payload, policy.wanted()).ok();
        assert_eq!(within.and(claims.confirmation.map(|found| *found)), alone, "{cnf}");
        alone
    }

    #[test]
    fn only_what_can_be_checked_is_understood() {
        let print = base64::encode_url(&[7; 32]);
        let known = read(&format!(r#"{{"jkt":"{print}","x5t#S256":"{print}"}}"#)).expect("read");
        assert_eq!((known.key(), known.certificate()), (Some(&[7; 32]), Some(&[7; 32])));
        assert!(known.is_understood());
        for other in ["{}", r#"{"kid":"k"}"#, r#"{"jwk":{"kty":"EC"}}"#, r#"{"x5t":"AA"}"#] {
            assert!(!read(other).expect("read").is_understood(), "{other}");
        }
        let both = read(&format!(r#"{{"jkt":"{print}","new":1}}"#)).expect("read");
        assert!(!both.is_understood());
    }

    #[test]
    fn a_thumbprint_has_one_spelling_and_is_there_once() {
        let print = base64::encode_url(&[7; 32]);
        let tail = format!("{}d", &print[..42]);
        for bad in [
            "null".to_owned(),
            "[]".to_owned(),
            format!("\"{print}\""),
            r#"{"jkt":null}"#.to_owned(),
            r#"{"jkt":""}"#.to_owned(),
            r#"{"x5t#S256":7}"#.to_owned(),
            format!(r#"{{"jkt":"{print}="}}"#),
            format!(r#"{{"jkt":"{tail}"}}"#),
            format!(r#"{{"jkt":"{}"}}"#, &print[..42]),
            format!(r#"{{"jkt":"{print}","jkt":"{print}"}}"#),
            format!(r#"{{"jkt":"{print}","\u006akt":"{print}"}}"#),
            r#"{"a":1,"a":1}"#.to_owned(),
        ] {
            assert_eq!(read(&bad), None, "{bad}");
        }
    }
}
