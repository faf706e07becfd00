//! How a key looks in lists and alone.

use portcullis::Timestamp;
use portcullis::store::{KeyStatus, KeySummary};

use crate::output::{Cell, Fields};

/// The word for how a key stands, in lists and arguments.
const fn word(status: KeyStatus) -> &'static str {
    match status {
        KeyStatus::Active => "active",
        KeyStatus::Disabled => "disabled",
        KeyStatus::Revoked => "revoked",
        KeyStatus::NotYetValid => "not-yet-valid",
        KeyStatus::Expired => "expired",
        KeyStatus::OwnerInactive => "owner-inactive",
        _ => "unknown",
    }
}

/// Everything that is known of a key. There is no secret in it.
pub(crate) fn fields(key: &KeySummary, now: Timestamp) -> Fields {
    let allowed = key.networks.allowed();
    let allowed = if allowed.is_empty() { Cell::Any } else { Cell::list(allowed) };
    let entry_points = key.entry_points.names().map_or(Cell::Any, Cell::list);
    vec![
        ("id", Cell::text(&key.id)),
        ("realm", Cell::text(&key.realm)),
        ("scheme", Cell::text(key.scheme)),
        ("hint", Cell::text(&key.hint)),
        ("status", Cell::text(word(key.status_at(now)))),
        ("user", Cell::maybe(key.owner.user.as_ref())),
        ("account", Cell::maybe(key.owner.account.as_ref())),
        ("site", Cell::maybe(key.owner.site.as_ref())),
        ("site_url", Cell::maybe(key.site_url.as_ref())),
        ("label", Cell::text(&key.label)),
        ("note", Cell::text(&key.note)),
        ("scopes", Cell::list(&key.scopes)),
        ("limits", Cell::list(key.limits.iter())),
        ("user_limits", Cell::list(key.owner_limits.user.iter())),
        ("account_limits", Cell::list(key.owner_limits.account.iter())),
        ("site_limits", Cell::list(key.owner_limits.site.iter())),
        ("entry_points", entry_points),
        ("allowed_networks", allowed),
        ("denied_networks", Cell::list(key.networks.denied())),
        ("signature_forms", Cell::text(key.signature_forms)),
        ("owner_active", Cell::Flag(key.owner_active)),
        ("not_before", Cell::moment(key.not_before)),
        ("expires_at", Cell::moment(key.expires_at)),
        ("created_at", Cell::Moment(key.created_at)),
        ("renewed_at", Cell::Moment(key.renewed_at)),
        ("previous_until", Cell::moment(key.previous_until)),
        ("last_used", Cell::moment(key.last_used)),
        ("revoked_at", Cell::moment(key.revoked.as_ref().map(|revoked| revoked.at))),
        ("revoked_reason", Cell::maybe(key.revoked.as_ref().map(|revoked| &revoked.reason))),
    ]
}
