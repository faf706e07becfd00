//! JSON Web Keys (RFC 7517), read strictly.

use std::borrow::Cow;
use std::fmt;

use jsonwebtoken::jwk::Jwk;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{JwtKey, JwtKeyError, PublicNumbers};
use crate::Secret;
use crate::canonical::base64;
use crate::jwt::JwtAlgorithm;
use crate::jwt::algorithm::{Curve, KeyType};
use crate::jwt::json::{self, Names, PassOver, Text};

/// The members of a JWK that have a meaning here. Certificates and addresses of them
/// (`x5c`, `x5u`) are not looked at.
#[derive(Default)]
pub(super) struct Members<'a> {
    kty: Option<Cow<'a, str>>,
    pub(super) kid: Option<Cow<'a, str>>,
    alg: Option<Cow<'a, str>>,
    usage: Option<Cow<'a, str>>,
    operations: Option<Vec<Cow<'a, str>>>,
    crv: Option<Cow<'a, str>>,
    n: Option<Cow<'a, str>>,
    e: Option<Cow<'a, str>>,
    x: Option<Cow<'a, str>>,
    y: Option<Cow<'a, str>>,
    k: Option<Cow<'a, str>>,
    /// Whether there is any number that only the owner may know.
    is_private: bool,
}

impl JwtKey {
    /// A key from a JWK, together with its `kid`. The algorithm is said here, never taken
    /// from the JWK; where the JWK has a word on it, the two must agree. Only the public
    /// half of a pair is taken.
    ///
    /// # Errors
    /// When the JWK is of another type, is meant for something else by its `alg`, `use`
    /// or `key_ops` (RFC 7517, section 4), or holds a weak key.
    pub fn from_jwk(jwk: &Jwk, algorithm: JwtAlgorithm) -> Result<Self, JwtKeyError> {
        let text = serde_json::to_string(jwk).map_err(|_| JwtKeyError::Unreadable)?;
        Self::from_jwk_text(&text, algorithm)
    }

    /// A key from the JSON of a JWK, like [`from_jwk`](Self::from_jwk).
    ///
    /// # Errors
    /// As there, and when the text is not one JSON object with every name once, or the
    /// JWK holds the private half of a pair.
    pub fn from_jwk_text(text: &str, algorithm: JwtAlgorithm) -> Result<Self, JwtKeyError> {
        let members = Members::read(text)?;
        members.agree_with(algorithm, "verify")?;
        members.key(algorithm)
    }
}

impl<'a> Members<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, JwtKeyError> {
        json::read(text, MembersVisitor).map_err(|_| JwtKeyError::Unreadable)
    }

    /// The type of the key, as `kty` and, where it matters, `crv` say.
    pub(super) fn key_type(&self) -> Result<KeyType, JwtKeyError> {
        let kty = self.kty.as_deref().ok_or(JwtKeyError::Unreadable)?;
        let crv = || self.crv.as_deref().ok_or(JwtKeyError::Unreadable);
        match kty {
            "oct" => Ok(KeyType::Octets),
            "RSA" => Ok(KeyType::Rsa),
            "EC" => match crv()? {
                "P-256" => Ok(KeyType::Ec(Curve::P256)),
                "P-384" => Ok(KeyType::Ec(Curve::P384)),
                "P-521" => Ok(KeyType::Ec(Curve::P521)),
                _ => Err(JwtKeyError::UnknownType),
            },
            "OKP" if crv()? == "Ed25519" => Ok(KeyType::Ed25519),
            _ => Err(JwtKeyError::UnknownType),
        }
    }

    /// The algorithm: what `alg` says, or else the only one that the type has.
    pub(super) fn algorithm(&self, of_rsa: Option<JwtAlgorithm>) -> Result<JwtAlgorithm, JwtKeyError> {
        let key_type = self.key_type()?;
        let algorithm = match (&self.alg, key_type) {
            (Some(name), _) => name.parse()?,
            (None, KeyType::Octets) => return Err(JwtKeyError::NoAlgorithm),
            (None, KeyType::Rsa) => of_rsa.ok_or(JwtKeyError::NoAlgorithm)?,
            (None, KeyType::Ec(Curve::P256)) => JwtAlgorithm::Es256,
            (None, KeyType::Ec(Curve::P384)) => JwtAlgorithm::Es384,
            (None, KeyType::Ec(Curve::P521)) => JwtAlgorithm::Es512,
            (None, KeyType::Ed25519) => JwtAlgorithm::EdDsa,
        };
        if algorithm.key_type() == key_type { Ok(algorithm) } else { Err(JwtKeyError::WrongType) }
    }

    /// Whether the JWK is meant for signatures and `operation`, as one of `sign` and `verify`:
    /// its `use` and its `key_ops` (RFC 7517, sections 4.2 and 4.3).
    pub(super) fn is_meant_to(&self, operation: &str) -> Result<(), JwtKeyError> {
        let operations = self.operations.as_deref();
        let twice = |all: &[Cow<'_, str>]| {
            all.iter().enumerate().any(|(n, one)| all.iter().take(n).any(|it| it == one))
        };
        if operations.is_some_and(twice) {
            return Err(JwtKeyError::Unreadable);
        }
        let is_meant = self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && operations.is_none_or(|all| all.iter().any(|one| one == operation));
        if is_meant { Ok(()) } else { Err(JwtKeyError::NotMeantForThis) }
    }

    /// Whether the numbers of a private key are there.
    pub(super) const fn is_private(&self) -> bool {
        self.is_private
    }

    pub(super) fn agree_with(&self, algorithm: JwtAlgorithm, operation: &str) -> Result<(), JwtKeyError> {
        if self.key_type()? != algorithm.key_type() {
            return Err(JwtKeyError::WrongType);
        }
        self.is_meant_to(operation)?;
        match &self.alg {
            Some(name) if name.parse() != Ok(algorithm) => Err(JwtKeyError::NotMeantForThis),
            _ => Ok(()),
        }
    }

    /// The key, with its id.
    pub(super) fn key(&self, algorithm: JwtAlgorithm) -> Result<JwtKey, JwtKeyError> {
        let key = match self.key_type()? {
            KeyType::Octets => JwtKey::hmac(algorithm, Secret::new(decoded(self.k.as_deref())?)),
            _ if self.is_private => Err(JwtKeyError::Private),
            _ => JwtKey::public(algorithm, self.numbers()?),
        }?;
        Ok(self.name(key))
    }

    /// The numbers of a public key, or of the public half of a private one.
    pub(super) fn numbers(&self) -> Result<PublicNumbers, JwtKeyError> {
        match self.key_type()? {
            KeyType::Octets => Err(JwtKeyError::WrongType),
            KeyType::Rsa => {
                let (n, e) = (decoded(self.n.as_deref())?, decoded(self.e.as_deref())?);
                Ok(PublicNumbers::Rsa { n: n.into(), e: e.into() })
            }
            KeyType::Ec(curve) => {
                let (x, y) = (decoded(self.x.as_deref())?, decoded(self.y.as_deref())?);
                Ok(PublicNumbers::Ec { curve, x: x.into(), y: y.into() })
            }
            KeyType::Ed25519 => {
                let x = decoded(self.x.as_deref())?.try_into().map_err(|_| JwtKeyError::Unreadable)?;
                Ok(PublicNumbers::Ed25519 { x })
            }
        }
    }

    /// Gives a key the `kid`.
    pub(super) fn name(&self, key: JwtKey) -> JwtKey {
        match &self.kid {
            Some(id) => key.with_id(id),
            None => key,
        }
    }
}

