//! Verifying API keys.

use std::borrow::Cow;
use std::fmt;

use super::carrier::AUTHORIZATION;
use super::legacy::LegacyKeys;
use super::{ApiKeyCarrier, KeyShape};
use crate::request::{Carriers, RequestView};
use crate::store::{InvalidLegacyHash, KeyHandle, KeyHasher, LegacyHash, LegacyKeyStore, LegacyLookup};
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
pub struct ApiKeyAuthenticator<K: KeyStore> {
    keys: K,
    shape: KeyShape,
    carriers: Vec<ApiKeyCarrier>,
    realm: Realm,
    hasher: KeyHasher,
    rest: Option<Scheme>,
    legacy: Option<LegacyKeys<K::Principal>>,
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
            legacy: None,
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

    /// Takes keys over that `store` keeps by the hash of another system: one that is found under
    /// none of its digests is looked up as `lookup` says, checked, and
    /// [adopted](LegacyKeyStore::adopt). From its second use on it is found like any other, and costs
    /// nothing more.
    ///
    /// Where keys are found by a visible part, an unknown one costs a whole password hash like
    /// `model`, on a thread for blocking work, so that the time does not tell which visible
    /// parts exist: name a hash like those that were imported. As many hashes are computed
    /// at once as there are processors. This needs a Tokio runtime.
    /// Strangers can make a server work so: end it when the keys are taken over.
    ///
    /// A key that cannot be adopted is answered with 503, and never let through.
    ///
    /// ```
    /// use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
    /// use portcullis::store::memory::MemoryKeyStore;
    /// use portcullis::store::LegacyLookup;
    ///
    /// let keys: MemoryKeyStore = MemoryKeyStore::new();
    /// let api_keys = ApiKeyAuthenticator::new(keys.clone(), KeyShape::any())
    ///     .with_legacy_keys(keys, LegacyLookup::new().with_sha512(), None)?;
    /// # Ok::<(), portcullis::store::InvalidLegacyHash>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidLegacyHash::NoModel`] when keys are found by a visible part and there is no
    /// password hash to imitate, or there is no randomness for the decoy.
    pub fn with_legacy_keys<S>(
        mut self,
        store: S,
        lookup: LegacyLookup,
        model: Option<&LegacyHash>,
    ) -> Result<Self, InvalidLegacyHash>
    where
        S: LegacyKeyStore + KeyStore<Principal = K::Principal>,
    {
        self.legacy = Some(LegacyKeys::new(store, lookup, model)?);
        Ok(self)
    }

    /// Takes keys over that are looked for so.
    #[cfg(all(test, feature = "memory", feature = "password"))]
    pub(super) fn legacy_keys(mut self, legacy: LegacyKeys<K::Principal>) -> Self {
        self.legacy = Some(legacy);
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
        let record = match (self.keys.find(&handle).await?, &self.legacy) {
            // In a box, so that requests with keys of today have no room to carry for it.
            (None, Some(legacy)) => Box::pin(legacy.find(key.as_bytes(), &handle)).await?,
            (found, _) => found,
        };
        let Some(record) = record else {
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

impl<K: KeyStore + Clone> Clone for ApiKeyAuthenticator<K> {
    fn clone(&self) -> Self {
        Self {
            keys: self.keys.clone(),
            shape: self.shape.clone(),
            carriers: self.carriers.clone(),
            realm: self.realm.clone(),
            hasher: self.hasher.clone(),
            rest: self.rest,
            legacy: self.legacy.clone(),
            bearer: self.bearer.clone(),
            api_key: self.api_key.clone(),
        }
    }
}

impl<K: KeyStore + fmt::Debug> fmt::Debug for ApiKeyAuthenticator<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyAuthenticator")
            .field("keys", &self.keys)
            .field("shape", &self.shape)
            .field("carriers", &self.carriers)
            .field("realm", &self.realm)
            .field("hasher", &self.hasher)
            .field("rest", &self.rest)
            .field("legacy", &self.legacy)
            .finish_non_exhaustive()
    }
}
