//! Editing keys, and what is written down about them.

use crate::store::{AdminError, KeyAdmin, KeyEdit, KeyQuery, KeyRef, KeySummary, Networks, StoredPrincipal};
use crate::{KeyId, Limits, Realm, Reason, Scopes};

use super::fixtures::*;

async fn known(store: &impl KeyAdmin, key: &KeyRef) -> KeySummary {
    store.find_key(key).await.expect("an answer").expect("a known key")
}

async fn issued(store: &impl KeyAdmin, id: &str) -> KeyRef {
    default_realm(&issue(store, api_key().with_id(id).with_label("old").with_note("first")).await.id)
}

/// What an edit names is changed, and all else stays; one that names nothing changes nothing.
pub async fn an_edit_changes_what_it_names_and_nothing_else(store: &impl KeyAdmin) {
    let key = issued(store, "k").await;
    let before = known(store, &key).await;
    assert_eq!((before.label.as_str(), before.note.as_str()), ("old", "first"));
    store.edit(&key, KeyEdit::new()).await.expect("edited");
    assert_eq!(known(store, &key).await, before);

    store.edit(&key, KeyEdit::new().label("é new")).await.expect("edited");
    let expected = KeySummary { label: "é new".to_owned(), ..before };
    assert_eq!(known(store, &key).await, expected);

    let limits = Limits::none().with(5, seconds(60)).expect("a limit");
    let edit = KeyEdit::new()
        .note("line\n\tand line")
        .scopes(Scopes::parse("a b").expect("scopes"))
        .not_before(Some(at(10)))
        .expires_at(Some(at(20)))
        .limits(limits.clone());
    store.edit(&key, edit).await.expect("edited");
    let edited = known(store, &key).await;
    assert_eq!(edited.note, "line\n\tand line");
    assert_eq!(edited.scopes.to_string(), "a b");
    assert_eq!((edited.not_before, edited.expires_at), (Some(at(10)), Some(at(20))));
    assert_eq!((edited.limits, edited.label), (limits, "é new".to_owned()));

    let free = KeyEdit::new().not_before(None).expires_at(None).limits(Limits::none());
    store.edit(&key, free).await.expect("edited");
    let freed = known(store, &key).await;
    assert_eq!((freed.not_before, freed.expires_at, freed.limits), (None, None, Limits::none()));
}

/// Scopes, beginning, end and limits that are edited hold for the next look-up of a key of either
/// kind, and each edit raises the epoch.
pub async fn what_is_edited_holds_for_the_next_request(store: &impl KeyAdmin<Principal = StoredPrincipal>) {
    for (scheme, key) in both_kinds(store, |key| key).await {
        let name = default_realm(&key.id);
        let mut epoch = find_either(store, scheme, &key).await.epoch();
        let mut edited = async |edit: KeyEdit| {
            store.edit(&name, edit).await.expect("edited");
            let record = find_either(store, scheme, &key).await;
            assert!(record.epoch() > epoch, "{scheme:?}");
            epoch = record.epoch();
            record
        };
        let record = edited(KeyEdit::new().expires_at(Some(at(50)))).await;
        assert_eq!([refusal(&record, at(49)), refusal(&record, at(50))], [None, Some(Reason::Expired)]);
        let record = edited(KeyEdit::new().not_before(Some(at(30)))).await;
        assert_eq!([refusal(&record, at(29)), refusal(&record, at(30))], [Some(Reason::NotYetValid), None]);
        for words in ["a b", "b", ""] {
            let scopes = Scopes::parse(words).expect("scopes");
            let record = edited(KeyEdit::new().scopes(scopes.clone())).await;
            assert_eq!(record.principal().scopes(), &scopes, "{scheme:?}");
        }
        let limits = Limits::none().with(5, seconds(60)).expect("a limit");
        for (limits, expected) in [(limits, vec![5]), (Limits::none(), vec![])] {
            let record = edited(KeyEdit::new().limits(limits)).await;
            let budgets = record.budgets().into_iter().flat_map(|budgets| budgets.iter());
            let counts: Vec<_> = budgets.map(|budget| budget.limit.count()).collect();
            assert_eq!(counts, expected, "{scheme:?}");
        }
    }
}

