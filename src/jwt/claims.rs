//! The claims of a token (RFC 7519, section 4.1), read strictly.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::json::{self, Names, Part, PassOver, Passed, Text};
use super::wanted::{Seen, Wanted};
use crate::Timestamp;

/// The claims that have a meaning here; a claim that is there has the right type.
#[derive(Clone, Default)]
pub(super) struct Claims {
    pub(super) issuer: Option<Part>,
    pub(super) subject: Option<Part>,
    pub(super) id: Option<Part>,
    pub(super) audience: Option<Audience>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) not_before: Option<Timestamp>,
    pub(super) issued_at: Option<Timestamp>,
    pub(super) scope: Option<ScopeClaim>,
    /// Which of the claims that were asked for by name are there.
    pub(super) seen: Seen,
}

/// `aud`: one text, or a list of them.
#[derive(Clone)]
pub(super) enum Audience {
    One(Part),
    Many(Box<[Part]>),
}

impl Audience {
    pub(super) fn parts(&self) -> &[Part] {
        match self {
            Self::One(part) => std::slice::from_ref(part),
            Self::Many(parts) => parts,
        }
    }
}

/// `scope` (RFC 8693, section 4.2), which is no registered claim: other types are not
/// refused before somebody asks.
#[derive(Clone)]
pub(super) enum ScopeClaim {
    List(Part),
    WrongType,
}

impl Claims {
    /// Reads the claims of `payload` into these, which are none yet; `wanted` are
    /// further claims to look for.
    pub(super) fn read(&mut self, payload: &str, wanted: &Wanted) -> Result<(), serde_json::Error> {
        json::read(payload, ClaimsVisitor { payload, wanted, claims: self })
    }
}

struct ClaimsVisitor<'a> {
    payload: &'a str,
    wanted: &'a Wanted,
    claims: &'a mut Claims,
}

impl<'de> Visitor<'de> for ClaimsVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("claims")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { payload, wanted, claims } = self;
        let mut names = Names::new();
        while let Some(name) = map.next_key_seed(Text)? {
            let bit = wanted.bit(&name);
            let mut value = Passed::Other;
            match &*name {
                "iss" => value = text(&mut claims.issuer, map.next_value_seed(PartOf(payload))?)?,
                "sub" => value = text(&mut claims.subject, map.next_value_seed(PartOf(payload))?)?,
                "jti" => value = text(&mut claims.id, map.next_value_seed(PartOf(payload))?)?,
                "aud" => json::once(&mut claims.audience, map.next_value_seed(AudienceVisitor(payload))?)?,
                "exp" => json::once(&mut claims.expires_at, map.next_value_seed(NumericDate)?)?,
                "nbf" => json::once(&mut claims.not_before, map.next_value_seed(NumericDate)?)?,
                "iat" => json::once(&mut claims.issued_at, map.next_value_seed(NumericDate)?)?,
                "scope" => {
                    let (scope, kind) = match map.next_value_seed(MaybeText)? {
                        Ok(text) => (ScopeClaim::List(Part::of(payload, text)), Passed::Text),
                        Err(kind) => (ScopeClaim::WrongType, kind),
                    };
                    json::once(&mut claims.scope, scope)?;
                    value = kind;
                }
                _ => {
                    names.add(name)?;
                    value = map.next_value_seed(PassOver::member())?;
                }
            }
            claims.seen.add(bit, &value);
        }
        Ok(())
    }
}

/// Keeps a text that has a place of its own.
fn text<E: Error>(place: &mut Option<Part>, value: Part) -> Result<Passed, E> {
    json::once(place, value).map(|()| Passed::Text)
}

/// Reads a string, and keeps where it was.
struct PartOf<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for PartOf<'_> {
    type Value = Part;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Part, D::Error> {
        Text.deserialize(deserializer).map(|text| Part::of(self.0, text))
    }
}

