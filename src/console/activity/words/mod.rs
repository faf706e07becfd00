//! What happened, in words for people.

use super::visible::visible;
use crate::Limit;
use crate::audit::{AuditEvent, KeyChange, KeyLimit, RightsChange, SecretChange};
use crate::limit::whole_seconds;
use crate::store::{Enabled, KeyEdit, OwnerRef};

/// What happened. Names and texts in it come from strangers: they are visible, but not yet
/// escaped for HTML.
pub(super) fn words(event: &AuditEvent<'_>) -> String {
    use AuditEvent as E;
    let said = match event {
        E::Authenticated { .. } => "Accepted".to_owned(),
        E::Anonymous { name, .. } => format!("Accepted without a credential, as {name}"),
        E::Refused { reason, .. } => format!("Refused: {reason}"),
        E::FirstUse { address, .. } => format!("First use from {address}"),
        E::Throttled { network, wait, .. } => {
            let wait = count(whole_seconds(*wait).as_secs(), "second");
            format!("Too many credentials from {network} failed: these addresses have to wait {wait}")
        }
        E::KeyIssued(change) => format!("Key issued{}", of(change)),
        E::KeyRotated(change) => format!("Key given a new secret{}", of(change)),
        E::KeyRevoked { change, reason } => format!("Key revoked{}: {reason}", of(change)),
        E::KeyEdited { change, edit } => format!("Key edited{}: {}", of(change), edited(edit)),
        E::KeySwitched { change, enabled } => format!("Key switched {}{}", switch(*enabled), of(change)),
        E::KeyLimited { change, limit } => limited(change, limit),
        E::KeyLeaked { change, place, withdrawn } => {
            let came = if *withdrawn { "it was withdrawn" } else { "it was not good any more" };
            format!("Key found in {place}, reported{}: {came}", of(change))
        }
        E::OwnerAdded { by, owner, account, .. } => {
            let account = account.as_ref().map(|account| format!(" to the account {account}"));
            format!("{} added{}{}", named(owner), account.unwrap_or_default(), by_whom(by.as_deref()))
        }
        E::SiteMoved { by, site, url: Some(url), .. } => {
            format!("Site {site} moved to {url}{}", by_whom(by.as_deref()))
        }
        E::SiteMoved { by, site, url: None, .. } => {
            format!("URL of the site {site} removed{}", by_whom(by.as_deref()))
        }
        E::RightsChanged { by, change, .. } => format!("{}{}", rights(change), by_whom(by.as_deref())),
        E::EntryPointsSynced { by, report, .. } => format!(
            "List of entry points changed{}: {} new, {} changed, {} gone",
            by_whom(by.as_deref()),
            report.added.len(),
            report.changed.len(),
            report.gone.len()
        ),
        E::OwnerLimited { by, owner, limits, .. } if limits.is_none() => {
            format!("Limits of {} removed{}", lower(owner), by_whom(by.as_deref()))
        }
        E::OwnerLimited { by, owner, limits, .. } => {
            let limits: Vec<_> = limits.iter().map(times).collect();
            format!("{} limited{} to {}", named(owner), by_whom(by.as_deref()), limits.join(" and "))
        }
        E::OwnerSwitched { by, owner, active, .. } => {
            format!("{} switched {}{}", named(owner), switch(*active), by_whom(by.as_deref()))
        }
        E::RefreshReused { issuer, subject, client, .. } => {
            let client = client.as_ref().map(|client| format!(", client {client}"));
            let client = client.unwrap_or_default();
            format!(
                "Refresh token of {subject} from {issuer} used again{client}: all from its log-in are ended"
            )
        }
        E::SecretChanged { by, name, change, .. } => {
            let what = match change {
                SecretChange::Set => "set",
                SecretChange::SwitchedOn => "switched on",
                SecretChange::SwitchedOff => "switched off",
                SecretChange::Removed => "removed",
            };
            format!("Secret {name} for another service {what}{}", by_whom(by.as_deref()))
        }
        E::UpstreamRefused { upstream, status, .. } => {
            format!("The service {upstream} refused our key, with status {status}")
        }
    };
    visible(&said)
}

