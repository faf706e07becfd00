//! Private JSON Web Keys (RFC 7518, section 6; RFC 8037, section 2).

use std::borrow::Cow;
use std::fmt;

use pkcs1::{RsaPrivateKey, UintRef};
use serde::de::{MapAccess, Visitor};
use zeroize::{Zeroize, Zeroizing};

use super::encoded::PrivateNumbers;
use super::jwk::Members;
use super::{JwtKey, JwtKeyError, PublicNumbers};
use crate::canonical::base64;
use crate::jwt::JwtAlgorithm;
use crate::jwt::json::{self, PassOver, Text};

/// A number that only the owner may know.
type Number = Zeroizing<Vec<u8>>;

/// The members of a JWK that only the owner may know.
#[derive(Default)]
struct PrivateMembers {
    d: Option<Number>,
    p: Option<Number>,
    q: Option<Number>,
    dp: Option<Number>,
    dq: Option<Number>,
    qi: Option<Number>,
}

impl JwtKey {
    /// A key that signs, from the JSON of a private JWK, together with its `kid`. The
    /// algorithm is said here; where the JWK has a word on it, in `alg`, `use` or `key_ops`,
    /// the two must agree.
    ///
    /// A key of RSA has all of `n`, `e`, `d`, `p`, `q`, `dp`, `dq` and `qi`, and no further
    /// primes; one of a curve has `d` beside its public half. The halves must belong together.
    /// A shared secret is read by [`from_jwk_text`](Self::from_jwk_text).
    ///
    /// # Errors
    /// When the text is no such JWK with every name once, when it is meant for something
    /// else, when the key is weak, and when no backend signs with such keys.
    pub fn from_private_jwk_text(text: &str, algorithm: JwtAlgorithm) -> Result<Self, JwtKeyError> {
        let members = Members::read(text)?;
        members.agree_with(algorithm, "sign")?;
        let public = members.numbers()?;
        public.check(algorithm)?;
        let private = json::read(text, PrivateVisitor).map_err(|_| JwtKeyError::Unreadable)?;
        private.key(algorithm, public).map(|key| members.name(key))
    }
}

impl PrivateMembers {
    fn key(&self, algorithm: JwtAlgorithm, public: PublicNumbers) -> Result<JwtKey, JwtKeyError> {
        let d = bytes(&self.d)?;
        match &public {
            PublicNumbers::Rsa { n, e } => PrivateNumbers::Rsa(RsaPrivateKey {
                modulus: whole(n)?,
                public_exponent: whole(e)?,
                private_exponent: whole(d)?,
                prime1: whole(bytes(&self.p)?)?,
                prime2: whole(bytes(&self.q)?)?,
                exponent1: whole(bytes(&self.dp)?)?,
                exponent2: whole(bytes(&self.dq)?)?,
                coefficient: whole(bytes(&self.qi)?)?,
                other_prime_infos: None,
            })
            .key(algorithm, &[]),
            PublicNumbers::Ec { curve, .. } => {
                PrivateNumbers::Ec { curve: *curve, d }.key(algorithm, &[public])
            }
            PublicNumbers::Ed25519 { .. } => PrivateNumbers::Ed25519 { d }.key(algorithm, &[public]),
        }
    }
}

fn bytes(number: &Option<Number>) -> Result<&[u8], JwtKeyError> {
    number.as_deref().map(Vec::as_slice).ok_or(JwtKeyError::Unreadable)
}

/// A number without leading zeros (RFC 7518, section 2).
fn whole(number: &[u8]) -> Result<UintRef<'_>, JwtKeyError> {
    let Some(1..) = number.first() else { return Err(JwtKeyError::Unreadable) };
    UintRef::new(number).map_err(|_| JwtKeyError::Unreadable)
}

struct PrivateVisitor;

impl<'de> Visitor<'de> for PrivateVisitor {
    type Value = PrivateMembers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a private JSON Web Key")
    }

    /// That every name is there once was seen when the public members were read.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PrivateMembers, A::Error> {
        let mut members = PrivateMembers::default();
        while let Some(name) = map.next_key_seed(Text)? {
            let place = match &*name {
                "d" => &mut members.d,
                "p" => &mut members.p,
                "q" => &mut members.q,
                "dp" => &mut members.dp,
                "dq" => &mut members.dq,
                "qi" => &mut members.qi,
                "oth" => return Err(serde::de::Error::custom("a key of more than two primes")),
                _ => {
                    map.next_value_seed(PassOver::member())?;
                    continue;
                }
            };
            let text = map.next_value_seed(Text)?;
            let decoded = base64::url_vec(text.as_bytes()).map(Zeroizing::new);
            if let Cow::Owned(mut copy) = text {
                copy.zeroize();
            }
            *place = Some(decoded.ok_or_else(|| serde::de::Error::custom("not base64url"))?);
        }
        Ok(members)
    }
}
