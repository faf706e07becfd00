//! What a store knows about a key.

use std::sync::Arc;

#[cfg(feature = "sigv4")]
use super::derived::DerivedKeys;
use super::{EntryPoints, KeyOwner, Networks, OwnerLimits, SignatureForms, budgets};
use crate::crypto::{HmacAlgorithm, HmacKey};
use crate::request::RequestView;
use crate::{
    AuthError, Credential, KeyBudget, KeyId, Limits, Outcome, Realm, Reason, Scheme, Secret, Timestamp,
};

/// The switch on a key. Revoked is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyState {
    /// In use.
    #[default]
    Enabled,
    /// Switched off; may be switched on again.
    Disabled,
    /// Withdrawn for good.
    Revoked,
}

/// A secret of a signing key that is in force, with its HMAC prepared.
#[derive(Clone, Debug)]
pub struct LiveSecret {
    secret: Secret,
    hmac: HmacKey,
    expires_at: Option<Timestamp>,
    /// Of this secret alone: whoever replaces the secret makes another of these.
    #[cfg(feature = "sigv4")]
    derived: Arc<DerivedKeys>,
}

impl LiveSecret {
    /// A secret that ends at `expires_at`, or with its key.
    #[must_use]
    pub fn new(secret: Secret, expires_at: Option<Timestamp>) -> Self {
        let hmac = HmacKey::new(HmacAlgorithm::Sha256, &secret);
        Self {
            secret,
            hmac,
            expires_at,
            #[cfg(feature = "sigv4")]
            derived: Arc::default(),
        }
    }

    /// What was derived from the secret, and signed with already.
    #[cfg(feature = "sigv4")]
    pub(crate) fn derived(&self) -> &DerivedKeys {
        &self.derived
    }

    /// The secret itself.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// HMAC-SHA-256 under the secret's bytes.
    #[must_use]
    pub const fn hmac(&self) -> &HmacKey {
        &self.hmac
    }

    /// The first moment after its life, if it ends before its key does.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }
}

/// What a store knows about a key: everything that decides whether it may be used now,
/// and the principal it stands for.
///
/// A record is a snapshot. Its checks take the time from outside, so a cached record is
/// checked again on each use.
#[derive(Clone, Debug)]
pub struct KeyRecord<P> {
    id: KeyId,
    realm: Realm,
    scheme: Scheme,
    principal: P,
    secrets: Vec<LiveSecret>,
    state: KeyState,
    not_before: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    owner_active: bool,
    entry_points: EntryPoints,
    networks: Networks,
    signature_forms: SignatureForms,
    owner: KeyOwner,
    budgets: Option<Arc<[KeyBudget]>>,
    epoch: u64,
}

impl<P> KeyRecord<P> {
    /// Starts a record of an enabled key without limits.
    pub fn builder(realm: Realm, scheme: Scheme, id: KeyId, principal: P) -> KeyRecordBuilder<P> {
        KeyRecordBuilder(Self {
            id,
            realm,
            scheme,
            principal,
            secrets: Vec::new(),
            state: KeyState::Enabled,
            not_before: None,
            expires_at: None,
            owner_active: true,
            entry_points: EntryPoints::any(),
            networks: Networks::any(),
            signature_forms: SignatureForms::Any,
            owner: KeyOwner::default(),
            budgets: None,
            epoch: 0,
        })
    }

    /// The public id.
    #[must_use]
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// The realm.
    #[must_use]
    pub const fn realm(&self) -> &Realm {
        &self.realm
    }

    /// The scheme that the key is for.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Who the key stands for.
    #[must_use]
    pub const fn principal(&self) -> &P {
        &self.principal
    }

    /// The switch.
    #[must_use]
    pub const fn state(&self) -> KeyState {
        self.state
    }

    /// The entry points that the key may call.
    #[must_use]
    pub const fn entry_points(&self) -> &EntryPoints {
        &self.entry_points
    }

    /// The networks that the key may be used from.
    #[must_use]
    pub const fn networks(&self) -> &Networks {
        &self.networks
    }

    /// The forms of signature that the key accepts.
    #[must_use]
    pub const fn signature_forms(&self) -> SignatureForms {
        self.signature_forms
    }

    /// Whom the key belongs to.
    #[must_use]
    pub const fn owner(&self) -> &KeyOwner {
        &self.owner
    }

    /// How often it may be used, and all keys of its owners together: none, where nothing
    /// is limited.
    #[must_use]
    pub const fn budgets(&self) -> Option<&Arc<[KeyBudget]>> {
        self.budgets.as_ref()
    }

    /// A number that grows with every change to the key.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The first moment of validity.
    #[must_use]
    pub const fn not_before(&self) -> Option<Timestamp> {
        self.not_before
    }

    /// The first moment after validity.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Whether user, account and site are all active.
    #[must_use]
    pub const fn is_owner_active(&self) -> bool {
        self.owner_active
    }

    /// Every secret that the record holds, in force or not.
    #[cfg(feature = "memory")]
    pub(crate) fn secrets(&self) -> &[LiveSecret] {
        &self.secrets
    }

    /// The secrets of a signing key that are in force at `now`: two during a rotation.
    pub fn secrets_at(&self, now: Timestamp) -> impl Iterator<Item = &LiveSecret> {
        self.secrets.iter().filter(move |secret| secret.expires_at.is_none_or(|end| now < end))
    }

