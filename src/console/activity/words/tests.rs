use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::audit::{RequestFacts, Who};
use crate::store::{FamilyId, KeyRef, SyncReport};
use crate::{AuthError, Limits, Principal, Reason, Scope, Scopes, Timestamp};

const AT: Timestamp = Timestamp::from_unix_seconds(1_798_761_600);

fn request() -> RequestFacts<'static> {
    RequestFacts::new("GET", "/")
}

fn grace() -> Option<Arc<str>> {
    Some("grace".into())
}

fn change() -> KeyChange {
    KeyChange::new(AT, KeyRef { realm: "default".into(), id: "k".into() }).with_by(grace())
}

#[test]
fn each_request_is_told_by_what_came_of_it() {
    let me = Principal::builder("ada".to_owned()).build();
    let who = || Who::of(&me);
    let network = "192.0.2.0/24".parse().expect("a network");
    let wait = Duration::from_millis(29_500);
    for (event, expected) in [
        (AuditEvent::Authenticated { at: AT, request: request(), who: who() }, "Accepted"),
        (
            AuditEvent::Anonymous { at: AT, request: request(), name: "guest".into() },
            "Accepted without a credential, as guest",
        ),
        (
            AuditEvent::refused(AT, request(), &AuthError::new(Reason::KeyRevoked)),
            "Refused: the key was revoked",
        ),
        (
            AuditEvent::FirstUse { at: AT, request: request(), who: who(), address: [192, 0, 2, 7].into() },
            "First use from 192.0.2.7",
        ),
        (
            AuditEvent::Throttled { at: AT, request: request(), network, wait },
            "Too many credentials from 192.0.2.0/24 failed: these addresses have to wait 30 seconds",
        ),
        (
            AuditEvent::UpstreamRefused { at: AT, upstream: "wisphub".into(), status: 403 },
            "The service wisphub refused our key, with status 403",
        ),
        (
            AuditEvent::RefreshReused {
                at: AT,
                issuer: "https://id.example".into(),
                subject: "ada".into(),
                client: Some("shop".into()),
                family: FamilyId::from_bytes([0; 32]),
            },
            "Refresh token of ada from https://id.example used again, client shop: all from its log-in are ended",
        ),
    ] {
        assert_eq!(words(&event), expected);
    }
}

#[test]
fn each_reason_of_a_refusal_is_told_in_its_words() {
    for reason in Reason::ALL {
        let event = AuditEvent::refused(AT, request(), &AuthError::new(*reason));
        assert_eq!(words(&event), format!("Refused: {}", reason.text()));
    }
}

#[test]
fn each_change_of_a_key_is_told_with_the_name_of_whoever_made_it() {
    let limited = |limit| AuditEvent::KeyLimited { change: change(), limit };
    let leaked =
        |withdrawn| AuditEvent::KeyLeaked { change: change(), place: "a gist".to_owned(), withdrawn };
    let two = || Some(vec!["a".to_owned(), "b".to_owned()]);
    for (event, expected) in [
        (AuditEvent::KeyIssued(change()), "Key issued by grace"),
        (AuditEvent::KeyIssued(change().with_by(None)), "Key issued"),
        (AuditEvent::KeyRotated(change()), "Key given a new secret by grace"),
        (
            AuditEvent::KeyRevoked { change: change(), reason: "left the company".to_owned() },
            "Key revoked by grace: left the company",
        ),
        (AuditEvent::KeySwitched { change: change(), enabled: Enabled::No }, "Key switched off by grace"),
        (AuditEvent::KeySwitched { change: change(), enabled: Enabled::Yes }, "Key switched on by grace"),
        (limited(KeyLimit::EntryPoints(None)), "Key freed by grace: it may call every entry point"),
        (
            limited(KeyLimit::EntryPoints(Some(Vec::new()))),
            "Key limited by grace: it may call no entry point",
        ),
        (limited(KeyLimit::EntryPoints(two())), "Key limited by grace to entry points: a, b"),
        (limited(KeyLimit::Networks(None)), "Key freed by grace: it may be used from everywhere"),
        (limited(KeyLimit::Networks(two())), "Key limited by grace to networks: a, b"),
        (leaked(true), "Key found in a gist, reported by grace: it was withdrawn"),
        (leaked(false), "Key found in a gist, reported by grace: it was not good any more"),
    ] {
        assert_eq!(words(&event), expected);
    }
}

