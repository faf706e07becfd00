//! What decides besides the keys.

use std::time::Duration;

use crate::api_key::{ApiKeyCarrier, KeyShape};
use crate::jwt::{JwtKey, JwtPolicy};
use crate::store::{KeyFormat, KeyHasher};
use crate::{Realm, Secret};

/// What decides about a request besides the keys of the store: the same as the service has, or
/// another request is explained than the one that the service refused.
///
/// Without more, API keys of any form are read from `Authorization` and `X-API-Key`, signed URLs of
/// the strict form may be 300 s off, an `x-auth` request may live 600 s, of SigV4 every region and
/// service is accepted as the request names it, and tokens are not looked at.
///
/// ```
/// use portcullis::explain::{ExplainSettings, Explainer};
/// use portcullis::jwt::{JwtAlgorithm, JwtKey};
///
/// let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
/// let settings = ExplainSettings::new()
///     .with_key_prefix("acme_")
///     .with_key_header("X-Own-Key")
///     .with_region("eu-north-1")
///     .with_jwt_key(key)
///     .with_jwt_audience("orders");
/// let explainer = Explainer::new(settings)?;
/// # let _ = explainer;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ExplainSettings {
    pub(super) realm: Realm,
    pub(super) hasher: KeyHasher,
    key_prefix: Option<String>,
    pub(super) key_formats: Vec<KeyFormat>,
    pub(super) raw_authorization: bool,
    pub(super) key_headers: Vec<String>,
    pub(super) key_parameters: Vec<String>,
    pub(super) max_drift: Duration,
    pub(super) max_life: Duration,
    pub(super) compatible_form: bool,
    pub(super) region: Option<String>,
    pub(super) service: Option<String>,
    pub(super) unsigned_payload: bool,
    pub(super) unsigned_trailer: bool,
    pub(super) session_token: Option<Secret>,
    pub(super) lenient: bool,
    pub(super) jwt_key: Option<JwtKey>,
    pub(super) jwt_issuer: Option<String>,
    pub(super) jwt_audience: Option<String>,
}

impl Default for ExplainSettings {
    fn default() -> Self {
        Self {
            realm: Realm::default(),
            hasher: KeyHasher::sha256(),
            key_prefix: None,
            key_formats: Vec::new(),
            raw_authorization: false,
            key_headers: Vec::new(),
            key_parameters: Vec::new(),
            max_drift: Duration::from_secs(300),
            max_life: Duration::from_secs(600),
            compatible_form: false,
            region: None,
            service: None,
            unsigned_payload: false,
            unsigned_trailer: false,
            session_token: None,
            lenient: false,
            jwt_key: None,
            jwt_issuer: None,
            jwt_audience: None,
        }
    }
}

impl ExplainSettings {
    /// Those of a service that sets nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks keys up in another realm.
    #[must_use]
    pub fn with_realm(mut self, realm: Realm) -> Self {
        self.realm = realm;
        self
    }

    /// Makes digests of API keys with a pepper, as the store does.
    #[must_use]
    pub fn with_hasher(mut self, hasher: KeyHasher) -> Self {
        self.hasher = hasher;
        self
    }

    /// API keys begin with `prefix`, or are of one of the [formats](Self::with_key_format).
    #[must_use]
    pub fn with_key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.key_prefix = Some(prefix.into());
        self
    }

    /// API keys are of this format, or of one that is added before or behind it.
    #[must_use]
    pub fn with_key_format(mut self, format: KeyFormat) -> Self {
        self.key_formats.push(format);
        self
    }

    /// API keys are also read from `Authorization` without a word before them.
    #[must_use]
    pub const fn accept_raw_authorization(mut self) -> Self {
        self.raw_authorization = true;
        self
    }

    /// API keys are also read from this header.
    #[must_use]
    pub fn with_key_header(mut self, name: impl Into<String>) -> Self {
        self.key_headers.push(name.into());
        self
    }

    /// API keys are also read from this query parameter.
    #[must_use]
    pub fn with_key_parameter(mut self, name: impl Into<String>) -> Self {
        self.key_parameters.push(name.into());
        self
    }

    /// How far the timestamp of a signed URL may be off; 300 s without this.
    #[must_use]
    pub const fn with_max_drift(mut self, drift: Duration) -> Self {
        self.max_drift = drift;
        self
    }

    /// The longest life of an `x-auth` request; 600 s without this.
    #[must_use]
    pub const fn with_max_life(mut self, life: Duration) -> Self {
        self.max_life = life;
        self
    }

    /// Accepts the compatible form of signed URLs, over the query decoded and encoded again.
    #[must_use]
    pub const fn accept_compatible_form(mut self) -> Self {
        self.compatible_form = true;
        self
    }

    /// The region that SigV4 is for; that of the request without this.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The service that SigV4 is for; that of the request without this.
    #[must_use]
    pub fn with_service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Accepts bodies that SigV4 leaves unsigned.
    #[must_use]
    pub const fn accept_unsigned_payload(mut self) -> Self {
        self.unsigned_payload = true;
        self
    }

    /// Accepts bodies in chunks that SigV4 leaves unsigned, with a checksum behind them.
    #[must_use]
    pub const fn accept_unsigned_trailer(mut self) -> Self {
        self.unsigned_trailer = true;
        self
    }

    /// The session token that SigV4 requests must have; without this they must have none.
    #[must_use]
    pub fn with_session_token(mut self, token: Secret) -> Self {
        self.session_token = Some(token);
        self
    }

    /// Accepts the lenient canonical forms of SigV4.
    #[must_use]
    pub const fn with_lenient_canonicalisation(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// The key that tokens are signed with; without this they are not looked at.
    #[must_use]
    pub fn with_jwt_key(mut self, key: JwtKey) -> Self {
        self.jwt_key = Some(key);
        self
    }

    /// The issuer that tokens must have.
    #[must_use]
    pub fn with_jwt_issuer(mut self, name: impl Into<String>) -> Self {
        self.jwt_issuer = Some(name.into());
        self
    }

    /// The audience that tokens must have.
    #[must_use]
    pub fn with_jwt_audience(mut self, name: impl Into<String>) -> Self {
        self.jwt_audience = Some(name.into());
        self
    }

    /// Which texts the service takes for API keys.
    pub(super) fn key_shape(&self) -> KeyShape {
        let prefix = self.key_prefix.as_ref().map(KeyShape::prefix);
        if self.key_formats.is_empty() {
            return prefix.unwrap_or_else(KeyShape::any);
        }
        let formats = KeyShape::formats(self.key_formats.iter().cloned());
        prefix.into_iter().fold(formats, KeyShape::or)
    }

    /// Where API keys are read from.
    pub(super) fn key_carriers(&self) -> Vec<ApiKeyCarrier> {
        let mut places =
            vec![ApiKeyCarrier::Bearer, ApiKeyCarrier::ApiKey, ApiKeyCarrier::header("x-api-key")];
        places.extend(self.key_headers.iter().map(|name| ApiKeyCarrier::header(name)));
        places.extend(self.key_parameters.iter().map(|name| ApiKeyCarrier::parameter(name.clone())));
        if self.raw_authorization {
            places.push(ApiKeyCarrier::RawAuthorization);
        }
        places
    }

    /// What tokens must be.
    pub(super) fn jwt_policy(&self) -> JwtPolicy {
        let mut policy = JwtPolicy::new();
        if let Some(issuer) = &self.jwt_issuer {
            policy = policy.with_issuer(issuer);
        }
        if let Some(audience) = &self.jwt_audience {
            policy = policy.with_audience(audience);
        }
        policy
    }
}
