//! How a key stands, at a glance.

use maud::{Markup, html};

use crate::Timestamp;
use crate::console::settings::Settings;
use crate::store::{KeyStatus, KeySummary};

/// How a key stands: the words, and the colour, which never says more than the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Light {
    Active,
    NeverUsed,
    Expiring,
    NotYetValid,
    Disabled,
    OwnerInactive,
    Expired,
    Revoked,
}

impl Light {
    pub(super) const ALL: [Self; 8] = [
        Self::Active,
        Self::NeverUsed,
        Self::Expiring,
        Self::NotYetValid,
        Self::Disabled,
        Self::OwnerInactive,
        Self::Expired,
        Self::Revoked,
    ];

    /// The light of a key: one that works is expiring, never used, or simply active.
    pub(super) fn of(key: &KeySummary, settings: &Settings, now: Timestamp) -> Self {
        match key.status_at(now) {
            KeyStatus::Active => {
                let horizon = now.saturating_add(settings.expiry_notice);
                if key.expires_at.is_some_and(|end| end < horizon) {
                    Self::Expiring
                } else if key.last_used.is_none() {
                    Self::NeverUsed
                } else {
                    Self::Active
                }
            }
            KeyStatus::Disabled => Self::Disabled,
            KeyStatus::Revoked => Self::Revoked,
            KeyStatus::NotYetValid => Self::NotYetValid,
            KeyStatus::Expired => Self::Expired,
            KeyStatus::OwnerInactive => Self::OwnerInactive,
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::NeverUsed => "Never used",
            Self::Expiring => "Expiring",
            Self::NotYetValid => "Not yet valid",
            Self::Disabled => "Disabled",
            Self::OwnerInactive => "Owner inactive",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
        }
    }

    /// The word in a query.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NeverUsed => "never-used",
            Self::Expiring => "expiring",
            Self::NotYetValid => "not-yet-valid",
            Self::Disabled => "disabled",
            Self::OwnerInactive => "owner-inactive",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Active => "light good",
            Self::NeverUsed => "light info",
            Self::Expiring | Self::NotYetValid => "light warn",
            Self::Disabled | Self::OwnerInactive => "light",
            Self::Expired | Self::Revoked => "light bad",
        }
    }
}

/// The light of a key.
pub(in crate::console) fn light(key: &KeySummary, settings: &Settings, now: Timestamp) -> Markup {
    let light = Light::of(key, settings, now);
    html! { span class=(light.class()) { (light.words()) } }
}

/// Whether the secret of a key that is in use is older than it should be.
pub(super) fn is_due(key: &KeySummary, settings: &Settings, now: Timestamp) -> bool {
    let ended = matches!(key.status_at(now), KeyStatus::Revoked | KeyStatus::Expired);
    !ended && key.renewed_at.saturating_add(settings.renewal) <= now
}
