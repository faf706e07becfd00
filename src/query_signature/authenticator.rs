//! Verifying signed URLs.

use std::time::Duration;

use http::uri::Authority;

use super::parameters::Parameters;
use super::strict::{self, STRICT_SIGNATURE, StrictParameters};
use super::{SIGNATURE, canonical};
use crate::request::{Carriers, RequestTarget, RequestView};
use crate::store::KeyRecord;
use crate::store::signing::{SafeRepeats, Signing};
use crate::store::strict_form::{Bodies, Forms, StrictRules};
use crate::{
    AuthError, Authenticator, Challenge, Challenges, KeyStore, NonceStore, Outcome, Realm, Reason, Scheme,
    Timestamp,
};

/// Finds out who signed a URL, in the strict form or in the compatible one; the rules are those
/// of the [module](super).
///
/// ```
/// use portcullis::query_signature::QuerySignatureAuthenticator;
/// use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
///
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let signed_urls = QuerySignatureAuthenticator::new(keys, MemoryNonceStore::new());
/// ```
#[derive(Clone, Debug)]
pub struct QuerySignatureAuthenticator<K, N> {
    signing: Signing<K, N>,
    max_drift: Duration,
    max_life: Duration,
    reading: Reading,
    strict: StrictRules,
}

/// How the compatible form is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// Only what can be understood in one way.
    Narrow,
    /// As the original reads it, where no two queries that mean different things come out the
    /// same.
    Wide,
}

impl<K: KeyStore, N: NonceStore> QuerySignatureAuthenticator<K, N> {
    /// The longest key id that is looked up, in bytes.
    const LONGEST_ID: usize = 255;

    /// Verifies with the keys of the default realm, and claims signatures in `nonces`.
    #[must_use]
    pub fn new(keys: K, nonces: N) -> Self {
        Self {
            signing: Signing::new(keys, nonces),
            max_drift: Duration::from_secs(300),
            max_life: Duration::from_secs(600),
            reading: Reading::Narrow,
            strict: StrictRules::default(),
        }
    }

    /// Looks keys up in another realm.
    #[must_use]
    pub fn with_realm(mut self, realm: Realm) -> Self {
        self.signing.realm = realm;
        self
    }

    /// How far the timestamp of the compatible form may be from now, in either direction, and
    /// that of the strict form ahead of now: 300 s without this.
    #[must_use]
    pub const fn with_max_drift(mut self, drift: Duration) -> Self {
        self.max_drift = drift;
        self
    }

    /// The longest life of a URL of the strict form, in whole seconds: 600 s without this. The
    /// compatible form has no end of its own.
    #[must_use]
    pub const fn with_max_life(mut self, life: Duration) -> Self {
        self.max_life = life;
        self
    }

    /// Accepts the strict form alone, whatever the key accepts. A request in the compatible form
    /// is refused before its key is looked up. One that has not all three of its parameters is
    /// none: they are the application's own.
    #[must_use]
    pub const fn strict_only(mut self) -> Self {
        self.strict.forms = Forms::StrictOnly;
        self
    }

    /// Accepts the strict form for this authority, and for others that are added; for whichever
    /// the request names without this. The compatible form does not sign it.
    ///
    /// A service that shares keys with another must say its own: a signature for the other,
    /// sent here with the other's `Host`, would be right.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a builder takes what it is given")]
    pub fn with_authority(mut self, authority: Authority) -> Self {
        self.strict.add_authority(&authority);
        self
    }

    /// Reads a body of the strict form as a whole, up to the layer's limit, and checks it before the
    /// handler is called: a wrong one is then a 401. Without this the handler reads it while it is
    /// checked, and a wrong one ends in an error; see [`guard`](crate::guard). In the compatible
    /// form the body is always read first.
    #[must_use]
    pub const fn buffer_bodies(mut self) -> Self {
        self.strict.bodies = Bodies::Buffer;
        self
    }

    /// Refuses repeats of GET and HEAD too. In the strict form every repeat is refused anyway.
    #[must_use]
    pub const fn refuse_safe_repeats(mut self) -> Self {
        self.signing.safe_repeats = SafeRepeats::Refuse;
        self
    }