fn decoded(value: Option<&str>) -> Result<Vec<u8>, JwtKeyError> {
    value.and_then(|value| base64::url_vec(value.as_bytes())).ok_or(JwtKeyError::Unreadable)
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON Web Key")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Members::default();
        let mut names = Names::new();
        while let Some(name) = map.next_key_seed(Text)? {
            let place = match &*name {
                "kty" => &mut members.kty,
                "kid" => &mut members.kid,
                "alg" => &mut members.alg,
                "use" => &mut members.usage,
                "crv" => &mut members.crv,
                "n" => &mut members.n,
                "e" => &mut members.e,
                "x" => &mut members.x,
                "y" => &mut members.y,
                "k" => &mut members.k,
                "key_ops" => {
                    json::once(&mut members.operations, map.next_value_seed(Texts)?)?;
                    continue;
                }
                other => {
                    members.is_private |= matches!(other, "d" | "p" | "q" | "dp" | "dq" | "qi" | "oth");
                    names.add(name)?;
                    map.next_value_seed(PassOver::member())?;
                    continue;
                }
            };
            json::once(place, map.next_value_seed(Text)?)?;
        }
        Ok(members)
    }
}

/// Reads a list of strings.
struct Texts;

impl<'de> DeserializeSeed<'de> for Texts {
    type Value = Vec<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Texts {
    type Value = Vec<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element_seed(Text)? {
            if texts.len() == 16 {
                return Err(A::Error::custom("the list is too long"));
            }
            texts.push(text);
        }
        Ok(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(jwk: &str) -> Result<JwtKey, JwtKeyError> {
        JwtKey::from_jwk(&serde_json::from_str(jwk).expect("JWK"), JwtAlgorithm::Hs256)
    }

    const K: &str = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

    #[test]
    fn a_jwk_that_agrees_becomes_a_key_with_its_id() {
        for more in ["", r#","alg":"HS256","use":"sig""#, r#","key_ops":["sign","verify"]"#] {
            let made = key(&format!(r#"{{"kty":"oct","kid":"a","k":"{K}"{more}}}"#)).expect("key");
            assert_eq!((made.id(), made.algorithm()), (Some("a"), JwtAlgorithm::Hs256));
        }
    }

    #[test]
    fn a_jwk_that_is_meant_for_something_else_is_refused() {
        for more in [
            r#""alg":"HS512""#,
            r#""alg":"XS256""#,
            r#""use":"enc""#,
            r#""key_ops":["sign"]"#,
            r#""key_ops":[]"#,
        ] {
            let refused = key(&format!(r#"{{"kty":"oct","k":"{K}",{more}}}"#)).err();
            assert_eq!(refused, Some(JwtKeyError::NotMeantForThis), "{more}");
        }
        let public = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        assert_eq!(key(public).err(), Some(JwtKeyError::WrongType));
        assert_eq!(key(&format!(r#"{{"kty":"oct","k":"{K}=="}}"#)).err(), Some(JwtKeyError::Unreadable));
    }

    #[test]
    fn a_key_does_not_print_its_secret() {
        let made = JwtKey::hmac(JwtAlgorithm::Hs256, K.into()).expect("key");
        assert_eq!(format!("{made:?}"), "JwtKey { algorithm: Hs256, id: None, .. }");
    }
}
