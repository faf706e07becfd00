//! Verifying signatures of AWS Signature Version 4.

use std::sync::Arc;
use std::time::Duration;

use super::body;
use super::lines::RequestLines;
use super::payload::Payload;
use super::policy::{Also, Bodies, Names, Policy, Rules, SessionTokens};
use super::presented::Presented;
use super::presigned::{SIGNATURE, TOKEN as TOKEN_PARAMETER};
use super::verify::{self, check_signature};
use super::{ALGORITHM, TOKEN};
use crate::request::{Carriers, RequestView};
use crate::store::KeyRecord;
use crate::store::derived::DerivedKey;
use crate::store::signing::{SafeRepeats, Signing};
use crate::{
    AuthError, Authenticator, Challenge, Challenges, KeyId, KeyStore, NonceStore, Outcome, Realm, Reason,
    Scheme, Timestamp,
};

/// Finds out who signed a request, in its headers or in its URL; the rules are those of the
/// [module](super).
///
/// ```
/// use portcullis::sigv4::SigV4Authenticator;
/// use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
///
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let orders = SigV4Authenticator::new(keys.clone(), MemoryNonceStore::new(), "eu-north-1", "orders")
///     .with_authority("orders.example");
/// let buckets = SigV4Authenticator::new(keys, MemoryNonceStore::new(), "eu-north-1", "s3")
///     .for_s3()
///     .accept_unsigned_payload();
/// ```
#[derive(Clone, Debug)]
pub struct SigV4Authenticator<K, N> {
    signing: Signing<K, N>,
    policy: Arc<Policy>,
    replays: Replays,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Replays {
    Accept,
    Refuse,
}

/// What is known of a request without the key.
struct Examined<'a> {
    presented: Presented<'a>,
    /// The last moment at which the signature is good.
    until: Timestamp,
    /// Of what is signed; none where the body has to come first.
    digest: Option<[u8; 32]>,
}

impl<K: KeyStore, N: NonceStore> SigV4Authenticator<K, N> {
    /// Verifies with the keys of the default realm what is signed for this region and service,
    /// whatever names they have.
    #[must_use]
    pub fn new(keys: K, nonces: N, region: impl Into<String>, service: impl Into<String>) -> Self {
        let policy = Arc::new(Policy::new(region.into(), service.into()));
        Self { signing: Signing::new(keys, nonces), policy, replays: Replays::Accept }
    }

    /// Looks keys up in another realm.
    #[must_use]
    pub fn with_realm(mut self, realm: Realm) -> Self {
        self.signing.realm = realm;
        self
    }

    /// Accepts signatures for one more region.
    #[must_use]
    pub fn add_region(self, region: impl Into<String>) -> Self {
        self.set(|policy| policy.regions.add(region.into()))
    }

    /// Accepts signatures for one more service.
    #[must_use]
    pub fn add_service(self, service: impl Into<String>) -> Self {
        self.set(|policy| policy.services.add(service.into()))
    }

    /// Accepts signatures for any region: clients that know no region of ours send one of their
    /// own.
    #[must_use]
    pub fn accept_any_region(self) -> Self {
        self.set(|policy| policy.regions = Names::Any)
    }

    /// Accepts requests for this host alone, and for those named by further calls; without any,
    /// for every host. `api.example` and `api.example:443` are the same.
    ///
    /// The host is always signed, but it is the client who sends it: whoever captures a request
    /// for another server that knows the same key can send it here with that server's name.
    #[must_use]
    pub fn with_authority(self, authority: impl Into<String>) -> Self {
        self.set(|policy| policy.authorities.push(authority.into()))
    }

    /// Follows the rules of S3: paths are decoded and encoded once, or signed as they were
    /// sent, and never normalised; a request that is signed in its headers says what its body
    /// is; a presigned URL that does not leaves the body unsigned.
    #[must_use]
    pub fn for_s3(self) -> Self {
        self.set(|policy| policy.rules = Rules::S3)
    }