/// A label, a note or a validity of a wrong form is refused, with all else that the edit names.
pub async fn an_edit_that_cannot_be_changes_nothing(store: &impl KeyAdmin) {
    let key = issued(store, "k").await;
    let before = known(store, &key).await;
    let fine = || KeyEdit::new().label("fine").note("fine");
    for bad in [
        fine().label("a\nb"),
        fine().label("l".repeat(256)),
        fine().note("a\u{7}b"),
        fine().note("n".repeat(4_001)),
        fine().not_before(Some(at(9))).expires_at(Some(at(9))),
    ] {
        let answer = store.edit(&key, bad.clone()).await;
        assert!(matches!(answer, Err(AdminError::Invalid(_))), "{bad:?}: {answer:?}");
    }
    assert_eq!(known(store, &key).await, before);
    let unknown = default_realm(&KeyId::from("unknown"));
    assert!(matches!(store.edit(&unknown, fine()).await, Err(AdminError::UnknownKey)));
}

/// After a key was withdrawn, its note alone may be edited.
pub async fn a_revoked_key_takes_a_note_and_nothing_else(store: &impl KeyAdmin) {
    let key = issued(store, "k").await;
    store.revoke(&key, "lost", at(5)).await.expect("revoked");
    let more = KeyEdit::new().note("found in a public place").label("new");
    assert!(matches!(store.edit(&key, more).await, Err(AdminError::Revoked)));
    store.edit(&key, KeyEdit::new().note("found in a public place")).await.expect("noted");
    let noted = known(store, &key).await;
    assert_eq!((noted.note.as_str(), noted.label.as_str()), ("found in a public place", "old"));
}

/// Who revokes again changes neither moment nor reason; a reason of a wrong form revokes nothing.
pub async fn the_first_reason_of_a_revocation_stands(store: &impl KeyAdmin) {
    let key = issued(store, "k").await;
    for bad in ["r".repeat(256), "a\nb".to_owned()] {
        assert!(matches!(store.revoke(&key, &bad, at(1)).await, Err(AdminError::Invalid(_))));
    }
    assert_eq!(known(store, &key).await.revoked, None);
    store.revoke(&key, "lost", at(5)).await.expect("revoked");
    store.revoke(&key, "tidying up", at(9)).await.expect("revoked again");
    let revoked = known(store, &key).await.revoked.expect("revoked");
    assert_eq!((revoked.at, revoked.reason.as_str()), (at(5), "lost"));
}

/// Of the uses that are written down the latest stands, whatever the order; it is no change of
/// the key, and a key that is not known is passed over.
pub async fn the_last_use_only_moves_forward_and_raises_no_epoch(store: &impl KeyAdmin) {
    let key = issue(store, api_key()).await;
    let name = default_realm(&key.id);
    let epoch = find_key(store, &key.secret).await.expect("the key").epoch();
    assert_eq!(known(store, &name).await.last_used, None);
    let unknown = default_realm(&KeyId::from("unknown"));
    for (uses, expected) in [(vec![7], 7), (vec![3], 7), (vec![8, 12, 10], 12), (vec![], 12)] {
        let uses = uses.into_iter().map(|second| (name.clone(), at(second)));
        let uses: Vec<_> = uses.chain([(unknown.clone(), at(1))]).collect();
        store.record_uses(&uses).await.expect("written");
        assert_eq!(known(store, &name).await.last_used, Some(at(expected)));
    }
    assert_eq!(find_key(store, &key.secret).await.expect("the key").epoch(), epoch);
}

