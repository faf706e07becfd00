//! From the text of a token to its claims.

use std::sync::Arc;

use super::compact::{Parts, Unverified, unreadable};
use super::header::{self, Buffer, Header};
use super::signature;
use super::verified_cache::Held;
#[cfg(feature = "cached")]
use super::verified_cache::{CachePlace, VerifiedTokenCache};
use super::wanted::Needs;
use super::{
    JwtAlgorithm, JwtKey, JwtKeySet, JwtKeySource, JwtPolicy, JwtVerifierError, KeysUnavailable,
    VerifiedToken,
};
use crate::{AuthError, Reason, Scheme, Timestamp};

/// Verifies tokens: a policy and the keys.
///
/// A token is refused at the first of these that fails:
///
/// 1. it and its header are no longer than the policy allows, and it has exactly three
///    parts, none empty (RFC 7515, section 7.1);
/// 2. its signature has the length of some key's algorithm;
/// 3. its header is a JSON object in UTF-8, with every name once, without `b64` and `zip`,
///    of the type that is expected, and holds no other token (`cty` is not `JWT`); what its
///    `crit` names is there, once, and understood (RFC 7515, section 4.1.11);
/// 4. there is a key of its `alg` that has its `kid` or no id; without `kid`, every key
///    of that `alg` is tried, of which there may be 16;
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
    /// When they are no [set](JwtKeySet::new), and when no token can meet the policy
    /// ([`JwtPolicy::check`]).
    pub fn new(policy: JwtPolicy, keys: impl IntoIterator<Item = JwtKey>) -> Result<Self, JwtVerifierError> {
        Self::with_set(policy, JwtKeySet::new(keys)?)
    }

    /// A verifier that accepts what any key of a set signed.
    ///
    /// # Errors
    /// When no token can meet the policy ([`JwtPolicy::check`]).
    pub fn with_set(policy: JwtPolicy, keys: JwtKeySet) -> Result<Self, JwtVerifierError> {
        Self::of(policy, Keys::Own(keys))
    }

    /// A verifier that asks for the keys of the moment with each token.
    ///
    /// # Errors
    /// When no token can meet the policy ([`JwtPolicy::check`]).
    pub fn with_source(policy: JwtPolicy, source: Arc<dyn JwtKeySource>) -> Result<Self, JwtVerifierError> {
        Self::of(policy, Keys::Of(source))
    }

    fn of(policy: JwtPolicy, keys: Keys) -> Result<Self, JwtVerifierError> {
        policy.check()?;
        Ok(Self {
            policy,
            keys,
            #[cfg(feature = "cached")]
            cache: None,
        })
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

    /// Like [`verify_or_look_again`](Self::verify_or_look_again), without a copy of what the
    /// cache keeps.
    pub(super) async fn hold_or_look_again(&self, token: &str, now: Timestamp) -> Result<Held, AuthError> {
        match self.hold(token, now) {
            Err(refused) => self.look_again(token, now, refused).await,
            answer => answer,
        }
    }

    fn hold(&self, token: &str, now: Timestamp) -> Result<Held, AuthError> {
        let parts = self.parts(token).map_err(refusal)?;
        self.hold_by(token, now, |keys| self.verify_with(keys, &parts, now))
    }

    /// Has the source of the keys look again if a token was `refused` for want of its key, and
    /// verifies it with what is found.
    pub(super) async fn look_again(
        &self,
        token: &str,
        now: Timestamp,
        refused: AuthError,
    ) -> Result<Held, AuthError> {
        let Keys::Of(source) = &self.keys else { return Err(refused) };
        let Some((kid, algorithm)) = self.missing_key(&**source, token, now, refused.reason()) else {
            return Err(refused);
        };
        // In a box, because whoever waits for less would carry the room for it.
        let looking = Box::pin(async move {
            match source.look_again(&kid, algorithm, now).await.map_err(unavailable)? {
                Some(keys) => {
                    let parts = self.parts(token).map_err(refusal)?;
                    let verify = |keys: &JwtKeySet| self.verify_with(keys, &parts, now);
                    self.hold_with(&keys, Some(&keys), token, now, verify)
                }
                None => Err(refused),
            }
        });
        looking.await
    }

    /// Verifies a token that was read already, with regard to `needs`.
    pub(super) fn hold_read(
        &self,
        read: Unverified<'_>,
        needs: Needs,
        now: Timestamp,
    ) -> Result<Held, AuthError> {
        let Unverified { text, parts, header, payload, claims } = read;
        self.parts(text).map_err(refusal)?;
        self.hold_by(text, now, |keys| {
            signature::check_length(keys, &parts)
                .and_then(|()| self.check_signed(keys, &header, &parts))
                .and_then(|()| self.policy.check_claims(&claims, &payload, needs, now))
                .map_err(refusal)?;
            Ok(VerifiedToken { payload, claims, critical: critical(&header, &parts) })
        })
    }

    pub(super) const fn policy(&self) -> &JwtPolicy {
        &self.policy
    }

    pub(super) fn expect_issuer(&mut self, issuer: &str) {
        self.policy = std::mem::take(&mut self.policy).with_issuer(issuer);
    }

    /// The parts of a token that is not too long.
    fn parts<'t>(&self, token: &'t str) -> Result<Parts<'t>, Reason> {
        Parts::within(token, self.policy.longest_token(), self.policy.longest_header())
    }

    /// The id of the key that a token was refused for want of, and the algorithm it is for. An
    /// issuer may go over to another algorithm, so that no key fits for its length or its type
    /// either; and keys without an id fit whatever a token names, until one of them is tried.
    fn missing_key(
        &self,
        source: &dyn JwtKeySource,
        token: &str,
        now: Timestamp,
        refused: Reason,
    ) -> Option<(Box<str>, JwtAlgorithm)> {
        if !matches!(
            refused,
            Reason::UnknownKey
                | Reason::AlgorithmMismatch
                | Reason::InvalidCredential
                | Reason::WrongSignature
        ) {
            return None;
        }
        let parts = self.parts(token).ok()?;
        let mut buffer = Buffer::new();
        let header = header::read(parts.header, &[], &mut buffer).ok()?;
        self.policy.check_header(&header).ok()?;
        let kid = header.kid?;
        let is_missing = |keys: Arc<JwtKeySet>| !keys.has(&kid, header.algorithm);
        let missing = refused == Reason::UnknownKey || source.keys(now).is_ok_and(is_missing);
        missing.then(|| (kid.as_ref().into(), header.algorithm))
    }

    /// What the cache keeps, or what is verified with the keys of the moment.
    fn hold_by(
        &self,
        token: &str,
        now: Timestamp,
        verify: impl FnOnce(&JwtKeySet) -> Result<VerifiedToken, AuthError>,
    ) -> Result<Held, AuthError> {
        match &self.keys {
            Keys::Own(keys) => self.hold_with(keys, None, token, now, verify),
            Keys::Of(source) => {
                let keys = source.keys(now).map_err(unavailable)?;
                self.hold_with(&keys, Some(&keys), token, now, verify)
            }
        }
    }

    /// What the cache keeps, or what is verified with these keys. `changing` are the same keys,
    /// where others may take their place.
    fn hold_with(
        &self,
        keys: &JwtKeySet,
        changing: Option<&Arc<JwtKeySet>>,
        token: &str,
        now: Timestamp,
        verify: impl FnOnce(&JwtKeySet) -> Result<VerifiedToken, AuthError>,
    ) -> Result<Held, AuthError> {
        #[cfg(feature = "cached")]
        if let Some(cache) = &self.cache {
            let lives = |token: &VerifiedToken| self.policy.check_times(&token.claims, now).map_err(refusal);
            return cache.held(token, changing, now, lives, || verify(keys));
        }
        let _ = (token, changing, now);
        verify(keys).map(Held::from)
    }

    fn verify_with(
        &self,
        keys: &JwtKeySet,
        parts: &Parts<'_>,
        now: Timestamp,
    ) -> Result<VerifiedToken, AuthError> {
        let mut token = self.signed(keys, parts).map_err(refusal)?;
        token
            .claims
            .read(&token.payload, self.policy.wanted())
            .map_err(|error| unreadable(&error))
            .and_then(|()| self.policy.check_claims(&token.claims, &token.payload, self.policy.needs(), now))
            .map_err(refusal)?;
        Ok(token)
    }

    /// A token whose signature is good, and of which nobody has read the claims yet.
    fn signed(&self, keys: &JwtKeySet, parts: &Parts<'_>) -> Result<VerifiedToken, Reason> {
        signature::check_length(keys, parts)?;
        let mut buffer = Buffer::new();
        let header = header::read(parts.header, keys.common(), &mut buffer)?;
        self.check_signed(keys, &header, parts)?;
        let mut token = VerifiedToken::new(parts.payload()?);
        token.critical = critical(&header, parts);
        Ok(token)
    }

    fn check_signed(&self, keys: &JwtKeySet, header: &Header<'_>, parts: &Parts<'_>) -> Result<(), Reason> {
        self.policy.check_header(header)?;
        signature::check(keys.keys(), header, parts)
    }
}

