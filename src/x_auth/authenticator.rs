//! Verifying `x-auth-*` headers.

use std::time::Duration;

use http::uri::Authority;

use super::strict::{self, StrictFields};
use super::{DIGEST, EXP, HEADERS, ISS, NBF, NONCE, SIGNATURE, VERSION, canonical};
use crate::canonical::base64;
use crate::request::{Carriers, RequestTarget, RequestView};
use crate::store::signing::{SafeRepeats, Signing};
use crate::store::strict_form::{Bodies, Forms, StrictRules, StrictTexts};
use crate::{
    AuthError, Authenticator, Challenge, Challenges, KeyStore, NonceStore, Outcome, Realm, Reason, Scheme,
    Timestamp,
};

/// Finds out who signed a request with `x-auth-*` headers, in the strict form or in the
/// compatible one; the rules are those of the [module](super).
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
    strict: StrictRules,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LongExp {
    Refuse,
    ReadAsMeant,
}

/// The headers of one request.
enum Presented<'a> {
    Strict(StrictTexts<'a>),
    Compatible(Compatible<'a>),
}

/// The four headers of the compatible form, parsed.
struct Compatible<'a> {
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
            strict: StrictRules::default(),
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

    /// Accepts the strict form alone, whatever the key accepts. A request in the compatible form
    /// is refused before its key is looked up.
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
    ///
    /// ```
    /// # use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
    /// # use portcullis::x_auth::XAuthAuthenticator;
    /// # let (keys, nonces) = (MemoryKeyStore::<portcullis::store::StoredPrincipal>::new(), MemoryNonceStore::new());
    /// let x_auth = XAuthAuthenticator::new(keys, nonces).with_authority("api.example".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
        let presented = match read(request)? {
            None => return Ok(Outcome::Absent),
            Some(Presented::Strict(texts)) => return self.verify_strict(texts, request).await,
            Some(Presented::Compatible(_)) if self.strict.forms == Forms::StrictOnly => {
                return Err(AuthError::new(Reason::FormNotAllowed));
            }
            Some(Presented::Compatible(presented)) => presented,
        };
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
        record.check_compatible_form()?;
        record.check_request(request)?;
        self.signing.claim(&record, &presented.signature, end, request).await?;
        Ok(record.admit(request))
    }

    async fn verify_strict(
        &self,
        texts: StrictTexts<'_>,
        request: &RequestView<'_>,
    ) -> Result<Outcome<K::Principal>, AuthError> {
        let credential = texts.read()?;
        let authority = self.strict.authority(request)?;
        let until = credential.check_times(request.received_at(), Duration::ZERO, self.max_life)?;
        let target = RequestTarget::new(request.method(), request.path(), request.query());
        let fields = StrictFields {
            iss: credential.key,
            nbf: credential.start,
            exp: credential.end,
            nonce: &credential.nonce,
            digest: &credential.digest,
        };
        let feed = |sink: &mut dyn FnMut(&[u8])| strict::feed(&target, &authority, &fields, sink);
        let how = (Scheme::XAuth, self.strict.bodies);
        self.signing.verify_strict(how, &credential, until, request, feed).await
    }

    /// Checks the window of validity and gives its end.
    fn check_times(&self, presented: &Compatible<'_>, now: Timestamp) -> Result<Timestamp, AuthError> {
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

/// Reads the headers of one form; none where there is none of any.
fn read<'a>(request: &RequestView<'a>) -> Result<Option<Presented<'a>>, AuthError> {
    match request.unique_headers(HEADERS)? {
        [None, None, None, None, None, None, None] => Ok(None),
        [Some(iss), Some(exp), Some(nbf), Some(signature), None, None, None] => {
            let signature =
                base64::either(signature.as_bytes()).ok_or(AuthError::new(Reason::InvalidCredential))?;
            Ok(Some(Presented::Compatible(Compatible { iss, exp, nbf, signature })))
        }
        [Some(key), Some(end), Some(start), Some(signature), Some(version), Some(nonce), Some(digest)] => {
            let texts = StrictTexts { version, key, start, end, nonce, digest, signature };
            Ok(Some(Presented::Strict(texts)))
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
        // Those of the compatible form are parts of the strict one too; what that has besides is
        // never there alone.
        match self.strict.forms {
            Forms::Both => out.add_header_group(&[ISS, EXP, NBF, SIGNATURE]),
            Forms::StrictOnly => {
                out.add_header_group(&[VERSION, ISS, NBF, EXP, NONCE, DIGEST, SIGNATURE]);
            }
        }
    }
}
