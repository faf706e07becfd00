//! Sets of keys.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::jwk::Members;
use super::{JwtKey, JwtKeyError};
use crate::jwt::JwtAlgorithm;
use crate::jwt::algorithm::KeyType;
use crate::jwt::header::{self, Common};
use crate::jwt::json::{self, Names, PassOver, Text};

/// At most this many keys without id of one algorithm are in a set, and at most this many keys
/// are tried on a token without `kid`: checking a signature costs, and a stranger sends it.
pub(in crate::jwt) const MOST_NAMELESS: usize = 16;

/// Keys that tokens are verified with.
///
/// It may have many keys with ids, for a token that names one is tried with that alone, and
/// with the keys that have no id. Of those it has at most 16 of one algorithm. A token that
/// names no key is tried with all keys of its algorithm, and refused where they are more than
/// 16.
///
/// ```
/// use portcullis::jwt::{JwkRules, JwtKeySet};
/// # #[cfg(feature = "aws-lc-rs")] {
/// let set = JwtKeySet::from_json(
///     r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a",
///         "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
///     &JwkRules::new(),
/// )?;
/// assert_eq!(set.keys().len(), 1);
/// # }
/// # Ok::<(), portcullis::jwt::JwtKeySetError>(())
/// ```
pub struct JwtKeySet {
    keys: Box<[JwtKey]>,
    common: Box<[Common]>,
}

/// How the JWKs of a set become keys.
#[derive(Clone, Debug)]
pub struct JwkRules {
    rsa: Option<JwtAlgorithm>,
    algorithms: Option<Box<[JwtAlgorithm]>>,
    most: usize,
}

/// A set of keys is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtKeySetError {
    /// There is no key in it that can verify a token.
    #[error("the set has no key that can verify a token")]
    Empty,
    /// Every key in it that is meant for verifying tokens is refused; this is the first.
    #[error("no key of the set can be used: key {0} is refused")]
    NoneLeft(DroppedKey, #[source] JwtKeyError),
    /// There are more keys than the rules allow.
    #[error("the set has more keys than are allowed")]
    TooMany,
    /// The text is not a JWK set (RFC 7517, section 5).
    #[error("the text is not a JWK set")]
    Unreadable,
    /// One of the keys is refused.
    #[error("key {0} of the set is refused")]
    Key(DroppedKey, #[source] JwtKeyError),
}

/// Which key of a set is meant: its place, counted from 1, and its `kid`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DroppedKey {
    /// Its place in the set, counted from 1.
    pub place: usize,
    /// Its `kid`, if it has a readable one.
    pub id: Option<Box<str>>,
}

impl fmt::Display for DroppedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            // How long it is, is the choice of whoever publishes the set.
            Some(id) => write!(f, "{} ({:?})", self.place, id.chars().take(64).collect::<String>()),
            None => write!(f, "{}", self.place),
        }
    }
}

impl Default for JwkRules {
    fn default() -> Self {
        Self::new()
    }
}

impl JwkRules {
    /// Every algorithm, each named by the JWK itself or implied by its curve; at most 100
    /// keys.
    #[must_use]
    pub const fn new() -> Self {
        Self { rsa: None, algorithms: None, most: 100 }
    }

    /// The algorithm of RSA keys that do not name one, as those of Microsoft Entra ID do not.
    /// Without this they are refused: it is not for the token to choose.
    #[must_use]
    pub const fn with_rsa_algorithm(mut self, algorithm: JwtAlgorithm) -> Self {
        self.rsa = Some(algorithm);
        self
    }

    /// Passes over keys of other algorithms.
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: &[JwtAlgorithm]) -> Self {
        self.algorithms = Some(algorithms.into());
        self
    }

    /// The most keys that a set may have, 100 by default, whatever they are for. Of one
    /// algorithm, at most 16 may be without id.
    #[must_use]
    pub const fn with_max_keys(mut self, most: usize) -> Self {
        self.most = most;
        self
    }
}

impl JwtKeySet {
    /// A set of these keys.
    ///
    /// # Errors
    /// When there is no key, when two keys of one type have the same id, or when there
    /// are more than 16 keys without id of one algorithm.
    pub fn new(keys: impl IntoIterator<Item = JwtKey>) -> Result<Self, JwtKeySetError> {
        let keys: Box<[JwtKey]> = keys.into_iter().collect();
        if keys.is_empty() {
            return Err(JwtKeySetError::Empty);
        }
        let mut algorithms: Vec<JwtAlgorithm> = Vec::new();
        for (n, key) in keys.iter().enumerate() {
            let before = || keys.iter().take(n);
            let refused = |error| {
                let which = DroppedKey { place: n + 1, id: key.id().map(Into::into) };
                JwtKeySetError::Key(which, error)
            };
            if before().any(|other| is_repeated(key, other)) {
                return Err(refused(JwtKeyError::RepeatedId));
            }
            if before().filter(|other| is_nameless_alike(key, other)).count() >= MOST_NAMELESS {
                return Err(refused(JwtKeyError::TooManyNameless));
            }
            if !algorithms.contains(&key.algorithm()) {
                algorithms.push(key.algorithm());
            }
        }
        let common = algorithms.into_iter().flat_map(header::common).collect();
        Ok(Self { keys, common })
    }

    /// A public set of the application's own choosing, from its JSON (RFC 7517, section 5).
    /// Keys that are meant for something else, or of a type that is not known here, are
    /// passed over.
    ///
    /// # Errors
    /// When the text is not a JWK set, when no key is left, and when any key is private, a
    /// shared secret, weak, unreadable, has the id of another one of its type, or is the 17th
    /// without id of its algorithm. The error says which.
    pub fn from_json(text: &str, rules: &JwkRules) -> Result<Self, JwtKeySetError> {
        let mut refused = None;
        let set = Self::read(text, rules, |which, error| {
            refused.get_or_insert((which, error));
        });
        match refused {
            Some((which, error)) => Err(JwtKeySetError::Key(which, error)),
            None => set,
        }
    }

