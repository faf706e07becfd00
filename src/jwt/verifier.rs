//! From the text of a token to its claims.

use std::sync::Arc;

use super::header::{self, Buffer, Header};
use super::verified_cache::Held;
#[cfg(feature = "cached")]
use super::verified_cache::{CachePlace, VerifiedTokenCache};
use super::{JwtKey, JwtKeySet, JwtKeySetError, JwtKeySource, JwtPolicy, KeysUnavailable, VerifiedToken};
use crate::canonical::base64;
use crate::{AuthError, Reason, Scheme, Timestamp};

/// Verifies tokens: a policy and the keys.
///
/// A token is refused at the first of these that fails:
///
/// 1. it is no longer than the policy allows, and has exactly three parts, none empty;
/// 2. its signature has the length of some key's algorithm;
/// 3. its header is a JSON object in UTF-8, with every name once, without `crit`, `b64`
///    and `zip`, and of the type that is expected;
/// 4. there is a key of its `alg` that has its `kid` or no id; without `kid`, every key
///    of that `alg` is tried;
/// 5. the signature verifies with one of them;
/// 6. its payload is a JSON object in UTF-8, with every name once, and registered claims
///    have their types (RFC 7519, section 4.1);
/// 7. the claims satisfy the policy.
///
/// All three parts are unpadded base64url in the one spelling that is canonical.
///
/// ```
/// use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey, JwtPolicy, JwtVerifier};
/// use portcullis::{Reason, Timestamp};
/// use std::time::Duration;
///
/// let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
/// let verifier = JwtVerifier::new(JwtPolicy::new(), [key.clone()])?;
///
/// let now = Timestamp::from_unix_seconds(1_700_000_000);
/// let token = JwtIssuer::new(key, Duration::from_secs(60)).issue("ada", now)?;
/// assert_eq!(verifier.verify(&token, now)?.subject(), Some("ada"));
///
/// let later = now.saturating_add(Duration::from_secs(60));
/// assert_eq!(verifier.verify(&token, later).unwrap_err().reason(), Reason::Expired);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JwtVerifier {
    policy: JwtPolicy,
    keys: Keys,
    #[cfg(feature = "cached")]
    cache: Option<CachePlace>,
}

/// Where the keys are.
#[derive(Debug)]
enum Keys {
    Own(JwtKeySet),
    Of(Arc<dyn JwtKeySource>),
}

impl JwtVerifier {
    /// A verifier that accepts what any of the `keys` signed.
    ///
    /// # Errors
    /// When there is no key, when two keys of one type have the same id, or when there are
    /// more than sixteen keys of one algorithm.
    pub fn new(policy: JwtPolicy, keys: impl IntoIterator<Item = JwtKey>) -> Result<Self, JwtKeySetError> {
        Ok(Self::with_set(policy, JwtKeySet::new(keys)?))
    }

    /// A verifier that accepts what any key of a set signed.
    #[must_use]
    pub const fn with_set(policy: JwtPolicy, keys: JwtKeySet) -> Self {
        Self::of(policy, Keys::Own(keys))
    }

    /// A verifier that asks for the keys of the moment with each token.
    #[must_use]
    pub fn with_source(policy: JwtPolicy, source: Arc<dyn JwtKeySource>) -> Self {
        Self::of(policy, Keys::Of(source))
    }

    const fn of(policy: JwtPolicy, keys: Keys) -> Self {
        Self {
            policy,
            keys,
            #[cfg(feature = "cached")]
            cache: None,
        }
    }

    /// Keeps what it has verified in a cache.
    #[cfg(feature = "cached")]
    #[must_use]
    pub fn with_cache(mut self, cache: VerifiedTokenCache) -> Self {
        self.cache = Some(CachePlace::new(cache));
        self
    }