    /// Reads the compatible form as the original does, for clients whose requests are refused
    /// without it.
    ///
    /// It lets a body follow any parameter and begin with any byte, so whoever captures
    /// such a request can move bytes between the end of its query and its body. And it
    /// accepts a signature over the query decoded and encoded again, where no two queries
    /// that mean different things come out the same.
    #[must_use]
    pub const fn accept_compatible_form(mut self) -> Self {
        self.reading = Reading::Wide;
        self
    }

    async fn verify(&self, request: &RequestView<'_>) -> Result<Outcome<K::Principal>, AuthError> {
        let Some(query) = request.query() else { return Ok(Outcome::Absent) };
        if let Some(presented) = StrictParameters::read(query)? {
            return self.verify_strict(presented, request).await;
        }
        if self.strict.forms == Forms::StrictOnly {
            // One of its names alone is the application's own parameter.
            return if Parameters::are_all_in(query) {
                Err(AuthError::new(Reason::FormNotAllowed))
            } else {
                Ok(Outcome::Absent)
            };
        }
        let Some(presented) = Parameters::read(query)? else { return Ok(Outcome::Absent) };
        let now = request.received_at();
        let (moment, signature) = self.check_form(&presented)?;
        if now.abs_diff(moment) > self.max_drift {
            return Err(AuthError::new(Reason::ClockDrift));
        }
        let scheme = Scheme::QuerySignature;
        let record = self.signing.find_usable(scheme, presented.key, now).await?;
        let body = request.body().await?;
        let (record, now) = self.signing.after_body(record, request).await?;
        self.check_signature(&record, (request.path(), now), &presented, &signature, &body)?;
        record.check_compatible_form()?;
        // Not before: the answer is a 400, which would tell strangers that the key is known.
        if self.reading == Reading::Narrow
            && !body.is_empty()
            && (!presented.ends_with_key || body.starts_with(b"&"))
        {
            return Err(record.refuse(Reason::AmbiguousSignature));
        }
        record.check_request(request)?;
        let until = moment.saturating_add(self.max_drift);
        self.signing.claim(&record, &signature, until, request).await?;
        Ok(record.admit(request))
    }

    async fn verify_strict(
        &self,
        presented: StrictParameters<'_>,
        request: &RequestView<'_>,
    ) -> Result<Outcome<K::Principal>, AuthError> {
        let credential = presented.texts.read()?;
        let authority = self.strict.authority(request)?;
        let until = credential.check_times(request.received_at(), self.max_drift, self.max_life)?;
        let target = RequestTarget::new(request.method(), request.path(), Some(presented.signed));
        let feed = |sink: &mut dyn FnMut(&[u8])| strict::feed(&target, &authority, sink);
        let how = (Scheme::QuerySignature, self.strict.bodies);
        self.signing.verify_strict(how, &credential, until, request, feed).await
    }

    fn check_form(&self, presented: &Parameters<'_>) -> Result<(Timestamp, [u8; 32]), AuthError> {
        let parts = presented.moment().zip(presented.signature());
        parts
            .filter(|_| presented.key.len() <= Self::LONGEST_ID)
            .ok_or(AuthError::new(Reason::InvalidCredential))
    }

    fn check_signature(
        &self,
        record: &KeyRecord<K::Principal>,
        (path, now): (&str, Timestamp),
        presented: &Parameters<'_>,
        signature: &[u8; 32],
        body: &[u8],
    ) -> Result<(), AuthError> {
        let check = |query: [&str; 2]| {
            record.check_mac(now, signature, |sink| canonical::feed(path, query, body, sink))
        };
        let as_sent = check(presented.signed);
        if as_sent.is_ok() || self.reading == Reading::Narrow {
            return as_sent;
        }
        match canonical::encode_again(&presented.signed_query()) {
            Some(again) => check([&again, ""]),
            None => as_sent,
        }
    }
}

impl<K: KeyStore, N: NonceStore> Authenticator for QuerySignatureAuthenticator<K, N> {
    type Principal = K::Principal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<K::Principal>, AuthError> {
        self.verify(request).await.map_err(|error| error.with_scheme(Scheme::QuerySignature))
    }

    fn challenge(&self, _failure: Option<&AuthError>, out: &mut Challenges) {
        out.add(&Challenge::bare("Query-Signature"));
    }

    fn carriers(&self, out: &mut Carriers) {
        if self.strict.forms == Forms::Both {
            out.add_parameter(SIGNATURE);
        }
        out.add_parameter(STRICT_SIGNATURE);
    }
}
