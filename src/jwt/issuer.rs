//! Issuing tokens.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::claims::LAST_SECOND;
use super::issuing::{AccessToken, IssuedToken, SigningKeys};
use super::{JwtKey, KeysUnavailable};
use crate::Timestamp;
use crate::canonical::base64;
use crate::crypto::{RandomError, random};

/// Issues tokens with `sub`, `iat` and `exp`, signed with one key, or with the key of the
/// moment of a ring.
///
/// ```
/// use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey};
/// use portcullis::Timestamp;
/// use std::time::Duration;
///
/// let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
/// let issuer = JwtIssuer::new(key, Duration::from_secs(3600)).with_issuer("https://issuer.example");
/// let token = issuer.issue("ada", Timestamp::from_unix_seconds(1_700_000_000))?;
/// assert_eq!(token.split('.').count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct JwtIssuer {
    keys: SigningKeys,
    lifetime: Duration,
    issuer: Option<Box<str>>,
    audience: Option<Box<str>>,
    typ: Box<str>,
    client: Option<Box<str>>,
    fresh_ids: bool,
}

/// A token cannot be issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JwtIssueError {
    /// The token would have ended before it began, or later than the year 9999.
    #[error("the lifetime is shorter than a second, or ends after the year 9999")]
    Lifetime,
    /// The issuer's tokens would live for longer than the plan of its ring keeps their keys.
    #[error("tokens live for longer than the `longest_token` of the plan of their keys")]
    OutlivesKey,
    /// The further claims are not an object.
    #[error("the further claims are not an object")]
    NotAnObject,
    /// A further claim has a name that the issuer itself fills in.
    #[error("a further claim has the name of a registered one")]
    Registered,
    /// No key of the ring may sign now.
    #[error(transparent)]
    KeysUnavailable(#[from] KeysUnavailable),
    /// There was no random `jti` to be had.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The key only verifies, or its backend failed for want of randomness.
    #[error("the key cannot sign")]
    CannotSign,
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be written as JSON")]
    Unwritable(#[source] serde_json::Error),
}

/// The header of what is issued here.
#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

/// What further claims may not be named.
const REGISTERED: [&str; 6] = ["iss", "sub", "aud", "exp", "nbf", "iat"];

impl JwtIssuer {
    /// Issues tokens that live for `lifetime`, counted in whole seconds.
    #[must_use]
    pub fn new(keys: impl Into<SigningKeys>, lifetime: Duration) -> Self {
        Self {
            keys: keys.into(),
            lifetime,
            issuer: None,
            audience: None,
            typ: "JWT".into(),
            client: None,
            fresh_ids: false,
        }
    }

    /// Issues access tokens as RFC 9068 has them (section 2.2): of the type `at+jwt`, with `iss`,
    /// `aud`, `sub`, `client_id`, `iat`, `exp` and a fresh `jti`. `client` is for tokens that
    /// name no other.
    ///
    /// ```
    /// use portcullis::jwt::{AccessToken, JwtAlgorithm, JwtIssuer, JwtKey, JwtPolicy, JwtVerifier};
    /// use portcullis::{Scopes, Timestamp};
    /// use std::time::Duration;
    ///
    /// let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
    /// let (us, api, life) = ("https://issuer.example", "https://api.example", Duration::from_secs(600));
    /// let issuer = JwtIssuer::access_tokens(key.clone(), us, api, "web", life);
    ///
    /// let (now, scopes) = (Timestamp::from_unix_seconds(1_700_000_000), Scopes::parse("orders:read")?);
    /// let issued = issuer.issue_access(AccessToken::new("ada").with_scopes(&scopes), now)?;
    /// let policy = JwtPolicy::new().with_issuer(us).with_audience(api).with_type("at+jwt");
    /// let token = JwtVerifier::new(policy, [key])?.verify(&issued.token, now)?;
    /// assert_eq!((token.id(), token.scopes()?), (issued.id.as_deref(), scopes));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn access_tokens(
        keys: impl Into<SigningKeys>,
        issuer: &str,
        audience: &str,
        client: &str,
        lifetime: Duration,
    ) -> Self {
        let mut access = Self::new(keys, lifetime).with_issuer(issuer).with_audience(audience);
        access.client = Some(client.into());
        access.with_type("at+jwt").with_fresh_ids()
    }

    /// Adds `iss`.
    #[must_use]
    pub fn with_issuer(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Adds `aud`.
    #[must_use]
    pub fn with_audience(mut self, audience: &str) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Sets the header's `typ`, which is `JWT` otherwise.
    #[must_use]
    pub fn with_type(mut self, typ: &str) -> Self {
        self.typ = typ.into();
        self
    }

    /// Adds a `jti` to each token: 128 bits of the system's generator.
    #[must_use]
    pub const fn with_fresh_ids(mut self) -> Self {
        self.fresh_ids = true;
        self
    }

    /// The `iss` of its tokens, if they have one.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// How long its tokens live.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Issues a token about `subject`.
    ///
    /// # Errors
    /// [`JwtIssueError::Lifetime`], and of the keys of a ring [`JwtIssueError::OutlivesKey`] and
    /// [`JwtIssueError::KeysUnavailable`].
    pub fn issue(&self, subject: &str, now: Timestamp) -> Result<String, JwtIssueError> {
        self.issue_with(subject, now, Map::new())
    }

    /// Issues a token with further claims, which must come as an object. `jti` may be
    /// among them; the claims that are filled in here may not.
    ///
    /// # Errors
    /// When the further claims are not an object, repeat a registered claim or cannot be
    /// written, and [`JwtIssueError::Lifetime`].
    pub fn issue_with(
        &self,
        subject: &str,
        now: Timestamp,
        extra: impl Serialize,
    ) -> Result<String, JwtIssueError> {
        self.issue_access(AccessToken::new(subject).with_claims(extra)?, now).map(|issued| issued.token)
    }

    /// Issues a token about a subject to a client, and says when it ends and what its `jti` is.
    ///
    /// # Errors
    /// As [`issue_with`](Self::issue_with); when a further claim has the name of one that is said
    /// apart; and [`JwtIssueError::Random`].
    pub fn issue_access(
        &self,
        access: AccessToken<'_>,
        now: Timestamp,
    ) -> Result<IssuedToken, JwtIssueError> {
        if self.keys.longest_token().is_some_and(|longest| longest < self.lifetime) {
            return Err(JwtIssueError::OutlivesKey);
        }
        let AccessToken { subject, client, scopes, longest, mut claims } = access;
        if REGISTERED.iter().any(|name| claims.contains_key(*name)) {
            return Err(JwtIssueError::Registered);
        }
        let client = client.or(self.client.as_deref());
        let scopes = scopes.map(ToString::to_string);
        let id = if self.fresh_ids { Some(random::base64url::<16>()?) } else { None };
        for (name, text) in [("client_id", client), ("scope", scopes.as_deref()), ("jti", id.as_deref())] {
            let said = text.map(|text| claims.insert(name.to_owned(), text.into()));
            if said.flatten().is_some() {
                return Err(JwtIssueError::Registered);
            }
        }
        let start = now.as_unix_seconds();
        let life = longest.map_or(self.lifetime, |longest| longest.min(self.lifetime));
        let life = i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
        let end = start.saturating_add(life);
        if start < 0 || life == 0 || end > LAST_SECOND {
            return Err(JwtIssueError::Lifetime);
        }
        let texts =
            [("sub", Some(subject)), ("iss", self.issuer.as_deref()), ("aud", self.audience.as_deref())];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, Value::from(text?))));
        let moments = [("iat", start.into()), ("exp", end.into())];
        claims.extend(texts.chain(moments).map(|(name, value)| (name.to_owned(), value)));
        let id = id.or_else(|| claims.get("jti").and_then(Value::as_str).map(str::to_owned));
        let token = self.sign(&claims, now)?;
        Ok(IssuedToken { token, id, expires_at: Timestamp::from_unix_seconds(end) })
    }

    fn sign(&self, claims: &Map<String, Value>, now: Timestamp) -> Result<String, JwtIssueError> {
        let key: JwtKey = self.keys.at(now)?;
        let header = Header { alg: key.algorithm().name(), typ: &self.typ, kid: key.id() };
        let header = serde_json::to_vec(&header).map_err(JwtIssueError::Unwritable)?;
        let payload = serde_json::to_vec(claims).map_err(JwtIssueError::Unwritable)?;
        let signed = format!("{}.{}", base64::encode_url(&header), base64::encode_url(&payload));
        let signature = key.sign(signed.as_bytes()).ok_or(JwtIssueError::CannotSign)?;
        Ok(format!("{signed}.{}", base64::encode_url(&signature)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::{JwtAlgorithm, JwtPolicy, JwtVerifier};
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

    fn issuer(lifetime: u64) -> JwtIssuer {
        let secret = "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oAT7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";
        let key = JwtKey::hmac(JwtAlgorithm::Hs512, secret.into()).expect("key").with_id("k");
        JwtIssuer::new(key, Duration::from_secs(lifetime))
    }

    #[test]
    fn what_is_issued_meets_the_policy_that_asks_for_it() {
        let issuer = issuer(60).with_issuer("i").with_audience("a").with_type("at+jwt");
        let token = issuer.issue_with("ada", NOW, json!({ "jti": "1", "n": 7 })).expect("token");
        let policy =
            JwtPolicy::new().with_issuer("i").with_audience("a").with_type("at+jwt").require_claim("n");
        let policy = policy.with_max_lifetime(Duration::from_secs(60));
        let verified = JwtVerifier::new(policy, [issuer.keys.at(NOW).expect("a key")])
            .expect("verifier")
            .verify(&token, NOW)
            .expect("verified");
        assert_eq!((verified.subject(), verified.id()), (Some("ada"), Some("1")));
        assert_eq!(verified.expires_at(), Some(NOW.saturating_add(Duration::from_secs(60))));
    }

    #[test]
    fn further_claims_override_nothing() {
        for name in REGISTERED {
            let refused = issuer(60).issue_with("ada", NOW, json!({ name: 1 }));
            assert!(matches!(refused, Err(JwtIssueError::Registered)), "{name}");
        }
        assert!(matches!(issuer(60).issue_with("ada", NOW, [1]), Err(JwtIssueError::NotAnObject)));
    }

    #[test]
    fn a_life_that_no_verifier_would_accept_is_refused() {
        for lifetime in [0, u64::MAX, 253_402_300_800] {
            assert!(matches!(issuer(lifetime).issue("ada", NOW), Err(JwtIssueError::Lifetime)), "{lifetime}");
        }
        assert!(matches!(issuer(60).issue("ada", Timestamp::MAX), Err(JwtIssueError::Lifetime)));
    }
}