    /// Accepts other canonical forms too, for clients that do not follow the rules: the path as
    /// it was sent, and the query with `+` for a space, or as it was sent. The
    /// [manual](crate::manual::sigv4) says which clients need it.
    ///
    /// The danger: several requests pass with the same signature. In queries these are `a+b` and
    /// `a%20b`; in paths, `/a%2Fb` and `/a%252Fb`, or `/a;b` and `/a%3Bb`. A handler that
    /// reads forms, or decodes once, sees no difference; others do.
    #[must_use]
    pub fn with_lenient_canonicalisation(self) -> Self {
        self.set(|policy| policy.lenient = Also::Accepted)
    }

    /// Accepts `UNSIGNED-PAYLOAD`, which presigned URLs of S3 always are. Whoever captures such
    /// a request can send it with another body.
    #[must_use]
    pub fn accept_unsigned_payload(self) -> Self {
        self.set(|policy| policy.unsigned_payload = Also::Accepted)
    }

    /// Accepts `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: chunks without signatures, with a checksum
    /// behind them that anybody can compute.
    #[must_use]
    pub fn accept_unsigned_trailer(self) -> Self {
        self.set(|policy| policy.unsigned_trailer = Also::Accepted)
    }

    /// Accepts a `Content-Type` that is not signed, for clients that add it behind the
    /// signature.
    #[must_use]
    pub fn accept_unsigned_content_type(self) -> Self {
        self.set(|policy| policy.unsigned_content_type = Also::Accepted)
    }

    /// Names headers, in any case, that must be signed where they are present, beside those
    /// that always must: for an application that decides by a header such as `X-Account-Id`.
    #[must_use]
    pub fn with_required_headers<I>(self, names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let names = names.into_iter().map(|name| name.as_ref().to_ascii_lowercase());
        self.set(|policy| policy.required.extend(names))
    }