    /// A set that somebody else publishes: a key that [`from_json`](Self::from_json) would
    /// refuse the set for is dropped, and `dropped` is told.
    ///
    /// # Errors
    /// When the text is not a JWK set, has too many keys, or no key is left; then the error
    /// says why the first was dropped.
    pub fn read(
        text: &str,
        rules: &JwkRules,
        mut dropped: impl FnMut(DroppedKey, JwtKeyError),
    ) -> Result<Self, JwtKeySetError> {
        let texts = json::read(text, SetVisitor { most: rules.most });
        let texts = texts.map_err(|_| JwtKeySetError::Unreadable)?.ok_or(JwtKeySetError::TooMany)?;
        let mut first: Option<(DroppedKey, JwtKeyError)> = None;
        let mut dropped = |which: DroppedKey, error| {
            if first.as_ref().is_none_or(|(first, _)| which.place < first.place) {
                first = Some((which.clone(), error));
            }
            dropped(which, error);
        };
        let mut keys: Vec<(DroppedKey, JwtKey)> = Vec::new();
        for (n, text) in texts.into_iter().enumerate() {
            let members = Members::read(text.get());
            let id = members.as_ref().ok().and_then(|members| members.kid.as_deref()).map(Into::into);
            let which = DroppedKey { place: n + 1, id };
            match members.and_then(|members| public_key(&members, rules)) {
                Ok(Some(key)) => keys.push((which, key)),
                Ok(None) => {}
                Err(error) => dropped(which, error),
            }
        }
        // Which of two was meant is not for us to say, so neither is used.
        let repeated = |key: &JwtKey| keys.iter().filter(|(_, other)| is_repeated(key, other)).count() > 1;
        let repeated: Vec<bool> = keys.iter().map(|(_, key)| repeated(key)).collect();
        let mut left: Vec<JwtKey> = Vec::new();
        for ((which, key), repeated) in keys.into_iter().zip(repeated) {
            if repeated {
                dropped(which, JwtKeyError::RepeatedId);
            } else if left.iter().filter(|other| is_nameless_alike(&key, other)).count() >= MOST_NAMELESS {
                dropped(which, JwtKeyError::TooManyNameless);
            } else {
                left.push(key);
            }
        }
        match first {
            Some((which, error)) if left.is_empty() => Err(JwtKeySetError::NoneLeft(which, error)),
            _ => Self::new(left),
        }
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &[JwtKey] {
        &self.keys
    }

    /// Whether there is a key of this id, of the type that the algorithm goes with.
    pub(in crate::jwt) fn has(&self, id: &str, algorithm: JwtAlgorithm) -> bool {
        self.keys.iter().any(|key| key.id() == Some(id) && key.algorithm().is_like(algorithm))
    }

    pub(in crate::jwt) fn common(&self) -> &[Common] {
        &self.common
    }
}

impl fmt::Debug for JwtKeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtKeySet").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// Whether two keys of one type have the same id.
fn is_repeated(key: &JwtKey, other: &JwtKey) -> bool {
    key.id().is_some() && key.id() == other.id() && key.algorithm().is_like(other.algorithm())
}

/// Whether two keys of one algorithm have no id.
fn is_nameless_alike(key: &JwtKey, other: &JwtKey) -> bool {
    key.id().is_none() && other.id().is_none() && key.algorithm() == other.algorithm()
}

/// The key that a JWK of a public set is; none when it is meant for something else.
fn public_key(members: &Members<'_>, rules: &JwkRules) -> Result<Option<JwtKey>, JwtKeyError> {
    // Whatever it is meant for, it is not secret any more.
    if members.is_private() {
        return Err(JwtKeyError::Private);
    }
    if members.key_type() == Ok(KeyType::Octets) {
        return Err(JwtKeyError::Symmetric);
    }
    let algorithm = match members.is_meant_to("verify").and_then(|()| members.algorithm(rules.rsa)) {
        Ok(algorithm) => algorithm,
        Err(JwtKeyError::UnknownType | JwtKeyError::UnknownAlgorithm(_) | JwtKeyError::NotMeantForThis) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if rules.algorithms.as_ref().is_some_and(|wanted| !wanted.contains(&algorithm)) {
        return Ok(None);
    }
    members.key(algorithm).map(Some)
}

/// Reads the outermost object of a set: the texts of its keys, or none where there are too
/// many.
struct SetVisitor {
    most: usize,
}

impl<'de> Visitor<'de> for SetVisitor {
    type Value = Option<Vec<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JWK set")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut keys = None;
        let mut names = Names::new();
        while let Some(name) = map.next_key_seed(Text)? {
            if name == "keys" {
                json::once(&mut keys, map.next_value_seed(RawKeys { most: self.most })?)?;
            } else {
                names.add(name)?;
                map.next_value_seed(PassOver::member())?;
            }
        }
        keys.ok_or_else(|| A::Error::custom("a set without keys"))
    }
}

struct RawKeys {
    most: usize,
}

impl<'de> DeserializeSeed<'de> for RawKeys {
    type Value = Option<Vec<&'de RawValue>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RawKeys {
    type Value = Option<Vec<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of keys")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut keys = Vec::new();
        while let Some(key) = list.next_element()? {
            if keys.len() <= self.most {
                keys.push(key);
            }
        }
        Ok((keys.len() <= self.most).then_some(keys))
    }
}