    /// Whether the key may be used at `now`.
    ///
    /// # Errors
    /// [`Reason::KeyRevoked`], [`Reason::KeyDisabled`], [`Reason::OwnerInactive`],
    /// [`Reason::NotYetValid`] or [`Reason::Expired`]; on the wire they look alike.
    pub fn check_usable(&self, now: Timestamp) -> Result<(), AuthError> {
        let refused = match self.state {
            KeyState::Revoked => Some(Reason::KeyRevoked),
            KeyState::Disabled => Some(Reason::KeyDisabled),
            KeyState::Enabled if !self.owner_active => Some(Reason::OwnerInactive),
            KeyState::Enabled if self.not_before.is_some_and(|start| now < start) => {
                Some(Reason::NotYetValid)
            }
            KeyState::Enabled if self.expires_at.is_some_and(|end| now >= end) => Some(Reason::Expired),
            KeyState::Enabled => None,
        };
        refused.map_or(Ok(()), |reason| Err(self.refuse(reason)))
    }

    /// Whether the key may make this request; ask only after the credential has verified,
    /// for the answer is a 403.
    ///
    /// # Errors
    /// [`Reason::AddressNotAllowed`], also when the key has networks and the address is
    /// not known, and [`Reason::EntryPointNotAllowed`].
    pub fn check_request(&self, request: &RequestView<'_>) -> Result<(), AuthError> {
        if !self.networks.allow(request.peer()) {
            return Err(self.refuse(Reason::AddressNotAllowed));
        }
        if !self.entry_points.allow(request.entry_point()) {
            return Err(self.refuse(Reason::EntryPointNotAllowed));
        }
        Ok(())
    }

    /// The end of a successful check: notes the key for the log, and its budgets for the
    /// guard, and is its principal.
    pub fn admit(&self, request: &RequestView<'_>) -> Outcome<P>
    where
        P: Clone,
    {
        request.note(|| Credential::of_key(self.scheme, self.realm.clone(), self.id.clone()));
        if let Some(budgets) = &self.budgets {
            request.note_budgets(Arc::clone(budgets));
        }
        Outcome::Authenticated(self.principal.clone())
    }

    /// A refusal that names this key in the log.
    pub(crate) fn refuse(&self, reason: Reason) -> AuthError {
        AuthError::new(reason).with_scheme(self.scheme).with_key(self.id.clone())
    }
}

/// Builds a [`KeyRecord`]; from [`KeyRecord::builder`].
#[derive(Debug)]
#[must_use]
pub struct KeyRecordBuilder<P>(KeyRecord<P>);

impl<P> KeyRecordBuilder<P> {
    /// Adds a secret of a signing scheme.
    pub fn secret(mut self, secret: LiveSecret) -> Self {
        self.0.secrets.push(secret);
        self
    }

    /// Sets the switch.
    pub const fn state(mut self, state: KeyState) -> Self {
        self.0.state = state;
        self
    }

    /// The first moment of validity.
    pub const fn not_before(mut self, start: Option<Timestamp>) -> Self {
        self.0.not_before = start;
        self
    }

    /// The first moment after validity.
    pub const fn expires_at(mut self, end: Option<Timestamp>) -> Self {
        self.0.expires_at = end;
        self
    }

    /// Says that the user, account or site behind the key is not active.
    pub const fn owner_inactive(mut self) -> Self {
        self.0.owner_active = false;
        self
    }

    /// Limits the entry points.
    pub fn entry_points(mut self, entry_points: EntryPoints) -> Self {
        self.0.entry_points = entry_points;
        self
    }

    /// Limits the addresses.
    pub fn networks(mut self, networks: Networks) -> Self {
        self.0.networks = networks;
        self
    }

    /// Limits the forms of signature.
    pub const fn signature_forms(mut self, forms: SignatureForms) -> Self {
        self.0.signature_forms = forms;
        self
    }

    /// Says whom the key belongs to; say so before its limits.
    pub fn owner(mut self, owner: KeyOwner) -> Self {
        self.0.owner = owner;
        self
    }

    /// Limits how often the key may be used, and all keys of its owners together.
    pub fn limits(mut self, own: Limits, owners: OwnerLimits) -> Self {
        self.0.budgets = budgets::of(&self.0, &own, &owners);
        self
    }

    /// Sets the number of the last change.
    pub const fn epoch(mut self, epoch: u64) -> Self {
        self.0.epoch = epoch;
        self
    }

    /// The finished record.
    #[must_use]
    pub fn build(self) -> KeyRecord<P> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> KeyRecordBuilder<()> {
        KeyRecord::builder(Realm::default(), Scheme::XAuth, KeyId::from("k"), ())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn validity_includes_its_start_and_excludes_its_end() {
        let key = record().not_before(Some(at(10))).expires_at(Some(at(20))).build();
        let reasons = [9, 10, 19, 20].map(|now| key.check_usable(at(now)).err().map(|error| error.reason()));
        assert_eq!(reasons, [Some(Reason::NotYetValid), None, None, Some(Reason::Expired)]);
    }

    #[test]
    fn a_rotated_secret_ends_at_its_own_time() {
        let key = record()
            .secret(LiveSecret::new(Secret::from("new"), None))
            .secret(LiveSecret::new(Secret::from("old"), Some(at(10))))
            .build();
        assert_eq!([9, 10].map(|now| key.secrets_at(at(now)).count()), [2, 1]);
    }
}
