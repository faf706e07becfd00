//! Which events are looked for.

use std::collections::HashSet;

use super::ActivityKind;
use crate::audit::AuditEvent;
use crate::store::{KeyRef, OwnerRef};
use crate::{AccountId, KeyId, Realm};

/// Which events are looked for: those that fit every condition that is set, the newest first,
/// a page at a time.
///
/// ```
/// use portcullis::audit::{ActivityKind, ActivityQuery};
/// let query = ActivityQuery::new().with_account("acme").with_outcome(ActivityKind::Refused).with_limit(20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct ActivityQuery {
    /// About this key. A refusal does not know the realm of the key: it fits by the id alone.
    pub key: Option<KeyRef>,
    /// About this account. [`selects`](Self::selects) says which events name it;
    /// [`RecentEvents`](super::RecentEvents) finds more.
    pub account: Option<AccountId>,
    /// Of this kind.
    pub outcome: Option<ActivityKind>,
    /// Recorded before the event with this number.
    pub before: Option<u64>,
    /// At most so many; 100 where nothing else is said.
    pub limit: usize,
}

impl Default for ActivityQuery {
    fn default() -> Self {
        Self::new()
    }
}

impl ActivityQuery {
    /// The newest 100 events.
    pub const fn new() -> Self {
        Self { key: None, account: None, outcome: None, before: None, limit: 100 }
    }

    /// Only those about `key`.
    pub fn with_key(mut self, key: KeyRef) -> Self {
        self.key = Some(key);
        self
    }

    /// Only those about `account`.
    pub fn with_account(mut self, account: impl Into<AccountId>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Only those of this kind.
    pub const fn with_outcome(mut self, outcome: ActivityKind) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// From before the event with this number: the last one of the page before.
    pub const fn before(mut self, sequence: Option<u64>) -> Self {
        self.before = sequence;
        self
    }

    /// At most `limit` events.
    pub const fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Whether an event fits by what it holds itself, whatever the page.
    ///
    /// Events that name an account are those of requests that were let through, first uses, keys
    /// that were issued, owners that were added, and accounts that were limited or switched.
    /// Other changes of a key name the key alone, as do refusals.
    #[must_use]
    pub fn selects(&self, event: &AuditEvent<'_>) -> bool {
        self.selects_with(event, &Keys::default())
    }

    /// The same, where these keys are known to be of the account.
    pub(super) fn selects_with(&self, event: &AuditEvent<'_>, keys: &Keys) -> bool {
        let of = |account: &AccountId| account_of(event) == Some(account.as_str()) || keys.name(event);
        self.outcome.is_none_or(|outcome| outcome == ActivityKind::of(event))
            && self.key.as_ref().is_none_or(|key| is_about(event, key))
            && self.account.as_ref().is_none_or(of)
    }
}

/// The keys that are known to be of an account.
#[derive(Debug, Default)]
pub(super) struct Keys {
    keys: HashSet<KeyRef>,
    /// Their ids alone, for refusals.
    ids: HashSet<KeyId>,
}

impl Keys {
    /// Learns the key of an event that names the account.
    pub(super) fn learn(&mut self, event: &AuditEvent<'_>, account: &AccountId) {
        let Some((Some(realm), id)) = key_of(event) else { return };
        if account_of(event) == Some(account.as_str()) && !self.has(realm, id) {
            self.ids.insert(id.clone());
            self.keys.insert(KeyRef { realm: realm.clone(), id: id.clone() });
        }
    }

    fn has(&self, realm: &Realm, id: &KeyId) -> bool {
        self.keys.contains(&KeyRef { realm: realm.clone(), id: id.clone() })
    }

    /// Whether an event that names no account names one of them. Where an account is named,
    /// that is the one.
    fn name(&self, event: &AuditEvent<'_>) -> bool {
        match key_of(event) {
            Some((realm, id)) if account_of(event).is_none() => {
                self.ids.contains(id) && realm.is_none_or(|realm| self.has(realm, id))
            }
            _ => false,
        }
    }
}

fn is_about(event: &AuditEvent<'_>, key: &KeyRef) -> bool {
    key_of(event).is_some_and(|(realm, id)| *id == key.id && realm.is_none_or(|realm| *realm == key.realm))
}

/// The stored key that an event is about, and its realm, which a refusal does not know.
fn key_of<'e>(event: &'e AuditEvent<'_>) -> Option<(Option<&'e Realm>, &'e KeyId)> {
    match event {
        AuditEvent::Authenticated { who, .. } | AuditEvent::FirstUse { who, .. } => {
            let credential = who.credential()?;
            // Without a realm it is the name of a key that no store has.
            Some((Some(credential.realm()?), credential.key()?))
        }
        AuditEvent::Refused { key, .. } => Some((None, key.as_ref()?)),
        AuditEvent::KeyIssued(change)
        | AuditEvent::KeyRotated(change)
        | AuditEvent::KeyRevoked { change, .. }
        | AuditEvent::KeyEdited { change, .. }
        | AuditEvent::KeySwitched { change, .. }
        | AuditEvent::KeyLimited { change, .. }
        | AuditEvent::KeyLeaked { change, .. } => Some((Some(&change.key.realm), &change.key.id)),
        _ => None,
    }
}

