//! Keys of several realms.

use std::sync::Arc;

use crate::store::{
    Enabled, KeyAdmin, KeyEdit, KeyHandle, KeyHasher, KeyRef, KeyState, KeyStore, KeySummary, Networks,
    NewKey,
};
use crate::{KeyBudget, KeyId, Limits, Realm, Scheme, Scopes, Secret, Timestamp};

use super::fixtures::*;

/// Everything that is known about a key, but for its principal.
type Known = (KeySummary, u64, KeyState, [Option<Timestamp>; 2], Networks, Option<Arc<[KeyBudget]>>, bool);

/// What a list and a look-up say of the key with the secret [`IMPORTED`].
async fn known<S: KeyAdmin>(store: &S, scheme: Scheme, key: &KeyRef) -> Known {
    let summary = store.find_key(key).await.expect("an answer").expect("a known key");
    let digests = [KeyHasher::sha256().digest(IMPORTED.as_bytes())];
    let handle = match scheme {
        Scheme::ApiKey => KeyHandle::Digests { realm: &key.realm, digests: &digests },
        _ => KeyHandle::Id { realm: &key.realm, scheme, id: key.id.as_str() },
    };
    let record = KeyStore::find(store, &handle).await.expect("an answer").expect("found");
    assert_eq!((record.realm(), record.id()), (&key.realm, &key.id));
    let ends = [record.not_before(), record.expires_at()];
    let signs = signs_with(&record, &Secret::from(IMPORTED), at(9));
    (
        summary,
        record.epoch(),
        record.state(),
        ends,
        record.networks().clone(),
        record.budgets().cloned(),
        signs,
    )
}

/// Whatever is done to a key, the one with the same id and secret in another realm stays as it is,
/// in lists and when it is found.
pub async fn a_change_of_a_key_leaves_the_same_id_of_another_realm_alone(store: &impl KeyAdmin) {
    for (scheme, key) in [(Scheme::ApiKey, api_key as fn() -> NewKey), (Scheme::XAuth, signing_key)] {
        let [here, there] = ["here", "there"]
            .map(|realm| KeyRef { realm: Realm::from(realm), id: KeyId::from(scheme.name()) });
        for place in [&here, &there] {
            let key = key().with_id(place.id.clone()).with_realm(place.realm.clone());
            keep(store, key.with_secret(Secret::from(IMPORTED)).with_label("old")).await;
        }
        let before = known(store, scheme, &there).await;
        let edit = KeyEdit::new()
            .label("new")
            .note("new")
            .scopes(Scopes::parse("a").expect("scopes"))
            .not_before(Some(at(1)))
            .expires_at(Some(at(500)))
            .limits(Limits::none().with(5, seconds(60)).expect("a limit"));
        let networks = Networks::any().with_allowed(["192.0.2.0/24"]).expect("a network");
        for step in 0..8 {
            match step {
                0 => store.edit(&here, edit.clone()).await.expect("edited"),
                1 => store.assign_networks(&here, networks.clone()).await.expect("assigned"),
                2 => store.set_enabled(&here, Enabled::No).await.expect("switched"),
                3 => store.set_enabled(&here, Enabled::Yes).await.expect("switched"),
                4 => store.record_uses(&[(here.clone(), at(7))]).await.expect("written"),
                5 => drop(store.rotate(&here, seconds(60), at(2)).await.expect("rotated")),
                // Drops the secret that both have.
                6 => drop(store.rotate(&here, seconds(0), at(3)).await.expect("rotated")),
                _ => store.revoke(&here, "lost", at(5)).await.expect("revoked"),
            }
            assert_eq!(known(store, scheme, &there).await, before, "{scheme:?}, step {step}");
        }
        let changed = store.find_key(&here).await.expect("an answer").expect("a known key");
        assert_eq!((changed.state, changed.label.as_str()), (KeyState::Revoked, "new"));
    }
}