/// The header of a token that has critical members.
fn critical(header: &Header<'_>, parts: &Parts<'_>) -> Option<Box<str>> {
    if header.critical.is_empty() { None } else { header::text(parts.header).map(Into::into) }
}

pub(super) fn refusal(reason: Reason) -> AuthError {
    AuthError::new(reason).with_scheme(Scheme::Jwt)
}

fn unavailable(error: KeysUnavailable) -> AuthError {
    AuthError::new(Reason::KeysUnavailable).with_scheme(Scheme::Jwt).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crate::Secret;
    use crate::jwt::{JwtIssuer, JwtKeyError, JwtKeySetError, JwtPolicyError};

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
        assert_eq!(build(vec![]), Err(JwtKeySetError::Empty.into()));
        let repeated = build(vec![key(A).with_id("a"), key(B).with_id("a")]);
        assert_eq!(refused_key(repeated), Some(JwtKeyError::RepeatedId));
        assert_eq!(build(vec![key(A); 16]), Ok(()));
        assert_eq!(refused_key(build(vec![key(A); 17])), Some(JwtKeyError::TooManyNameless));
    }

    fn refused_key(built: Result<(), JwtVerifierError>) -> Option<JwtKeyError> {
        match built {
            Err(JwtVerifierError::Keys(JwtKeySetError::Key(_, error))) => Some(error),
            _ => None,
        }
    }

    #[test]
    fn a_policy_that_no_token_meets_does_not_build_a_verifier() {
        let built = JwtVerifier::new(JwtPolicy::new().with_audience(""), [key(A)]).map(drop);
        assert_eq!(built, Err(JwtPolicyError::EmptyExpectation.into()));
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