    /// Verifies a token at the moment `now`.
    ///
    /// # Errors
    /// The refusal, always of [`Scheme::Jwt`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, AuthError> {
        self.hold(token, now).map(Held::into_token)
    }

    /// Verifies a token at the moment `now`; when it names a key that is not known, the
    /// source of the keys may [look again](JwtKeySource::look_again) first.
    ///
    /// # Errors
    /// The refusal, always of [`Scheme::Jwt`].
    pub async fn verify_or_look_again(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<VerifiedToken, AuthError> {
        self.hold_or_look_again(token, now).await.map(Held::into_token)
    }

    fn hold(&self, token: &str, now: Timestamp) -> Result<Held, AuthError> {
        let parts = self.parts(token).map_err(refusal)?;
        match &self.keys {
            Keys::Own(keys) => self.hold_with(keys, None, token, &parts, now),
            Keys::Of(source) => {
                let keys = source.keys(now).map_err(unavailable)?;
                self.hold_with(&keys, Some(&keys), token, &parts, now)
            }
        }
    }

    /// Like [`verify_or_look_again`](Self::verify_or_look_again), without a copy of what the
    /// cache keeps.
    pub(super) async fn hold_or_look_again(&self, token: &str, now: Timestamp) -> Result<Held, AuthError> {
        let refused = match self.hold(token, now) {
            Err(error) if error.reason() == Reason::UnknownKey => error,
            answer => return answer,
        };
        let Keys::Of(source) = &self.keys else { return Err(refused) };
        let parts = self.parts(token).map_err(refusal)?;
        let mut buffer = Buffer::new();
        let header = header::read(parts.header, &[], &mut buffer).map_err(refusal)?;
        let Some(kid) = header.kid.as_deref() else { return Err(refused) };
        match source.look_again(kid, now).await.map_err(unavailable)? {
            Some(keys) => self.hold_with(&keys, Some(&keys), token, &parts, now),
            None => Err(refused),
        }
    }

    /// The parts of a token that is not too long.
    fn parts<'t>(&self, token: &'t str) -> Result<Parts<'t>, Reason> {
        let short = token.len() <= self.policy.longest_token();
        short.then(|| Parts::of(token)).flatten().ok_or(Reason::InvalidCredential)
    }

    /// What the cache keeps, or what these keys verify. `changing` are the same keys, where
    /// others may take their place.
    fn hold_with(
        &self,
        keys: &JwtKeySet,
        changing: Option<&Arc<JwtKeySet>>,
        token: &str,
        parts: &Parts<'_>,
        now: Timestamp,
    ) -> Result<Held, AuthError> {
        #[cfg(feature = "cached")]
        if let Some(cache) = &self.cache {
            let accepts = |token: &VerifiedToken| {
                self.policy.check_claims(&token.claims, &token.payload, now).map_err(refusal)
            };
            return cache.held(token, changing, now, accepts, || self.verify_with(keys, parts, now));
        }
        let _ = (token, changing);
        self.verify_with(keys, parts, now).map(Held::Own)
    }

    fn verify_with(
        &self,
        keys: &JwtKeySet,
        parts: &Parts<'_>,
        now: Timestamp,
    ) -> Result<VerifiedToken, AuthError> {
        let payload = self.payload(keys, parts).map_err(refusal)?;
        let mut token = VerifiedToken::new(payload);
        let read = token.claims.read(&token.payload, self.policy.required());
        read.map_err(|error| if error.is_data() { Reason::InvalidClaim } else { Reason::InvalidCredential })
            .and_then(|()| self.policy.check_claims(&token.claims, &token.payload, now))
            .map_err(refusal)?;
        Ok(token)
    }

    /// The payload of a token whose signature is good: bytes that nobody has read yet.
    fn payload(&self, keys: &JwtKeySet, parts: &Parts<'_>) -> Result<String, Reason> {
        if !keys.keys().iter().any(|key| key.signature_len() == parts.signature.len()) {
            return Err(Reason::InvalidCredential);
        }
        let mut buffer = Buffer::new();
        let header = header::read(parts.header, keys.common(), &mut buffer)?;
        self.policy.check_header(&header)?;
        check_signature(keys.keys(), &header, parts)?;

        let payload = base64::url_vec(parts.payload).ok_or(Reason::InvalidCredential)?;
        String::from_utf8(payload).map_err(|_| Reason::InvalidCredential)
    }
}

fn check_signature(keys: &[JwtKey], header: &Header<'_>, parts: &Parts<'_>) -> Result<(), Reason> {
    let of_algorithm = || keys.iter().filter(|key| key.algorithm() == header.algorithm);
    if of_algorithm().next().is_none() {
        return Err(Reason::AlgorithmMismatch);
    }
    let kid = header.kid.as_deref();
    let mut fitting =
        of_algorithm().filter(|key| kid.is_none() || key.id().is_none() || key.id() == kid).peekable();
    if fitting.peek().is_none() {
        return Err(Reason::UnknownKey);
    }
    let verifies = fitting.any(|key| key.verifies(parts.signed, parts.signature));
    if verifies { Ok(()) } else { Err(Reason::WrongSignature) }
}

fn refusal(reason: Reason) -> AuthError {
    AuthError::new(reason).with_scheme(Scheme::Jwt)
}

fn unavailable(error: KeysUnavailable) -> AuthError {
    AuthError::new(Reason::KeysUnavailable).with_scheme(Scheme::Jwt).with_source(error)
}

