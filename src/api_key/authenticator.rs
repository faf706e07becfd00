//! Verifying API keys.

use std::borrow::Cow;

use super::carrier::AUTHORIZATION;
use super::{ApiKeyCarrier, KeyShape};
use crate::request::{Carriers, RequestView};
use crate::store::{KeyHandle, KeyHasher};
use crate::{
    AuthError, Authenticator, Challenge, Challenges, ErrorKind, InvalidChallenge, KeyStore, Outcome, Realm,
    Reason, Scheme,
};

/// Finds out whose API key a request carries; the rules are those of the
/// [module](super).
///
/// ```
/// use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
/// use portcullis::store::memory::MemoryKeyStore;
///
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// // `Authorization: Bearer igny8_...` or `X-API-Key: igny8_...`
/// let api_keys = ApiKeyAuthenticator::new(keys, KeyShape::prefix("igny8_"))
///     .with_carriers([ApiKeyCarrier::Bearer, ApiKeyCarrier::header("X-API-Key")]);
/// ```
#[derive(Clone, Debug)]
pub struct ApiKeyAuthenticator<K> {
    keys: K,
    shape: KeyShape,
    carriers: Vec<ApiKeyCarrier>,
    realm: Realm,
    hasher: KeyHasher,
    rest: Option<Scheme>,
    bearer: [Challenge; 2],
    api_key: Challenge,
}

impl<K: KeyStore> ApiKeyAuthenticator<K> {
    /// The lengths that a key may have, in characters.
    const LENGTHS: std::ops::RangeInclusive<usize> = 20..=255;

    /// Looks keys of this shape up in the default realm of `keys`. They are read from
    /// `Authorization`, under `Bearer` and `Api-Key`, and from `X-API-Key`, until
    /// [`with_carriers`](Self::with_carriers) says otherwise.
    #[must_use]
    pub fn new(keys: K, shape: KeyShape) -> Self {
        let bearer = Challenge::bare("Bearer");
        let refused = bearer.clone().with_parameter("error", "invalid_token");
        Self {
            keys,
            shape,
            carriers: vec![ApiKeyCarrier::Bearer, ApiKeyCarrier::ApiKey, ApiKeyCarrier::header("x-api-key")],
            realm: Realm::default(),
            hasher: KeyHasher::sha256(),
            rest: None,
            bearer: [bearer.clone(), refused.unwrap_or(bearer)],
            api_key: Challenge::bare("Api-Key"),
        }
    }

    /// Reads keys from these places and no others.
    #[must_use]
    pub fn with_carriers(mut self, carriers: impl IntoIterator<Item = ApiKeyCarrier>) -> Self {
        self.carriers = carriers.into_iter().collect();
        self
    }

    /// Looks keys up in another realm.
    #[must_use]
    pub fn with_realm(mut self, realm: Realm) -> Self {
        self.realm = realm;
        self
    }

    /// Makes digests with a pepper; the store must have the same hasher.
    #[must_use]
    pub fn with_hasher(mut self, hasher: KeyHasher) -> Self {
        self.hasher = hasher;
        self
    }

    /// Names a protection space in the challenges (RFC 9110, section 11.5).
    ///
    /// # Errors
    /// When `name` is not printable ASCII.
    pub fn with_challenge_realm(mut self, name: &str) -> Result<Self, InvalidChallenge> {
        let [plain, refused] = self.bearer;
        self.bearer = [plain.with_parameter("realm", name)?, refused.with_parameter("realm", name)?];
        self.api_key = self.api_key.with_parameter("realm", name)?;
        Ok(self)
    }

    /// Leaves texts of the shape that are no keys of the store to another member of the
    /// chain, which says what `scheme` it is. Without this an unknown key is refused here.
    ///
    /// It is for chains in which two kinds of opaque credential have no shape that tells
    /// them apart. If no member claims such a credential in the end, it is still refused.
    #[must_use]
    pub const fn leave_unknown_to(mut self, scheme: Scheme) -> Self {
        self.rest = Some(scheme);
        self
    }

    async fn verify(&self, request: &RequestView<'_>) -> Result<Outcome<K::Principal>, AuthError> {
        let Some(key) = self.presented(request)? else { return Ok(Outcome::Absent) };
        // What cannot be a key costs neither a digest nor a look-up.
        if self.shape.is_garbage(&key) {
            return self.unknown(Reason::InvalidCredential);
        }
        // Known or not, failures are counted under the id that the key says of itself.
        let named = |error: AuthError| match self.shape.id_of(&key) {
            Some(id) => error.with_presented(id),
            None => error,
        };
        let digests = self.hasher.digests(key.as_bytes());
        let handle = KeyHandle::Digests { realm: &self.realm, digests: digests.as_slice() };
        let Some(record) = self.keys.find(&handle).await? else {
            return self.unknown(Reason::UnknownKey).map_err(named);
        };
        record.check_usable(request.received_at()).map_err(named)?;
        record.check_request(request)?;
        Ok(record.admit(request))
    }

    /// The answer to a text of the shape that is no key here.
    fn unknown(&self, reason: Reason) -> Result<Outcome<K::Principal>, AuthError> {
        match self.rest {
            Some(_) => Ok(Outcome::Absent),
            None => Err(AuthError::new(reason)),
        }
    }

    /// The one key that the request carries, if it has the shape of one.
    fn presented<'a>(&self, request: &RequestView<'a>) -> Result<Option<Cow<'a, str>>, AuthError> {
        let authorization = match self.carriers.iter().any(ApiKeyCarrier::is_authorization) {
            true => request.unique_header(AUTHORIZATION)?,
            false => None,
        };
        let mut claimed = None;
        for carrier in &self.carriers {
            let Some(text) = carrier.read(request, authorization)? else { continue };
            if text.len() < *Self::LENGTHS.start() || !self.shape.covers(&text) {
                continue;
            }
            // Looks at every byte, without leaving early: that is what makes it fast.
            let printable = || text.bytes().fold(true, |all, byte| all & matches!(byte, b'!'..=b'~'));
            if text.len() > *Self::LENGTHS.end() || !printable() {
                return Err(AuthError::new(Reason::InvalidCredential));
            }
            if claimed.replace(text).is_some() {
                return Err(AuthError::new(Reason::SeveralCarriers));
            }
        }
        Ok(claimed)
    }
}

impl<K: KeyStore> Authenticator for ApiKeyAuthenticator<K> {
    type Principal = K::Principal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<K::Principal>, AuthError> {
        self.verify(request).await.map_err(|error| error.with_scheme(Scheme::ApiKey))
    }

    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        let ours = failure.is_some_and(|failure| {
            failure.scheme() == Some(Scheme::ApiKey) && failure.kind() == ErrorKind::Unauthenticated
        });
        let [plain, refused] = &self.bearer;
        if self.carriers.contains(&ApiKeyCarrier::Bearer) {
            out.add(if ours { refused } else { plain });
        }
        if self.carriers.iter().any(|carrier| *carrier != ApiKeyCarrier::Bearer) {
            out.add(&self.api_key);
        }
    }

    fn carriers(&self, out: &mut Carriers) {
        self.carriers.iter().for_each(|carrier| carrier.declare(out));
    }
}
