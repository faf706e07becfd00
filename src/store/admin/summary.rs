//! What lists say about keys and owners: everything but secrets.

use crate::store::{EntryPoints, KeyHint, KeyOwner, KeyState, Networks, OwnerRef, SignatureForms};
use crate::{AccountId, KeyId, Limits, Realm, Scheme, Scopes, Timestamp};

/// The switch that an operator may turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enabled {
    /// In use.
    Yes,
    /// Switched off.
    No,
}

/// How a key stands at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyStatus {
    /// It works.
    Active,
    /// It is switched off.
    Disabled,
    /// It is withdrawn for good.
    Revoked,
    /// Its time has not come.
    NotYetValid,
    /// Its time is past.
    Expired,
    /// Its user, account or site is not active.
    OwnerInactive,
}

/// That a key was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// How often all keys behind the owners of a key may be used together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnerLimits {
    /// Those of its user.
    pub user: Limits,
    /// Those of its account.
    pub account: Limits,
    /// Those of its site.
    pub site: Limits,
}

/// The kinds of owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnerKind {
    /// Users.
    User,
    /// Accounts.
    Account,
    /// Sites.
    Site,
}

/// One line of a list of owners.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnerSummary {
    /// The owner.
    pub owner: OwnerRef,
    /// The account that it belongs to, where it is not one.
    pub account: Option<AccountId>,
    /// Its switch.
    pub active: Enabled,
    /// The URL of a site.
    pub url: Option<String>,
    /// How often all keys behind it may be used together.
    pub limits: Limits,
}

impl OwnerSummary {
    /// An owner without a URL and without limits.
    #[must_use]
    pub const fn new(owner: OwnerRef, account: Option<AccountId>, active: Enabled) -> Self {
        Self { owner, account, active, url: None, limits: Limits::none() }
    }

    /// Sets the URL.
    #[must_use]
    pub fn with_url(mut self, url: Option<String>) -> Self {
        self.url = url;
        self
    }

    /// Sets the limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// One line of a list of keys; there is no secret in it, but for what its [hint](Self::hint) shows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeySummary {
    /// The realm.
    pub realm: Realm,
    /// The public id.
    pub id: KeyId,
    /// The scheme.
    pub scheme: Scheme,
    /// What may be seen of its newest secret.
    pub hint: KeyHint,
    /// Whom it belongs to.
    pub owner: KeyOwner,
    /// What it is called.
    pub label: String,
    /// What operators tell each other about it.
    pub note: String,
    /// The URL of the site that it stands for.
    pub site_url: Option<String>,
    /// How often it may be used.
    pub limits: Limits,
    /// How often all keys behind its owners may be used together.
    pub owner_limits: OwnerLimits,
    /// What it may do.
    pub scopes: Scopes,
    /// Which entry points it may call.
    pub entry_points: EntryPoints,
    /// Which networks it may be used from.
    pub networks: Networks,
    /// Which forms of signature it accepts.
    pub signature_forms: SignatureForms,
    /// The switch.
    pub state: KeyState,
    /// Whether user, account and site are all active.
    pub owner_active: bool,
    /// The first moment of validity.
    pub not_before: Option<Timestamp>,
    /// The first moment after validity.
    pub expires_at: Option<Timestamp>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When its newest secret was made: when it was issued, or rotated last.
    pub renewed_at: Timestamp,
    /// The end of the secret before the newest, where a rotation has left one.
    pub previous_until: Option<Timestamp>,
    /// When it was used last, as far as that was written down.
    pub last_used: Option<Timestamp>,
    /// That it was withdrawn.
    pub revoked: Option<Revoked>,
}

impl KeySummary {
    /// How the key stands at `now`.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> KeyStatus {
        match self.state {
            KeyState::Revoked => KeyStatus::Revoked,
            KeyState::Disabled => KeyStatus::Disabled,
            KeyState::Enabled if !self.owner_active => KeyStatus::OwnerInactive,
            KeyState::Enabled if self.not_before.is_some_and(|start| now < start) => KeyStatus::NotYetValid,
            KeyState::Enabled if self.expires_at.is_some_and(|end| now >= end) => KeyStatus::Expired,
            KeyState::Enabled => KeyStatus::Active,
        }
    }
}
