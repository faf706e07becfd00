//! What every scheme with stored signing secrets does in the same order: find the key,
//! verify, then claim.

use std::sync::Arc;

use super::{Claim, KeyHandle, KeyRecord, KeyStore, NonceStore, SignatureForms};
#[cfg(feature = "message-signature")]
use crate::KeyId;
use crate::request::RequestView;
use crate::{AuthError, Realm, Reason, Scheme, Timestamp};

/// What happens to a signed request that was seen before, when its method is safe
/// (RFC 9110, section 9.2.1). Other methods are always refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SafeRepeats {
    /// GET and HEAD may be repeated: clients without a nonce legally send the same bytes
    /// twice in a second.
    #[default]
    Allow,
    /// Every repeat is refused.
    Refuse,
}

/// What every such scheme is made of: where keys are found, where signatures are claimed,
/// in which realm, and what becomes of repeats.
#[derive(Clone, Debug)]
pub(crate) struct Signing<K, N> {
    keys: K,
    nonces: N,
    pub(crate) realm: Realm,
    pub(crate) safe_repeats: SafeRepeats,
}

impl<K: KeyStore, N: NonceStore> Signing<K, N> {
    pub(crate) fn new(keys: K, nonces: N) -> Self {
        Self { keys, nonces, realm: Realm::default(), safe_repeats: SafeRepeats::Allow }
    }

    /// The key that signs under `id`, if it may be used now.
    pub(crate) async fn find_usable(
        &self,
        scheme: Scheme,
        id: &str,
        now: Timestamp,
    ) -> Result<Arc<KeyRecord<K::Principal>>, AuthError> {
        let handle = KeyHandle::Id { realm: &self.realm, scheme, id };
        let found = self.keys.find(&handle).await?.ok_or(AuthError::new(Reason::UnknownKey));
        let usable = found.and_then(|record| record.check_usable(now).map(|()| record));
        // Known or not, failures are counted under the id.
        usable.map_err(|error| error.with_presented(id))
    }

    /// The key once more, and the time, where the body had to be waited for. How long that
    /// took was up to the sender, and the key may have been revoked or replaced meanwhile.
    pub(crate) async fn after_body(
        &self,
        record: Arc<KeyRecord<K::Principal>>,
        request: &RequestView<'_>,
    ) -> Result<(Arc<KeyRecord<K::Principal>>, Timestamp), AuthError> {
        let Some(now) = request.body_came() else { return Ok((record, request.received_at())) };
        // Apart, so that requests whose body is there have no room to carry for it.
        let again = Box::pin(self.find_usable(record.scheme(), record.id().as_str(), now)).await?;
        Ok((again, now))
    }

    /// Claims the signature of a request that verified.
    ///
    /// A repeat of GET or HEAD passes where repeats are allowed. Such signatures are
    /// claimed all the same, because these schemes do not sign the method: without the
    /// claim, a captured GET would be accepted once as a DELETE.
    pub(crate) async fn claim(
        &self,
        record: &KeyRecord<K::Principal>,
        signature: &[u8],
        until: Timestamp,
        request: &RequestView<'_>,
    ) -> Result<(), AuthError> {
        let first = self.is_first(record, signature, until, request).await?;
        let safe = self.safe_repeats == SafeRepeats::Allow && matches!(request.method(), "GET" | "HEAD");
        if first || safe { Ok(()) } else { Err(record.refuse_presented(Reason::Replayed)) }
    }

    /// Claims the nonce of a request that verified; a repeat is refused whatever its method.
    pub(crate) async fn claim_nonce(
        &self,
        record: &KeyRecord<K::Principal>,
        nonce: &[u8],
        until: Timestamp,
        request: &RequestView<'_>,
    ) -> Result<(), AuthError> {
        let first = self.is_first(record, nonce, until, request).await?;
        if first { Ok(()) } else { Err(record.refuse_presented(Reason::Replayed)) }
    }

    async fn is_first(
        &self,
        record: &KeyRecord<K::Principal>,
        nonce: &[u8],
        until: Timestamp,
        request: &RequestView<'_>,
    ) -> Result<bool, AuthError> {
        let claim = Claim {
            realm: record.realm(),
            scheme: record.scheme(),
            key: record.id(),
            nonce,
            until,
            now: request.received_at(),
        };
        Ok(self.nonces.claim(&claim).await?)
    }
}

impl<P> KeyRecord<P> {
    /// Checks `presented` against HMAC-SHA-256 of what `feed` passes on, under each
    /// secret that is in force.
    pub(crate) fn check_mac(
        &self,
        now: Timestamp,
        presented: &[u8],
        feed: impl Fn(&mut dyn FnMut(&[u8])),
    ) -> Result<(), AuthError> {
        if self.secrets_at(now).any(|secret| secret.hmac().sign_gathered(&feed).matches(presented)) {
            return Ok(());
        }
        Err(self.refuse_presented(Reason::WrongSignature))
    }

    /// Refuses the compatible form of a signature where the key has the strict one alone. Ask
    /// only after the signature was found right: then nobody without the secret learns of the
    /// switch, and an operator sees which clients have not changed over.
    pub(crate) fn check_compatible_form(&self) -> Result<(), AuthError> {
        match self.signature_forms() {
            SignatureForms::Any => Ok(()),
            SignatureForms::StrictOnly => Err(self.refuse_presented(Reason::FormNotAllowed)),
        }
    }

    /// A refusal whose credential named this key: the look-up is to the letter.
    pub(crate) fn refuse_presented(&self, reason: Reason) -> AuthError {
        self.refuse(reason).with_presented(self.id().as_str())
    }
}

/// For keys that are not records of the store too.
#[cfg(feature = "message-signature")]
impl<K: KeyStore, N: NonceStore> Signing<K, N> {
    /// Claims a nonce under a key of this realm; says whether nobody had.
    pub(crate) async fn claim_under(
        &self,
        (scheme, key): (Scheme, &KeyId),
        nonce: &[u8],
        until: Timestamp,
        request: &RequestView<'_>,
    ) -> Result<bool, AuthError> {
        let claim = Claim { realm: &self.realm, scheme, key, nonce, until, now: request.received_at() };
        Ok(self.nonces.claim(&claim).await?)
    }

    /// Whether a repeat of this request passes where it has no nonce.
    pub(crate) fn lets_repeat(&self, request: &RequestView<'_>) -> bool {
        self.safe_repeats == SafeRepeats::Allow && matches!(request.method(), "GET" | "HEAD")
    }
}