struct AudienceVisitor<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for AudienceVisitor<'_> {
    type Value = Audience;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Audience, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AudienceVisitor<'_> {
    type Value = Audience;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of strings")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Audience, E> {
        Ok(Audience::One(Part::of(self.0, Cow::Borrowed(text))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Audience, E> {
        Ok(Audience::One(Part::Copy(text.into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Audience, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = list.next_element_seed(PartOf(self.0))? {
            parts.push(part);
        }
        Ok(Audience::Many(parts.into()))
    }
}

/// Reads a string, or says what else it is.
struct MaybeText;

impl<'de> DeserializeSeed<'de> for MaybeText {
    type Value = Result<Cow<'de, str>, Passed>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MaybeText {
    type Value = Result<Cow<'de, str>, Passed>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Ok(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Ok(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Err(Passed::Null))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Err(Passed::Other))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Err(Passed::Other))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Err(Passed::Other))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Err(Passed::Other))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        PassOver::member().visit_seq(list).map(Err)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        PassOver::member().visit_map(map).map(Err)
    }
}

/// Seconds since the Unix epoch, a fraction allowed (RFC 7519, section 2): from 1970 to
/// the end of the year 9999.
struct NumericDate;

/// 9999-12-31T23:59:59Z.
pub(super) const LAST_SECOND: i64 = 253_402_300_799;

impl<'de> DeserializeSeed<'de> for NumericDate {
    type Value = Timestamp;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Timestamp, D::Error> {
        deserializer.deserialize_f64(self)
    }
}

impl Visitor<'_> for NumericDate {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds since 1970 up to the year 9999")
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Timestamp, E> {
        match i64::try_from(seconds) {
            Ok(seconds) if seconds <= LAST_SECOND => Ok(Timestamp::from_unix_seconds(seconds)),
            _ => Err(E::custom("a moment out of range")),
        }
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Timestamp, E> {
        // Written so that not-a-number fails both comparisons.
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "the range is checked"
        )]
        if seconds >= 0.0 && seconds <= LAST_SECOND as f64 {
            Ok(Timestamp::from_unix_micros((seconds * 1e6) as i64))
        } else {
            Err(E::custom("a moment out of range"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::wanted::Needs;

    fn read(payload: &str) -> Result<Claims, serde_json::Error> {
        let mut claims = Claims::default();
        claims.read(payload, &Wanted::new()).map(|()| claims)
    }

    fn exp(value: &str) -> Option<i64> {
        let claims = read(&format!(r#"{{"exp":{value}}}"#)).ok()?;
        claims.expires_at.map(Timestamp::as_unix_micros)
    }

    #[test]
    fn moments_are_numbers_within_range() {
        for (value, micros) in [
            ("0", 0),
            ("1700000000", 1_700_000_000_000_000),
            ("1.5", 1_500_000),
            ("1.7e9", 1_700_000_000_000_000),
            ("253402300799", 253_402_300_799_000_000),
        ] {
            assert_eq!(exp(value), Some(micros), "{value}");
        }
        for bad in [
            "-1",
            "-0.5",
            "1e400",
            "1e20",
            "253402300800",
            "253402300799.5",
            "18446744073709551615",
            "18446744073709551616",
            "null",
            "true",
            "\"1\"",
            "[]",
            "[1]",
            "{}",
            "NaN",
            "0x10",
            "+1",
            "01",
        ] {
            assert_eq!(exp(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_registered_claim_of_another_type_is_refused() {
        for name in ["iss", "sub", "jti", "aud", "exp", "nbf", "iat"] {
            for value in ["null", "true", "{}", "[[]]", "[1]", r#"["a",null]"#] {
                assert!(read(&format!(r#"{{"{name}":{value}}}"#)).is_err(), "{name} {value}");
            }
        }
        for name in ["iss", "sub", "jti", "aud"] {
            assert!(read(&format!(r#"{{"{name}":1}}"#)).is_err(), "{name}");
        }
    }

    #[test]
    fn a_registered_claim_is_there_once() {
        for name in ["iss", "sub", "jti", "aud", "scope", "other"] {
            let escaped = format!(r"\u{:04x}{}", name.as_bytes()[0], &name[1..]);
            assert!(read(&format!(r#"{{"{name}":"a","{name}":"a"}}"#)).is_err(), "{name}");
            assert!(read(&format!(r#"{{"{escaped}":"a","{name}":"a"}}"#)).is_err(), "{name}");
        }
        for name in ["exp", "nbf", "iat"] {
            assert!(read(&format!(r#"{{"{name}":1,"{name}":1}}"#)).is_err(), "{name}");
        }
    }

    #[test]
    fn escapes_do_not_hide_a_name_or_change_a_text() {
        let payload = r#"{"\u0073ub":"a\u0062","aud":["\u0061","b"]}"#;
        let claims = read(payload).expect("claims");
        assert_eq!(claims.subject.map(|part| part.text(payload).to_owned()), Some("ab".to_owned()));
        let audience = claims.audience.expect("audience");
        assert_eq!(audience.parts().iter().map(|part| part.text(payload)).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_null_is_not_what_was_asked_for() {
        for name in ["a", "scope", "sub"] {
            for (value, any, text) in [
                (r#""x""#, true, true),
                (r#""""#, true, true),
                ("null", false, false),
                ("7", true, false),
                ("false", true, false),
                ("[]", true, false),
                (r#"{"b":null}"#, true, false),
            ] {
                let mut wanted = Wanted::new();
                let bit = wanted.add(name).expect("a bit");
                let mut claims = Claims::default();
                let read = claims.read(&format!(r#"{{"{name}":{value},"c":1}}"#), &wanted);
                assert_eq!(read.is_ok(), name != "sub" || text, "{name} {value}");
                if read.is_ok() {
                    let needs = |text| {
                        let mut needs = Needs::none();
                        needs.add(bit, text);
                        needs
                    };
                    let seen = (claims.seen.has(needs(false)), claims.seen.has(needs(true)));
                    assert_eq!(seen, (any, text), "{name} {value}");
                }
            }
        }
    }
}