#[test]
fn an_edit_says_what_was_edited() {
    let edited = |edit| words(&AuditEvent::KeyEdited { change: change(), edit });
    assert_eq!(edited(KeyEdit::new()), "Key edited by grace: nothing");
    let mut edit = KeyEdit::new().label("shop");
    edit.note = Some("a long story".to_owned());
    edit.scopes = Some(Scopes::parse("orders:read orders:write").expect("scopes"));
    edit.not_before = Some(None);
    edit.expires_at = Some(Some(AT));
    edit.limits = Some("10/60".parse().expect("limits"));
    assert_eq!(
        edited(edit),
        "Key edited by grace: label “shop”, note, scopes orders:read orders:write, valid at once, \
         expires 2027-01-01T00:00:00Z, limits 10 in 60 seconds"
    );
    let mut edit = KeyEdit::new();
    (edit.scopes, edit.expires_at, edit.limits) =
        (Some(Scopes::default()), Some(None), Some(Limits::default()));
    assert_eq!(edited(edit), "Key edited by grace: no scopes, never expires, no limits");
}

#[test]
fn each_change_of_owners_and_of_the_rest_is_told() {
    let by = grace;
    let user = || OwnerRef::User("ada".into());
    let account = || OwnerRef::Account("acme".into());
    let limits = |text: &str| text.parse::<Limits>().expect("limits");
    let mut report = SyncReport::default();
    report.added = vec!["a".to_owned(), "b".to_owned()];
    report.gone = vec!["c".to_owned()];
    for (event, expected) in [
        (
            AuditEvent::OwnerAdded { at: AT, by: by(), owner: user(), account: Some("acme".into()) },
            "User ada added to the account acme by grace",
        ),
        (AuditEvent::OwnerAdded { at: AT, by: None, owner: account(), account: None }, "Account acme added"),
        (
            AuditEvent::SiteMoved {
                at: AT,
                by: by(),
                site: "s".into(),
                url: Some("https://s.example".into()),
            },
            "Site s moved to https://s.example by grace",
        ),
        (
            AuditEvent::SiteMoved { at: AT, by: by(), site: "s".into(), url: None },
            "URL of the site s removed by grace",
        ),
        (
            AuditEvent::EntryPointsSynced { at: AT, by: None, report },
            "List of entry points changed: 2 new, 0 changed, 1 gone",
        ),
        (
            AuditEvent::OwnerLimited { at: AT, by: by(), owner: account(), limits: limits("10/60 1/1") },
            "Account acme limited by grace to 10 in 60 seconds and 1 in 1 second",
        ),
        (
            AuditEvent::OwnerLimited { at: AT, by: by(), owner: account(), limits: Limits::default() },
            "Limits of the account acme removed by grace",
        ),
        (
            AuditEvent::OwnerSwitched { at: AT, by: by(), owner: user(), active: Enabled::No },
            "User ada switched off by grace",
        ),
        (
            AuditEvent::OwnerSwitched {
                at: AT,
                by: by(),
                owner: OwnerRef::Site("s".into()),
                active: Enabled::Yes,
            },
            "Site s switched on by grace",
        ),
    ] {
        assert_eq!(words(&event), expected);
    }
    for (change, what) in [
        (SecretChange::Set, "set"),
        (SecretChange::SwitchedOn, "switched on"),
        (SecretChange::SwitchedOff, "switched off"),
        (SecretChange::Removed, "removed"),
    ] {
        let event = AuditEvent::SecretChanged { at: AT, by: by(), name: "shop".into(), change };
        assert_eq!(words(&event), format!("Secret shop for another service {what} by grace"));
    }
}

#[test]
fn each_change_of_rights_is_told() {
    use RightsChange as R;
    let privilege = || Scope::new("orders:read").expect("a scope");
    for (change, expected) in [
        (R::GroupAdded("g".into()), "Group g added by grace"),
        (R::GroupRemoved("g".into()), "Group g removed by grace"),
        (R::RoleAdded("r".into()), "Role r added by grace"),
        (R::RoleRemoved("r".into()), "Role r removed by grace"),
        (R::PrivilegeAdded(privilege()), "Privilege orders:read added by grace"),
        (R::PrivilegeRemoved(privilege()), "Privilege orders:read removed by grace"),
        (R::UserAdded("ada".into(), "g".into()), "User ada put into the group g by grace"),
        (R::UserRemoved("ada".into(), "g".into()), "User ada taken out of the group g by grace"),
        (R::RoleGiven("r".into(), "g".into()), "Role r given to the group g by grace"),
        (R::RoleTaken("r".into(), "g".into()), "Role r taken from the group g by grace"),
        (R::PrivilegeGiven(privilege(), "r".into()), "Privilege orders:read given to the role r by grace"),
        (R::PrivilegeTaken(privilege(), "r".into()), "Privilege orders:read taken from the role r by grace"),
    ] {
        let event = AuditEvent::RightsChanged { at: AT, by: grace(), change };
        assert_eq!(words(&event), expected);
    }
}

#[test]
fn what_hides_in_a_text_of_a_stranger_is_visible() {
    let reason = "left\u{202e}\nthe company".to_owned();
    let event = AuditEvent::KeyRevoked { change: change(), reason };
    assert_eq!(words(&event), "Key revoked by grace: left\\u{202e}\\u{a}the company");
}