/// A list says when the newest secret was made, and until when the one before works.
pub async fn a_list_tells_when_a_key_was_renewed(store: &impl KeyAdmin) {
    let key = issued(store, "k").await;
    let fresh = known(store, &key).await;
    assert_eq!((fresh.created_at, fresh.renewed_at, fresh.previous_until), (at(0), at(0), None));
    drop(store.rotate(&key, seconds(30), at(10)).await.expect("rotated"));
    let rotated = known(store, &key).await;
    assert_eq!(
        (rotated.created_at, rotated.renewed_at, rotated.previous_until),
        (at(0), at(10), Some(at(40)))
    );
}

/// A key is found by its name as a list has it, and an unknown one is none.
pub async fn a_key_is_found_by_its_name(store: &impl KeyAdmin) {
    let key = issued(store, "k").await;
    let listed = store.list(&KeyQuery::new(Realm::default()), at(0)).await.expect("a list");
    assert_eq!(listed, [known(store, &key).await]);
    for other in [("default", "K"), ("default", "k "), ("other", "k"), ("default", "")] {
        let other = KeyRef { realm: Realm::from(other.0), id: KeyId::from(other.1) };
        assert_eq!(store.find_key(&other).await.expect("an answer"), None);
    }
}

/// Networks hold from the issue of a key, and at the next look-up when they are assigned; they are
/// listed.
pub async fn networks_hold_when_issued_and_at_once_when_assigned(store: &impl KeyAdmin) {
    let office = Networks::any().with_allowed(["192.0.2.0/24", "2001:db8::/32"]).expect("networks");
    let office = office.with_denied(["192.0.2.13"]).expect("a network");
    let keys = both_kinds(store, |key| key.with_networks(office.clone())).await;
    let elsewhere = Networks::any().with_allowed(["::ffff:198.51.100.0/120"]).expect("a network");
    let addresses = ["192.0.2.7", "::ffff:192.0.2.7", "192.0.2.13", "2001:db8::1", "198.51.100.1", "unknown"];
    for (networks, allowed) in [
        (office, [true, true, false, true, false, false]),
        (elsewhere, [false, false, false, false, true, false]),
        (Networks::any(), [true; 6]),
    ] {
        for (_, key) in &keys {
            store.assign_networks(&default_realm(&key.id), networks.clone()).await.expect("assigned");
        }
        for record in found(store, &keys).await {
            let reasons = addresses.map(|address| refused(&record, "a", address));
            let expected = allowed.map(|allowed| (!allowed).then_some(Reason::AddressNotAllowed));
            assert_eq!((reasons, record.networks()), (expected, &networks));
        }
        let listed =
            store.list(&KeyQuery::new(Realm::default()).with_limit(10), at(0)).await.expect("a list");
        assert!(listed.len() == 2 && listed.iter().all(|line| line.networks == networks));
    }
}

/// Networks hold for both secrets of a rotated key; one that is revoked or unknown is given none,
/// and its epoch stays.
pub async fn networks_hold_for_both_secrets_and_are_not_given_to_a_revoked_key(store: &impl KeyAdmin) {
    let office = Networks::any().with_allowed(["192.0.2.0/24"]).expect("a network");
    let old = issue(store, api_key().with_networks(office.clone())).await;
    let key = default_realm(&old.id);
    let new = store.rotate(&key, seconds(60), at(0)).await.expect("rotated");
    for networks in [&office, &Networks::any(), &office] {
        store.assign_networks(&key, networks.clone()).await.expect("assigned");
        for secret in [&old.secret, &new.secret] {
            assert_eq!(find_key(store, secret).await.expect("found").networks(), networks);
        }
    }
    store.revoke(&key, "lost", at(5)).await.expect("revoked");
    let before = find_key(store, &old.secret).await.expect("found").epoch();
    assert!(matches!(store.assign_networks(&key, Networks::any()).await, Err(AdminError::Revoked)));
    let record = find_key(store, &old.secret).await.expect("found");
    assert_eq!((record.networks(), record.epoch()), (&office, before));
    let unknown = default_realm(&KeyId::from("absent"));
    let answer = store.assign_networks(&unknown, Networks::any()).await;
    assert!(matches!(answer, Err(AdminError::UnknownKey)), "{answer:?}");
}
