//! The text of a proof, read strictly (RFC 9449, section 4.2). Nothing here is believed yet.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::DpopError;
use crate::Timestamp;
use crate::canonical::base64;
use crate::jwt::claims::NumericDate;
use crate::jwt::compact::Parts;
use crate::jwt::json::{self, Names, PassOver, Text};
use crate::jwt::{JwtAlgorithm, JwtKey};

/// The longest proof: one with the longest key of RSA has about half of it.
const LONGEST: usize = 8 * 1024;
/// The longest `jti`, in bytes.
const LONGEST_ID: usize = 256;

/// A proof whose signature nobody has checked.
pub(super) struct Proof<'a> {
    pub(super) parts: Parts<'a>,
    pub(super) algorithm: JwtAlgorithm,
    header: String,
    payload: String,
}

/// The claims of a proof.
pub(super) struct ProofClaims<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) method: Cow<'a, str>,
    pub(super) target: Cow<'a, str>,
    pub(super) made_at: Timestamp,
    pub(super) token: Option<Cow<'a, str>>,
    pub(super) nonce: Option<Cow<'a, str>>,
}

impl<'a> Proof<'a> {
    /// Reads the form of a proof, its type and its algorithm.
    pub(super) fn read(text: &'a str) -> Result<Self, DpopError> {
        let parts = Parts::within(text, LONGEST, LONGEST).map_err(|_| DpopError::Unreadable)?;
        let header = base64::url_vec(parts.header).and_then(|bytes| String::from_utf8(bytes).ok());
        let (Some(header), Ok(payload)) = (header, parts.payload()) else {
            return Err(DpopError::Unreadable);
        };
        let members = HeaderMembers::read(&header)?;
        if !members.typ.is_some_and(|typ| typ.eq_ignore_ascii_case("dpop+jwt")) {
            return Err(DpopError::Type);
        }
        let algorithm = members.alg.and_then(|name| name.parse().ok()).ok_or(DpopError::Algorithm)?;
        Ok(Self { parts, algorithm, header, payload })
    }

    /// The key that the proof brings along, for the algorithm that it names: public, and
    /// not weak.
    pub(super) fn key(&self) -> Result<JwtKey, DpopError> {
        let jwk = HeaderMembers::read(&self.header)?.jwk.ok_or(DpopError::Key)?;
        let key = JwtKey::from_jwk_text(jwk.get(), self.algorithm).map_err(|_| DpopError::Key)?;
        if key.can_sign() { Err(DpopError::Key) } else { Ok(key) }
    }

    pub(super) fn claims(&self) -> Result<ProofClaims<'_>, DpopError> {
        let found = json::read(&self.payload, ClaimsVisitor)
            .map_err(|error| if error.is_data() { DpopError::Claims } else { DpopError::Unreadable })?;
        let Found { jti: Some(id), htm: Some(method), htu: Some(target), iat: Some(made_at), .. } = found
        else {
            return Err(DpopError::Claims);
        };
        if id.is_empty() || id.len() > LONGEST_ID {
            return Err(DpopError::Claims);
        }
        Ok(ProofClaims { id, method, target, made_at, token: found.ath, nonce: found.nonce })
    }

    /// Whether `key` has signed it.
    pub(super) fn is_signed_by(&self, key: &JwtKey) -> bool {
        key.verifies(self.parts.signed, self.parts.signature)
    }
}

/// The members of the header that have a meaning.
#[derive(Default)]
struct HeaderMembers<'a> {
    typ: Option<Cow<'a, str>>,
    alg: Option<Cow<'a, str>>,
    jwk: Option<&'a RawValue>,
}

impl<'a> HeaderMembers<'a> {
    fn read(text: &'a str) -> Result<Self, DpopError> {
        json::read(text, HeaderVisitor).map_err(|_| DpopError::Unreadable)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = HeaderMembers<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the header of a proof")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = HeaderMembers::default();
        let mut names = Names::new();
        while let Some(name) = map.next_key_seed(Text)? {
            match &*name {
                "typ" => json::once(&mut found.typ, map.next_value_seed(Text)?)?,
                "alg" => json::once(&mut found.alg, map.next_value_seed(Text)?)?,
                "jwk" => json::once(&mut found.jwk, map.next_value()?)?,
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

#[derive(Default)]
struct Found<'a> {
    jti: Option<Cow<'a, str>>,
    htm: Option<Cow<'a, str>>,
    htu: Option<Cow<'a, str>>,
    iat: Option<Timestamp>,
    ath: Option<Cow<'a, str>>,
    nonce: Option<Cow<'a, str>>,
}

struct ClaimsVisitor;

impl<'de> Visitor<'de> for ClaimsVisitor {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of a proof")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found<'de>, A::Error> {
        let mut found = Found::default();
        let mut names = Names::new();
        while let Some(name) = map.next_key_seed(Text)? {
            let place = match &*name {
                "jti" => &mut found.jti,
                "htm" => &mut found.htm,
                "htu" => &mut found.htu,
                "ath" => &mut found.ath,
                "nonce" => &mut found.nonce,
                "iat" => {
                    json::once(&mut found.iat, map.next_value_seed(NumericDate)?)?;
                    continue;
                }
                _ => {
                    names.add(name)?;
                    map.next_value_seed(PassOver::member())?;
                    continue;
                }
            };
            json::once(place, map.next_value_seed(Text)?)?;
        }
        Ok(found)
    }
}