fn of(change: &KeyChange) -> String {
    by_whom(change.by.as_deref())
}

fn by_whom(by: Option<&str>) -> String {
    by.map(|by| format!(" by {by}")).unwrap_or_default()
}

const fn switch(enabled: Enabled) -> &'static str {
    match enabled {
        Enabled::Yes => "on",
        Enabled::No => "off",
    }
}

fn count(count: u64, unit: &str) -> String {
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// How often something may be done.
fn times(limit: Limit) -> String {
    format!("{} in {}", limit.count(), count(limit.period().as_secs(), "second"))
}

fn named(owner: &OwnerRef) -> String {
    match owner {
        OwnerRef::User(id) => format!("User {id}"),
        OwnerRef::Account(id) => format!("Account {id}"),
        OwnerRef::Site(id) => format!("Site {id}"),
    }
}

/// The same within a sentence.
fn lower(owner: &OwnerRef) -> String {
    match owner {
        OwnerRef::User(id) => format!("the user {id}"),
        OwnerRef::Account(id) => format!("the account {id}"),
        OwnerRef::Site(id) => format!("the site {id}"),
    }
}

/// What was edited. A note may be long: it is on the page of the key.
fn edited(edit: &KeyEdit) -> String {
    let KeyEdit { label, note, scopes, not_before, expires_at, limits, signature_forms } = edit;
    let moment = |at: crate::Timestamp| at.to_rfc3339();
    let parts = [
        label.as_ref().map(|label| format!("label “{label}”")),
        note.as_ref().map(|_| "note".to_owned()),
        scopes.as_ref().map(|scopes| listed("scopes", scopes.iter().map(ToString::to_string))),
        not_before.map(|at| at.map_or("valid at once".to_owned(), |at| format!("valid from {}", moment(at)))),
        expires_at.map(|at| at.map_or("never expires".to_owned(), |at| format!("expires {}", moment(at)))),
        limits.as_ref().map(|limits| listed("limits", limits.iter().map(times))),
        signature_forms.map(|_| "forms of signature".to_owned()),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

/// Things under what they are called, or that there are none.
fn listed(called: &str, things: impl Iterator<Item = String>) -> String {
    let things: Vec<_> = things.collect();
    if things.is_empty() { format!("no {called}") } else { format!("{called} {}", things.join(" ")) }
}

fn limited(change: &KeyChange, limit: &KeyLimit) -> String {
    let by = of(change);
    match limit {
        KeyLimit::EntryPoints(None) => format!("Key freed{by}: it may call every entry point"),
        KeyLimit::EntryPoints(Some(names)) if names.is_empty() => {
            format!("Key limited{by}: it may call no entry point")
        }
        KeyLimit::EntryPoints(Some(names)) => {
            format!("Key limited{by} to entry points: {}", names.join(", "))
        }
        KeyLimit::Networks(None) => format!("Key freed{by}: it may be used from everywhere"),
        KeyLimit::Networks(Some(networks)) => {
            format!("Key limited{by} to networks: {}", networks.join(", "))
        }
    }
}

fn rights(change: &RightsChange) -> String {
    use RightsChange as R;
    match change {
        R::GroupAdded(group) => format!("Group {group} added"),
        R::GroupRemoved(group) => format!("Group {group} removed"),
        R::RoleAdded(role) => format!("Role {role} added"),
        R::RoleRemoved(role) => format!("Role {role} removed"),
        R::PrivilegeAdded(privilege) => format!("Privilege {privilege} added"),
        R::PrivilegeRemoved(privilege) => format!("Privilege {privilege} removed"),
        R::UserAdded(user, group) => format!("User {user} put into the group {group}"),
        R::UserRemoved(user, group) => format!("User {user} taken out of the group {group}"),
        R::RoleGiven(role, group) => format!("Role {role} given to the group {group}"),
        R::RoleTaken(role, group) => format!("Role {role} taken from the group {group}"),
        R::PrivilegeGiven(privilege, role) => format!("Privilege {privilege} given to the role {role}"),
        R::PrivilegeTaken(privilege, role) => format!("Privilege {privilege} taken from the role {role}"),
    }
}

#[cfg(test)]
mod tests;
