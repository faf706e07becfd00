//! What an event is about: the cells of its line beside the words.

use std::net::IpAddr;

use crate::audit::{AuditEvent, KeyChange, RequestFacts, Who};
use crate::{Credential, KeyId, Realm, Scheme};

/// What an event is about; of what it does not name there is none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Facts<'e> {
    pub(super) key: Option<NamedKey<'e>>,
    pub(super) user: Option<&'e str>,
    pub(super) account: Option<&'e str>,
    pub(super) site: Option<&'e str>,
    pub(super) request: Option<&'e RequestFacts<'e>>,
    pub(super) address: Option<IpAddr>,
    pub(super) scheme: Option<Scheme>,
}

/// A key that an event names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NamedKey<'e> {
    pub(super) id: &'e KeyId,
    pub(super) place: Place<'e>,
}

/// Where a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'e> {
    /// In this set of stored keys.
    In(&'e Realm),
    /// In one of them: a refusal does not say which.
    Somewhere,
    /// In no store.
    Nowhere,
}

impl<'e> Facts<'e> {
    pub(super) fn of(event: &'e AuditEvent<'_>) -> Self {
        use AuditEvent as E;
        match event {
            E::Authenticated { request, who, .. } => Self::default().with_who(who).with_request(request),
            E::FirstUse { request, who, address, .. } => {
                Self { address: Some(*address), ..Self::default().with_who(who).with_request(request) }
            }
            E::Anonymous { request, .. } | E::Throttled { request, .. } => {
                Self::default().with_request(request)
            }
            E::Refused { request, scheme, key, .. } => {
                let key = key.as_ref().map(|id| NamedKey { id, place: Place::Somewhere });
                Self { scheme: *scheme, key, ..Self::default().with_request(request) }
            }
            E::KeyIssued(change)
            | E::KeyRotated(change)
            | E::KeyRevoked { change, .. }
            | E::KeyEdited { change, .. }
            | E::KeySwitched { change, .. }
            | E::KeyLimited { change, .. }
            | E::KeyLeaked { change, .. } => Self::of_change(change),
            // Their words say what they are about.
            E::OwnerAdded { .. }
            | E::SiteMoved { .. }
            | E::RightsChanged { .. }
            | E::EntryPointsSynced { .. }
            | E::OwnerLimited { .. }
            | E::OwnerSwitched { .. }
            | E::RefreshReused { .. }
            | E::SecretChanged { .. }
            | E::UpstreamRefused { .. } => Self::default(),
        }
    }

    fn of_change(change: &'e KeyChange) -> Self {
        let key = NamedKey { id: &change.key.id, place: Place::In(&change.key.realm) };
        let owner = change.owner.as_ref();
        Self {
            key: Some(key),
            scheme: change.scheme,
            user: owner.and_then(|owner| owner.user.as_ref()).map(|id| id.as_str()),
            account: owner.and_then(|owner| owner.account.as_ref()).map(|id| id.as_str()),
            site: owner.and_then(|owner| owner.site.as_ref()).map(|id| id.as_str()),
            ..Self::default()
        }
    }

    fn with_request(mut self, request: &'e RequestFacts<'_>) -> Self {
        (self.request, self.address) = (Some(request), request.peer());
        self
    }

    fn with_who(mut self, who: &'e Who<'_>) -> Self {
        let credential = who.credential();
        self.key = credential.and_then(Credential::key).map(|id| {
            let realm = credential.and_then(Credential::realm);
            NamedKey { id, place: realm.map_or(Place::Nowhere, Place::In) }
        });
        self.scheme = credential.map(Credential::scheme);
        (self.user, self.account, self.site) = (who.user(), who.account(), who.site());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{KeyOwner, KeyRef};
    use crate::{AccountId, AuthError, Principal, Reason, Timestamp};

    const AT: Timestamp = Timestamp::from_unix_seconds(0);

    fn request() -> RequestFacts<'static> {
        RequestFacts::new("GET", "/orders").with_peer(Some(IpAddr::from([192, 0, 2, 7])))
    }

    #[test]
    fn a_request_that_was_let_through_names_its_key_owner_and_address() {
        let credential = Credential::of_key(Scheme::SigV4, Realm::from("one"), KeyId::from("k"));
        let me = Principal::builder("ada".to_owned()).account(AccountId::from("acme")).credential(credential);
        let me = me.build();
        let event = AuditEvent::Authenticated { at: AT, request: request(), who: Who::of(&me) };
        let facts = Facts::of(&event);
        let (id, realm) = (KeyId::from("k"), Realm::from("one"));
        assert_eq!(facts.key, Some(NamedKey { id: &id, place: Place::In(&realm) }));
        assert_eq!((facts.user, facts.account, facts.site), (Some("ada"), Some("acme"), None));
        assert_eq!((facts.scheme, facts.address), (Some(Scheme::SigV4), Some([192, 0, 2, 7].into())));
        assert_eq!(facts.request.map(RequestFacts::path), Some("/orders"));
    }

    #[test]
    fn a_first_use_has_the_address_that_is_new() {
        let me = Principal::builder("ada".to_owned()).build();
        let address = IpAddr::from([198, 51, 100, 3]);
        let event = AuditEvent::FirstUse { at: AT, request: request(), who: Who::of(&me), address };
        assert_eq!((Facts::of(&event).address, Facts::of(&event).key), (Some(address), None));
    }

    #[test]
    fn a_refusal_knows_the_key_but_not_its_realm() {
        let error = AuthError::new(Reason::KeyRevoked).with_key("k".into()).with_scheme(Scheme::ApiKey);
        let event = AuditEvent::refused(AT, request(), &error);
        let (facts, id) = (Facts::of(&event), KeyId::from("k"));
        assert_eq!(facts.key, Some(NamedKey { id: &id, place: Place::Somewhere }));
        assert_eq!((facts.scheme, facts.user), (Some(Scheme::ApiKey), None));
    }

    #[test]
    fn a_change_names_its_key_and_the_owner_where_it_was_issued() {
        let key = KeyRef { realm: "one".into(), id: "k".into() };
        let owner = KeyOwner { account: Some("acme".into()), ..KeyOwner::default() };
        let issued = KeyChange::new(AT, key.clone()).with_issued(Scheme::XAuth, owner);
        let event = AuditEvent::KeyIssued(issued);
        let facts = Facts::of(&event);
        assert_eq!(facts.key, Some(NamedKey { id: &key.id, place: Place::In(&key.realm) }));
        assert_eq!((facts.account, facts.scheme, facts.address), (Some("acme"), Some(Scheme::XAuth), None));
    }
}