/// The account that an event names.
fn account_of<'e>(event: &'e AuditEvent<'_>) -> Option<&'e str> {
    match event {
        AuditEvent::Authenticated { who, .. } | AuditEvent::FirstUse { who, .. } => who.account(),
        AuditEvent::KeyIssued(change) => change.owner.as_ref()?.account.as_ref().map(AccountId::as_str),
        AuditEvent::OwnerAdded { owner: OwnerRef::Account(account), .. }
        | AuditEvent::OwnerAdded { account: Some(account), .. }
        | AuditEvent::OwnerLimited { owner: OwnerRef::Account(account), .. }
        | AuditEvent::OwnerSwitched { owner: OwnerRef::Account(account), .. } => Some(account.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{KeyChange, RequestFacts, Who};
    use crate::store::{Enabled, KeyOwner};
    use crate::{AuthError, Credential, Principal, Reason, Scheme, Timestamp};

    const AT: Timestamp = Timestamp::from_unix_seconds(0);

    fn key(realm: &str, id: &str) -> KeyRef {
        KeyRef { realm: realm.into(), id: id.into() }
    }

    fn accepted(account: &str, credential: Credential) -> AuditEvent<'static> {
        let me = Principal::builder("ada".to_owned()).account(AccountId::from(account));
        let me = me.credential(credential).build();
        let request = RequestFacts::new("GET", "/");
        AuditEvent::Authenticated { at: AT, request, who: Who::of(&me) }.into_owned()
    }

    fn refused(id: &str) -> AuditEvent<'static> {
        let error = AuthError::new(Reason::KeyRevoked).with_key(id.into());
        AuditEvent::refused(AT, RequestFacts::new("GET", "/"), &error)
    }

    #[test]
    fn a_key_is_told_apart_by_its_realm_where_the_event_knows_it() {
        let query = ActivityQuery::new().with_key(key("one", "k"));
        let used = |realm: &str, id: &str| {
            accepted("acme", Credential::of_key(Scheme::ApiKey, realm.into(), id.into()))
        };
        assert!(query.selects(&used("one", "k")));
        assert!(!query.selects(&used("two", "k")) && !query.selects(&used("one", "l")));
        assert!(query.selects(&AuditEvent::KeyRotated(KeyChange::new(AT, key("one", "k")))));
        assert!(!query.selects(&AuditEvent::KeyRotated(KeyChange::new(AT, key("two", "k")))));
        assert!(query.selects(&refused("k")) && !query.selects(&refused("l")));
        // A name from the configuration is no stored key.
        assert!(!query.selects(&accepted("acme", Credential::of_name(Scheme::ApiKey, "k".into()))));
        assert!(!query.selects(&accepted("acme", Credential::of_scheme(Scheme::Jwt))));
    }

    #[test]
    fn an_account_is_found_by_whatever_names_it() {
        let query = ActivityQuery::new().with_account("acme");
        let acme = || OwnerRef::Account("acme".into());
        let user = || OwnerRef::User("acme".into());
        let added = |owner, account: Option<&str>| AuditEvent::OwnerAdded {
            at: AT,
            by: None,
            owner,
            account: account.map(AccountId::from),
        };
        let switched = |owner| AuditEvent::OwnerSwitched { at: AT, by: None, owner, active: Enabled::No };
        let issued = |owner| {
            AuditEvent::KeyIssued(KeyChange::new(AT, key("r", "k")).with_issued(Scheme::ApiKey, owner))
        };
        let token = Credential::of_scheme(Scheme::Jwt);
        for (event, expected) in [
            (accepted("acme", token.clone()), true),
            (accepted("acme2", token), false),
            (added(acme(), None), true),
            (added(user(), Some("acme")), true),
            (added(user(), None), false),
            (switched(acme()), true),
            (switched(user()), false),
            (issued(KeyOwner::account("acme")), true),
            (issued(KeyOwner::user("acme")), false),
            (AuditEvent::KeyRotated(KeyChange::new(AT, key("r", "k"))), false),
            (refused("acme"), false),
        ] {
            assert_eq!(query.selects(&event), expected, "{event:?}");
        }
    }
}
