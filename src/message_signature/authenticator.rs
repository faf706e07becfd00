//! Verifying signed messages.

use std::fmt;
use std::sync::Arc;

use super::message::Message;
use super::presented::Presented;
use super::settings::{Bodies, Claims, Settings};
use super::values::Unsignable;
use super::{MessageAlgorithm, MessageKey, SIGNATURE, SIGNATURE_INPUT, base};
use crate::request::{Carriers, RequestView};
use crate::store::KeyRecord;
use crate::store::signing::Signing;
use crate::{
    AuthError, Authenticator, Challenge, Challenges, Credential, KeyId, KeyStore, NonceStore, Outcome,
    Reason, Scheme, Timestamp,
};

/// Finds out who signed a request as RFC 9421 says; the rules are those of the
/// [module](super).
///
/// ```
/// use portcullis::message_signature::MessageSignatureAuthenticator;
/// use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
///
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let signatures = MessageSignatureAuthenticator::new(keys, MemoryNonceStore::new())
///     .with_authorities(["api.example.com"])
///     .with_scheme("https");
/// ```
pub struct MessageSignatureAuthenticator<K: KeyStore, N> {
    pub(super) signing: Signing<K, N>,
    pub(super) settings: Settings,
    pub(super) fixed: Arc<[MessageKey<K::Principal>]>,
}

/// Whose key a signature names.
enum Signatory<'a, P> {
    Stored(Arc<KeyRecord<P>>),
    Fixed(&'a MessageKey<P>),
}

impl<K: KeyStore, N: NonceStore> MessageSignatureAuthenticator<K, N> {
    async fn verify(&self, request: &RequestView<'_>) -> Result<Outcome<K::Principal>, AuthError> {
        let Some(presented) = Presented::read(request, &self.settings.choice)? else {
            return Ok(Outcome::Absent);
        };
        let now = request.received_at();
        let settings = &self.settings;
        // All of this depends on the request alone, so it says nothing about keys.
        let keyid = settings.check_parameters(&presented.parameters)?;
        let claims = settings.check_times(&presented.parameters, now)?;
        let body = settings.check_covered(&presented.components, request)?;
        let message = Message::received(request, settings.scheme)?;
        settings.check_authority(&message)?;
        let base = base::build(&message, &presented.components, &presented.line).map_err(|why| {
            AuthError::new(match why {
                Unsignable::Absent => Reason::WrongSignature,
                Unsignable::Characters => Reason::InvalidCharacters,
            })
        })?;
        let signatory = self.find(keyid, now).await?;
        signatory.check(&presented, &base, now)?;
        signatory.check_request(request)?;
        let signatory = match settings.bodies {
            Bodies::Stream => signatory,
            Bodies::Whole => match body.check_whole(request).await? {
                // How long the body took was up to the sender.
                Some(later) => {
                    let again = Box::pin(self.find(keyid, later)).await?;
                    again.check(&presented, &base, later)?;
                    again.check_request(request)?;
                    again
                }
                None => signatory,
            },
        };
        self.claim(&signatory, &claims, &base, request).await?;
        if settings.bodies == Bodies::Stream {
            body.guard(request);
        }
        Ok(signatory.admit(request))
    }

    async fn find(&self, keyid: &str, now: Timestamp) -> Result<Signatory<'_, K::Principal>, AuthError> {
        if let Some(key) = self.fixed.iter().find(|key| key.id.as_str() == keyid) {
            return Ok(Signatory::Fixed(key));
        }
        self.signing.find_usable(Scheme::MessageSignature, keyid, now).await.map(Signatory::Stored)
    }

    async fn claim(
        &self,
        signatory: &Signatory<'_, K::Principal>,
        claims: &Claims<'_>,
        base: &str,
        request: &RequestView<'_>,
    ) -> Result<(), AuthError> {
        let under = (Scheme::MessageSignature, signatory.id());
        let first = self.signing.claim_under(under, &claims.bytes(base), claims.until, request).await?;
        // A nonce says that the request is to come once, whatever its method.
        if first || (claims.nonce.is_none() && self.signing.lets_repeat(request)) {
            return Ok(());
        }
        Err(signatory.refuse(Reason::Replayed))
    }
}

impl<P> Signatory<'_, P> {
    fn id(&self) -> &KeyId {
        match self {
            Self::Stored(record) => record.id(),
            Self::Fixed(key) => &key.id,
        }
    }

    /// Checks the signature, with the algorithm of the key.
    fn check(&self, presented: &Presented, base: &str, now: Timestamp) -> Result<(), AuthError> {
        let algorithm = match self {
            Self::Stored(_) => MessageAlgorithm::HmacSha256,
            Self::Fixed(key) => key.algorithm(),
        };
        if presented.parameters.alg.as_ref().is_some_and(|named| named != algorithm.name()) {
            return Err(self.refuse(Reason::AlgorithmMismatch));
        }
        match self {
            Self::Stored(record) => record.check_mac(now, &presented.signature, |sink| sink(base.as_bytes())),
            Self::Fixed(key) if key.material.verifies(base, &presented.signature) => Ok(()),
            Self::Fixed(_) => Err(self.refuse(Reason::WrongSignature)),
        }
    }

    /// Keys of the configuration have neither entry points nor networks.
    fn check_request(&self, request: &RequestView<'_>) -> Result<(), AuthError> {
        match self {
            Self::Stored(record) => record.check_request(request),
            Self::Fixed(_) => Ok(()),
        }
    }

    fn refuse(&self, reason: Reason) -> AuthError {
        AuthError::new(reason).with_key(self.id().clone()).with_presented(self.id().as_str())
    }

    fn admit(&self, request: &RequestView<'_>) -> Outcome<P>
    where
        P: Clone,
    {
        match self {
            Self::Stored(record) => record.admit(request),
            Self::Fixed(key) => {
                request.note(|| Credential::of_name(Scheme::MessageSignature, key.id.clone()));
                Outcome::Authenticated(key.principal.clone())
            }
        }
    }
}

impl<K: KeyStore, N: NonceStore> Authenticator for MessageSignatureAuthenticator<K, N> {
    type Principal = K::Principal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<K::Principal>, AuthError> {
        self.verify(request).await.map_err(|error| error.with_scheme(Scheme::MessageSignature))
    }

    fn challenge(&self, _failure: Option<&AuthError>, out: &mut Challenges) {
        out.add(&Challenge::bare("Signature"));
    }

    fn carriers(&self, out: &mut Carriers) {
        out.add_header_group(&[SIGNATURE_INPUT, SIGNATURE]);
    }
}

impl<K: KeyStore + Clone, N: Clone> Clone for MessageSignatureAuthenticator<K, N> {
    fn clone(&self) -> Self {
        Self {
            signing: self.signing.clone(),
            settings: self.settings.clone(),
            fixed: Arc::clone(&self.fixed),
        }
    }
}

impl<K: KeyStore, N> fmt::Debug for MessageSignatureAuthenticator<K, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageSignatureAuthenticator")
            .field("settings", &self.settings)
            .field("keys", &self.fixed)
            .finish_non_exhaustive()
    }
}