/// The parts of the compact serialisation (RFC 7515, section 7.1), still encoded.
pub(super) struct Parts<'a> {
    pub(super) header: &'a [u8],
    pub(super) payload: &'a [u8],
    pub(super) signature: &'a [u8],
    /// What the signature covers: header, dot and payload.
    pub(super) signed: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(super) fn of(token: &'a str) -> Option<Self> {
        let token = token.as_bytes();
        let dot = |byte: &u8| *byte == b'.';
        // Header and signature are short: going from byte to byte is the fastest search.
        let (first, last) = (token.iter().position(dot)?, token.iter().rposition(dot)?);
        let parts = Self {
            header: token.get(..first)?,
            payload: token.get(first + 1..last)?,
            signature: token.get(last + 1..)?,
            signed: token.get(..last)?,
        };
        let whole = ![parts.header, parts.payload, parts.signature].iter().any(|part| part.is_empty());
        (whole && !parts.payload.contains(&b'.')).then_some(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crate::Secret;
    use crate::jwt::{JwtAlgorithm, JwtIssuer, JwtKeyError};

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

    fn key(secret: &str) -> JwtKey {
        JwtKey::hmac(JwtAlgorithm::Hs256, Secret::from(secret.repeat(2))).expect("key")
    }

    fn token(key: &JwtKey) -> String {
        JwtIssuer::new(key.clone(), Duration::from_secs(60)).issue("ada", NOW).expect("token")
    }

    fn verify(keys: &[JwtKey], token: &str) -> Result<(), Reason> {
        let verifier = JwtVerifier::new(JwtPolicy::new(), keys.iter().cloned()).expect("verifier");
        verifier.verify(token, NOW).map(drop).map_err(|error| error.reason())
    }

    const A: &str = "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";
    const B: &str = "mN3Yj0iPS4hcgUuTwjAzZr1Z9CAowKOb";

    #[test]
    fn a_kid_chooses_among_named_keys_and_tries_nameless_ones() {
        let (a, b) = (key(A).with_id("a"), key(B).with_id("b"));
        let both = [a.clone(), b.clone()];
        assert_eq!(verify(&both, &token(&a)), Ok(()));
        assert_eq!(verify(&both, &token(&key(B))), Ok(()));
        assert_eq!(verify(&both, &token(&key(B).with_id("a"))), Err(Reason::WrongSignature));
        for kid in ["../../dev/null", "' UNION SELECT 'x", "http://127.0.0.1/", "", "A"] {
            assert_eq!(verify(&both, &token(&key(A).with_id(kid))), Err(Reason::UnknownKey), "{kid}");
            assert_eq!(verify(&[key(A)], &token(&key(A).with_id(kid))), Ok(()), "{kid}");
        }
        let long = token(&key(A).with_id(&"k".repeat(1 << 20)));
        assert_eq!(verify(&[key(A)], &long), Err(Reason::InvalidCredential));
    }

    #[test]
    fn a_key_verifies_with_its_own_algorithm_alone() {
        let other = JwtKey::hmac(JwtAlgorithm::Hs512, Secret::from(A.repeat(2))).expect("key");
        assert_eq!(verify(&[key(A)], &token(&other)), Err(Reason::InvalidCredential));
        assert_eq!(verify(&[key(B), other.clone()], &token(&other)), Ok(()));
        assert_eq!(verify(&[key(B), other], &token(&key(A))), Err(Reason::WrongSignature));
    }

    #[test]
    fn ambiguous_keys_do_not_build_a_verifier() {
        let build = |keys: Vec<JwtKey>| JwtVerifier::new(JwtPolicy::new(), keys).map(drop);
        assert_eq!(build(vec![]), Err(JwtKeySetError::Empty));
        let repeated = build(vec![key(A).with_id("a"), key(B).with_id("a")]);
        assert!(matches!(repeated, Err(JwtKeySetError::Key(_, JwtKeyError::RepeatedId))), "{repeated:?}");
        assert_eq!(build(vec![key(A); 16]), Ok(()));
        assert_eq!(build(vec![key(A); 17]), Err(JwtKeySetError::TooManyAlike));
    }

    #[test]
    fn a_signature_of_any_other_length_is_refused() {
        let good = token(&key(A));
        let (signed, _) = good.rsplit_once('.').expect("parts");
        for length in [0, 1, 42, 44, 64, 72, 86, 4096] {
            let wrong = format!("{signed}.{}", "A".repeat(length));
            assert_eq!(verify(&[key(A)], &wrong), Err(Reason::InvalidCredential), "{length}");
        }
        assert_eq!(verify(&[key(A)], &format!("{signed}.{}", "A".repeat(43))), Err(Reason::WrongSignature));
    }
}
