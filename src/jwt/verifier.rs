//! From the text of a token to its claims.

use std::fmt;

use super::header::{self, Buffer, Common, Header};
use super::{JwtAlgorithm, JwtKey, JwtPolicy, VerifiedToken};
use crate::canonical::base64;
use crate::{AuthError, Reason, Scheme, Timestamp};

/// At most this many keys are tried on one token.
const MOST_KEYS: usize = 16;

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
pub struct JwtVerifier {
    policy: JwtPolicy,
    keys: Box<[JwtKey]>,
    common: Box<[Common]>,
}

/// A verifier cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtConfigError {
    /// There is no key.
    #[error("a verifier needs a key")]
    NoKey,
    /// Two keys have the same algorithm and the same id.
    #[error("two keys have the same algorithm and the same id")]
    RepeatedKeyId,
    /// There are more keys of one algorithm than a token may be tried with.
    #[error("there are more than 16 keys of one algorithm")]
    TooManyKeys,
}

impl JwtVerifier {
    /// A verifier that accepts what any of the `keys` signed.
    ///
    /// # Errors
    /// When there is no key, when two keys of one algorithm have the same id, or when
    /// there are more than sixteen keys of one algorithm.
    pub fn new(policy: JwtPolicy, keys: impl IntoIterator<Item = JwtKey>) -> Result<Self, JwtConfigError> {
        let keys: Box<[JwtKey]> = keys.into_iter().collect();
        if keys.is_empty() {
            return Err(JwtConfigError::NoKey);
        }
        let mut algorithms: Vec<JwtAlgorithm> = Vec::new();
        for (n, key) in keys.iter().enumerate() {
            let alike = keys.iter().take(n).filter(|other| other.algorithm() == key.algorithm());
            if alike.clone().any(|other| key.id().is_some() && other.id() == key.id()) {
                return Err(JwtConfigError::RepeatedKeyId);
            }
            match alike.count() {
                0 => algorithms.push(key.algorithm()),
                1..MOST_KEYS => {}
                _ => return Err(JwtConfigError::TooManyKeys),
            }
        }
        let common = algorithms.into_iter().flat_map(header::common).collect();
        Ok(Self { policy, keys, common })
    }

    /// Verifies a token at the moment `now`.
    ///
    /// # Errors
    /// The refusal, always of [`Scheme::Jwt`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, AuthError> {
        let payload = self.payload(token).map_err(refusal)?;
        let mut token = VerifiedToken::new(payload);
        let read = token.claims.read(&token.payload, self.policy.required());
        read.map_err(|error| if error.is_data() { Reason::InvalidClaim } else { Reason::InvalidCredential })
            .and_then(|()| self.policy.check_claims(&token.claims, &token.payload, now))
            .map_err(refusal)?;
        Ok(token)
    }

    /// The payload of a token whose signature is good: bytes that nobody has read yet.
    fn payload(&self, token: &str) -> Result<String, Reason> {
        if token.len() > self.policy.longest_token() {
            return Err(Reason::InvalidCredential);
        }
        let parts = Parts::of(token).ok_or(Reason::InvalidCredential)?;
        if !self.keys.iter().any(|key| key.algorithm().signature_len() == parts.signature.len()) {
            return Err(Reason::InvalidCredential);
        }
        let mut buffer = Buffer::new();
        let header = header::read(parts.header, &self.common, &mut buffer)?;
        self.policy.check_header(&header)?;
        self.check_signature(&header, &parts)?;

        let payload = base64::url_vec(parts.payload).ok_or(Reason::InvalidCredential)?;
        String::from_utf8(payload).map_err(|_| Reason::InvalidCredential)
    }

    fn check_signature(&self, header: &Header<'_>, parts: &Parts<'_>) -> Result<(), Reason> {
        let of_algorithm = || self.keys.iter().filter(|key| key.algorithm() == header.algorithm);
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
}

fn refusal(reason: Reason) -> AuthError {
    AuthError::new(reason).with_scheme(Scheme::Jwt)
}

impl fmt::Debug for JwtVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtVerifier")
            .field("policy", &self.policy)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// The parts of the compact serialisation (RFC 7515, section 7.1), still encoded.
struct Parts<'a> {
    header: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
    /// What the signature covers: header, dot and payload.
    signed: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Option<Self> {
        let (header, rest) = token.split_once('.')?;
        let (payload, signature) = rest.split_once('.')?;
        let signed = token.get(..header.len() + 1 + payload.len())?;
        let whole = ![header, payload, signature].iter().any(|part| part.is_empty());
        let parts = Self {
            header: header.as_bytes(),
            payload: payload.as_bytes(),
            signature: signature.as_bytes(),
            signed: signed.as_bytes(),
        };
        (whole && !signature.contains('.')).then_some(parts)
    }
}