    /// Accepts session tokens, and says which. `check` is given the id of the key and the token
    /// of the request, and decides: none where the request has none, which it refuses for keys
    /// that have one. It is asked behind the signature, which covers the token. It must not
    /// block; compare by [`Secret::matches`](crate::Secret::matches).
    ///
    /// Without this, a request with a session token is refused: nobody could check it.
    ///
    /// ```
    /// use portcullis::sigv4::SigV4Authenticator;
    /// use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
    /// use std::collections::HashMap;
    ///
    /// let tokens: HashMap<String, portcullis::Secret> = HashMap::new();
    /// let keys: MemoryKeyStore = MemoryKeyStore::new();
    /// let sigv4 = SigV4Authenticator::new(keys, MemoryNonceStore::new(), "r", "s").with_session_tokens(
    ///     move |id, token| match (tokens.get(id.as_str()), token) {
    ///         (Some(known), Some(token)) => known.matches(token.as_bytes()),
    ///         (known, token) => known.is_none() && token.is_none(),
    ///     },
    /// );
    /// ```
    #[must_use]
    pub fn with_session_tokens(
        self,
        check: impl Fn(&KeyId, Option<&str>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.set(|policy| policy.sessions = Some(SessionTokens(Arc::new(check))))
    }

    /// How far the time of signing may be from now, in either direction: 900 s without this. A
    /// presigned URL may be used later than that.
    #[must_use]
    pub fn with_max_skew(self, skew: Duration) -> Self {
        self.set(|policy| policy.max_skew = skew)
    }

    /// The longest life of a presigned URL, in whole seconds: 604,800 s, seven days, without
    /// this and at the longest.
    #[must_use]
    pub fn with_max_expiry(self, expiry: Duration) -> Self {
        self.set(|policy| policy.max_expiry = expiry)
    }

    /// Refuses paths with dot or empty segments, with 400. Outside of S3 these are taken away before
    /// the path is signed: a captured `POST /b` is also right as `POST /a/../b` and as `POST //b`,
    /// which a router that goes by the letter may give to another handler. For S3 nothing is
    /// taken away, and this changes nothing.
    #[must_use]
    pub fn refuse_unnormalised_paths(self) -> Self {
        self.set(|policy| policy.unnormalised = Also::Refused)
    }

    /// Reads each body as a whole before the handler runs, up to the layer's limit, instead of
    /// letting it stream to the handler while it is checked.
    #[must_use]
    pub fn buffer_bodies(self) -> Self {
        self.set(|policy| policy.bodies = Bodies::Buffer)
    }

    /// The largest chunk of a body that is signed in chunks, in bytes: each is held until its
    /// signature is verified. 1 MiB without this.
    #[must_use]
    pub fn with_max_chunk(self, bytes: u64) -> Self {
        self.set(|policy| policy.max_chunk = bytes)
    }

    /// Accepts a signature once, except for GET and HEAD. Clients may sign the same request
    /// twice in a second, and then send the same bytes.
    #[must_use]
    pub const fn refuse_replays(mut self) -> Self {
        self.replays = Replays::Refuse;
        self
    }

    /// Accepts a signature once, whatever the method: a presigned URL works a single time.
    #[must_use]
    pub const fn refuse_safe_repeats(mut self) -> Self {
        self.signing.safe_repeats = SafeRepeats::Refuse;
        self.refuse_replays()
    }

    fn set(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(Arc::make_mut(&mut self.policy));
        self
    }

    async fn verify(&self, request: &RequestView<'_>) -> Result<Outcome<K::Principal>, AuthError> {
        let Some(examined) = self.examine(request)? else {
            return Ok(Outcome::Absent);
        };
        let (presented, now) = (&examined.presented, request.received_at());
        let record = self.signing.find_usable(Scheme::SigV4, presented.id(), now).await?;
        // What waits for bodies and claims is apart: requests without have no room to carry for it.
        let record = match &examined.digest {
            None => Box::pin(self.check_behind_body(record, request, presented)).await?,
            Some(digest) => {
                let key = self.check(&record, now, request, presented, digest)?;
                if presented.payload.is_empty() && request.is_known_empty() {
                    record
                } else {
                    Box::pin(self.check_body(record, request, presented, digest, key)).await?
                }
            }
        };
        record.check_request(request)?;
        if self.must_claim(request) {
            // Good at its last moment still, so the claim outlives that.
            let until = examined.until.saturating_add(Duration::from_secs(1));
            Box::pin(self.signing.claim(&record, &presented.signature, until, request)).await?;
        }
        Ok(record.admit(request))
    }

    /// Everything that needs no key.
    fn examine<'a>(&self, request: &RequestView<'a>) -> Result<Option<Examined<'a>>, AuthError> {
        let lines = RequestLines::of(request);
        let Some(presented) = Presented::read(request, &lines, self.policy.rules)? else {
            return Ok(None);
        };
        let until = self.check_head(request, &presented)?;
        let digest = presented
            .payload_line
            .map(|line| verify::digest(&self.policy, request, &lines, &presented, line.as_bytes()));
        Ok(Some(Examined { digest: digest.transpose()?, presented, until }))
    }

    /// The signature of a request that does not say what its body is: it covers the digest of
    /// the body that came.
    async fn check_behind_body(
        &self,
        record: Arc<KeyRecord<K::Principal>>,
        request: &RequestView<'_>,
        presented: &Presented<'_>,
    ) -> Result<Arc<KeyRecord<K::Principal>>, AuthError> {
        let line = body::line(&request.body().await?);
        let (record, now) = self.signing.after_body(record, request).await?;
        let lines = RequestLines::of(request);
        let digest = verify::digest(&self.policy, request, &lines, presented, &line)?;
        self.check_line(&record, now, request, presented, (&line, &digest))?;
        Ok(record)
    }

    /// The body of a request whose signature is good: as a whole, or left to a guard.
    async fn check_body(
        &self,
        record: Arc<KeyRecord<K::Principal>>,
        request: &RequestView<'_>,
        presented: &Presented<'_>,
        digest: &[u8; 32],
        key: Arc<DerivedKey>,
    ) -> Result<Arc<KeyRecord<K::Principal>>, AuthError> {
        let is_guarded =
            body::guard(&self.policy, request, presented, &key).map_err(|reason| record.refuse(reason))?;
        let is_whole = presented.payload.is_empty() || self.policy.bodies == Bodies::Buffer;
        if !is_whole || presented.payload == Payload::Unsigned {
            return Ok(record);
        }
        let body = request.body().await?;
        if !is_guarded && !presented.payload.is_of(&body) {
            return Err(record.refuse_presented(Reason::DigestMismatch));
        }
        if request.body_came().is_none() {
            return Ok(record);
        }
        let (record, now) = self.signing.after_body(record, request).await?;
        self.check(&record, now, request, presented, digest)?;
        Ok(record)
    }

    /// What can be refused without the key.
    fn check_head(
        &self,
        request: &RequestView<'_>,
        presented: &Presented<'_>,
    ) -> Result<Timestamp, AuthError> {
        let policy = &self.policy;
        policy.check_path(request.path())?;
        // Without names to compare with, it is enough that `Host` is there once, which was seen.
        if policy.names_authorities() || request.target_authority().is_some() {
            policy.check_authority(request.authority()?)?;
        }
        policy.check_scope(&presented.credential(), presented.date)?;
        policy.check_payload(presented.payload, presented.place)?;
        if presented.token.is_some() && policy.sessions.is_none() {
            return Err(AuthError::new(Reason::InvalidCredential));
        }
        policy.check_times(presented.moment, presented.expiry, request.received_at())
    }

    /// The signature of a request that says what its body is.
    fn check(
        &self,
        record: &KeyRecord<K::Principal>,
        now: Timestamp,
        request: &RequestView<'_>,
        presented: &Presented<'_>,
        digest: &[u8; 32],
    ) -> Result<Arc<DerivedKey>, AuthError> {
        let line = presented.payload_line.unwrap_or_default().as_bytes();
        self.check_line(record, now, request, presented, (line, digest))
    }

    /// The signature, and the token that it covers.
    fn check_line(
        &self,
        record: &KeyRecord<K::Principal>,
        now: Timestamp,
        request: &RequestView<'_>,
        presented: &Presented<'_>,
        signed: (&[u8], &[u8; 32]),
    ) -> Result<Arc<DerivedKey>, AuthError> {
        let key = check_signature(&self.policy, record, now, request, presented, signed)?;
        let token = presented.token.as_deref();
        if self.policy.sessions.as_ref().is_some_and(|sessions| !(sessions.0)(record.id(), token)) {
            return Err(record.refuse_presented(Reason::InvalidCredential));
        }
        Ok(key)
    }

    /// Whether the signature counts once. The method is signed: what may be repeated needs no
    /// claim.
    fn must_claim(&self, request: &RequestView<'_>) -> bool {
        let safe = matches!(request.method(), "GET" | "HEAD");
        self.replays == Replays::Refuse && !(safe && self.signing.safe_repeats == SafeRepeats::Allow)
    }
}

impl<K: KeyStore, N: NonceStore> Authenticator for SigV4Authenticator<K, N> {
    type Principal = K::Principal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<K::Principal>, AuthError> {
        self.verify(request).await.map_err(|error| error.with_scheme(Scheme::SigV4))
    }

    fn challenge(&self, _failure: Option<&AuthError>, out: &mut Challenges) {
        out.add(&Challenge::bare(ALGORITHM));
    }

    fn carriers(&self, out: &mut Carriers) {
        out.add_parameter(SIGNATURE);
        out.add_secret(TOKEN);
        out.add_secret(TOKEN_PARAMETER);
    }
}
