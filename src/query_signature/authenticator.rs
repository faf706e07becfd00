//! Verifying signed URLs.

use std::time::Duration;

use super::parameters::Parameters;
use super::{SIGNATURE, canonical};
use crate::request::{Carriers, RequestView};
use crate::store::KeyRecord;
use crate::store::signing::{SafeRepeats, Signing};
use crate::{
    AuthError, Authenticator, Challenge, Challenges, KeyStore, NonceStore, Outcome, Realm, Reason, Scheme,
    Timestamp,
};

/// Finds out who signed a URL; the rules are those of the [module](super).
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
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Strict,
    Compatible,
}

impl<K: KeyStore, N: NonceStore> QuerySignatureAuthenticator<K, N> {
    /// The longest key id that is looked up, in bytes.
    const LONGEST_ID: usize = 255;

    /// Verifies with the keys of the default realm, and claims signatures in `nonces`.
    #[must_use]
    pub fn new(keys: K, nonces: N) -> Self {
        Self { signing: Signing::new(keys, nonces), max_drift: Duration::from_secs(300), form: Form::Strict }
    }

    /// Looks keys up in another realm.
    #[must_use]
    pub fn with_realm(mut self, realm: Realm) -> Self {
        self.signing.realm = realm;
        self
    }

    /// How far a timestamp may be from now, in either direction: 300 s without this.
    #[must_use]
    pub const fn with_max_drift(mut self, drift: Duration) -> Self {
        self.max_drift = drift;
        self
    }

    /// Refuses repeats of GET and HEAD too.
    #[must_use]
    pub const fn refuse_safe_repeats(mut self) -> Self {
        self.signing.safe_repeats = SafeRepeats::Refuse;
        self
    }

    /// Accepts the compatible form too, for clients that cannot sign the strict one.
    ///
    /// It lets a body follow any parameter and begin with any byte, so whoever captures
    /// such a request can move bytes between the end of its query and its body. And it
    /// accepts a signature over the query decoded and encoded again, where no two queries
    /// that mean different things come out the same.
    #[must_use]
    pub const fn accept_compatible_form(mut self) -> Self {
        self.form = Form::Compatible;
        self
    }

    async fn verify(&self, request: &RequestView<'_>) -> Result<Outcome<K::Principal>, AuthError> {
        let Some(query) = request.query() else { return Ok(Outcome::Absent) };
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
        // Not before: the answer is a 400, which would tell strangers that the key is known.
        if self.form == Form::Strict
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
        if as_sent.is_ok() || self.form == Form::Strict {
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
        out.add_parameter(SIGNATURE);
    }
}
