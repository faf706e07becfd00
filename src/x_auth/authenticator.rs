//! Verifying `x-auth-*` headers.

use std::time::Duration;

use super::{EXP, ISS, NBF, SIGNATURE, canonical};
use crate::canonical::base64;
use crate::request::{Carriers, RequestView};
use crate::store::signing::{SafeRepeats, Signing};
use crate::{
    AuthError, Authenticator, Challenge, Challenges, KeyStore, NonceStore, Outcome, Realm, Reason, Scheme,
    Timestamp,
};

/// Finds out who signed a request with `x-auth-*` headers; the rules are those of the
/// [module](super).
///
/// ```
/// use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
/// use portcullis::x_auth::XAuthAuthenticator;
/// use std::time::Duration;
///
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let x_auth = XAuthAuthenticator::new(keys, MemoryNonceStore::new())
///     .with_max_life(Duration::from_secs(120));
/// ```
#[derive(Clone, Debug)]
pub struct XAuthAuthenticator<K, N> {
    signing: Signing<K, N>,
    max_life: Duration,
    long_exp: LongExp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LongExp {
    Refuse,
    ReadAsMeant,
}

/// The headers of one request, parsed.
struct Presented<'a> {
    iss: &'a str,
    exp: &'a str,
    nbf: &'a str,
    signature: [u8; 32],
}

impl<K: KeyStore, N: NonceStore> XAuthAuthenticator<K, N> {
    /// The longest key id that is looked up, in bytes.
    const LONGEST_ID: usize = 255;

    /// Verifies with the keys of the default realm, and claims signatures in `nonces`.
    #[must_use]
    pub fn new(keys: K, nonces: N) -> Self {
        Self {
            signing: Signing::new(keys, nonces),
            max_life: Duration::from_secs(600),
            long_exp: LongExp::Refuse,
        }
    }

    /// Looks keys up in another realm.
    #[must_use]
    pub fn with_realm(mut self, realm: Realm) -> Self {
        self.signing.realm = realm;
        self
    }

    /// The longest life of a request, in whole seconds: 600 s without this.
    #[must_use]
    pub const fn with_max_life(mut self, life: Duration) -> Self {
        self.max_life = life;
        self
    }

    /// Refuses repeats of GET and HEAD too.
    #[must_use]
    pub const fn refuse_safe_repeats(mut self) -> Self {
        self.signing.safe_repeats = SafeRepeats::Refuse;
        self
    }

    /// Serves the published client script, which writes an `exp` of eleven digits by a
    /// slip: it appends the text `5` to the time of signing, which it meant to add.
    ///
    /// An `exp` of ten digits and a final `5` is read as the script meant it: signed at
    /// the moment of the ten digits, valid for the life limit from then on (the original
    /// takes it for the year 2448). The danger: the end of validity is no longer the
    /// signer's choice but this side's.
    #[must_use]
    pub fn dangerous_accept_eleven_digit_exp(mut self) -> Self {
        crate::trace::danger("x-auth: eleven digits of exp");
        self.long_exp = LongExp::ReadAsMeant;
        self
    }

    async fn verify(&self, request: &RequestView<'_>) -> Result<Outcome<K::Principal>, AuthError> {
        let Some(presented) = read(request)? else { return Ok(Outcome::Absent) };
        if presented.iss.len() > Self::LONGEST_ID {
            return Err(AuthError::new(Reason::InvalidCredential));
        }
        let now = request.received_at();
        let end = self.check_times(&presented, now)?;
        let record = self.signing.find_usable(Scheme::XAuth, presented.iss, now).await?;
        let body = request.body().await?;
        let (record, now) = self.signing.after_body(record, request).await?;
        record.check_mac(now, &presented.signature, |sink| {
            canonical::feed(presented.iss, presented.exp, presented.nbf, &body, sink);
        })?;
        record.check_request(request)?;
        self.signing.claim(&record, &presented.signature, end, request).await?;
        Ok(record.admit(request))
    }

    /// Checks the window of validity and gives its end.
    fn check_times(&self, presented: &Presented<'_>, now: Timestamp) -> Result<Timestamp, AuthError> {
        let invalid = AuthError::new(Reason::InvalidCredential);
        let life = i64::try_from(self.max_life.as_secs()).unwrap_or(i64::MAX);
        let now = now.as_unix_seconds();
        let Some(nbf) = canonical::seconds(presented.nbf) else { return Err(invalid) };
        let (start, exp) = match (canonical::seconds(presented.exp), self.long_exp) {
            (Some(exp), _) => (nbf, exp),
            (None, LongExp::ReadAsMeant) => match canonical::seconds_and_a_five(presented.exp) {
                Some(signed) if nbf.saturating_add(life) >= signed => (signed, signed.saturating_add(life)),
                _ => return Err(invalid),
            },
            (None, LongExp::Refuse) => return Err(invalid),
        };
        if exp <= now {
            return Err(AuthError::new(Reason::Expired));
        }
        if nbf >= now {
            return Err(AuthError::new(Reason::NotYetValid));
        }
        if exp - start > life || exp - now > life {
            return Err(AuthError::new(Reason::LifetimeTooLong));
        }
        Ok(Timestamp::from_unix_seconds(exp))
    }
}

/// Reads the four headers; none where there is none of them.
fn read<'a>(request: &RequestView<'a>) -> Result<Option<Presented<'a>>, AuthError> {
    match request.unique_headers([ISS, EXP, NBF, SIGNATURE])? {
        [None, None, None, None] => Ok(None),
        [Some(iss), Some(exp), Some(nbf), Some(signature)] => {
            let signature =
                base64::either(signature.as_bytes()).ok_or(AuthError::new(Reason::InvalidCredential))?;
            Ok(Some(Presented { iss, exp, nbf, signature }))
        }
        _ => Err(AuthError::new(Reason::IncompleteCredential)),
    }
}

impl<K: KeyStore, N: NonceStore> Authenticator for XAuthAuthenticator<K, N> {
    type Principal = K::Principal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<K::Principal>, AuthError> {
        self.verify(request).await.map_err(|error| error.with_scheme(Scheme::XAuth))
    }

    fn challenge(&self, _failure: Option<&AuthError>, out: &mut Challenges) {
        out.add(&Challenge::bare("X-Auth"));
    }

    fn carriers(&self, out: &mut Carriers) {
        out.add_header_group(&[ISS, EXP, NBF, SIGNATURE]);
    }
}
