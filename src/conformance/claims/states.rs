//! Switching and withdrawing keys.

use crate::store::{AdminError, Enabled, IssuedKey, KeyAdmin, KeyEdit, KeyState, KeyStatus, NewKey};
use crate::{KeyId, Reason, Scheme, Timestamp};

use super::fixtures::*;

/// A key of each kind, each with two secrets that are in force until the second 1,000.
async fn rotated(store: &impl KeyAdmin, change: impl Fn(NewKey) -> NewKey) -> Vec<(Scheme, [IssuedKey; 2])> {
    let mut keys = Vec::new();
    for (scheme, old) in both_kinds(store, change).await {
        let new = store.rotate(&default_realm(&old.id), seconds(1_000), at(0)).await.expect("rotated");
        keys.push((scheme, [old, new]));
    }
    keys
}

/// Why each of the keys may not be used at a moment, with each of its secrets.
async fn refusals(
    store: &impl KeyAdmin,
    keys: &[(Scheme, [IssuedKey; 2])],
    now: Timestamp,
) -> Vec<Option<Reason>> {
    let mut reasons = Vec::new();
    for (scheme, secrets) in keys {
        for key in secrets {
            reasons.push(refusal(&*find_either(store, *scheme, key).await, now));
        }
    }
    reasons
}

/// A key of either kind that is switched off is found, and says so, with each of its secrets;
/// switched on, it works again.
pub async fn a_disabled_key_is_found_disabled_and_may_be_enabled_again(store: &impl KeyAdmin) {
    let keys = rotated(store, |key| key).await;
    for (enabled, reason) in [(Enabled::No, Some(Reason::KeyDisabled)), (Enabled::Yes, None)] {
        for (_, [key, _]) in &keys {
            store.set_enabled(&default_realm(&key.id), enabled).await.expect("switched");
        }
        assert_eq!(refusals(store, &keys, at(10)).await, [reason; 4]);
    }
}

/// A key of either kind works from its beginning on and until its end, with each of its secrets.
pub async fn a_key_works_between_its_beginning_and_its_end(store: &impl KeyAdmin) {
    let keys = rotated(store, |key| key.with_not_before(at(20)).with_expires_at(at(30))).await;
    for (now, reason) in
        [(19, Some(Reason::NotYetValid)), (20, None), (29, None), (30, Some(Reason::Expired))]
    {
        assert_eq!(refusals(store, &keys, at(now)).await, [reason; 4], "at {now}");
    }
}

/// Revocation is for ever: for either kind of key, with each of its secrets, through switches, and
/// when it is repeated.
pub async fn a_revoked_key_stays_revoked(store: &impl KeyAdmin) {
    let keys = rotated(store, |key| key).await;
    for (scheme, secrets) in &keys {
        let key = default_realm(&secrets[0].id);
        store.revoke(&key, "lost", at(5)).await.expect("revoked");
        store.revoke(&key, "lost", at(5)).await.expect("revoked again");
        for enabled in [Enabled::Yes, Enabled::No] {
            assert!(matches!(store.set_enabled(&key, enabled).await, Err(AdminError::Revoked)));
        }
        for secret in secrets {
            assert_eq!(find_either(store, *scheme, secret).await.state(), KeyState::Revoked);
        }
    }
    assert_eq!(refusals(store, &keys, at(10)).await, [Some(Reason::KeyRevoked); 4]);
}

/// Nobody who enables, edits or rotates a key at the moment of its revocation makes it work again:
/// each change comes before the revocation, or is refused.
pub async fn a_revocation_is_undone_by_nobody_who_changes_the_key_at_the_same_moment(store: &impl KeyAdmin) {
    for round in 0..4 {
        for (scheme, issued) in both_kinds(store, |key| key).await {
            let key = &default_realm(&issued.id);
            let changes = (0..12).map(|number| async move {
                match number {
                    5 => store.revoke(key, "lost", at(1)).await,
                    0..4 => store.set_enabled(key, Enabled::Yes).await,
                    4..8 => store.rotate(key, seconds(60), at(1)).await.map(drop),
                    8..10 => store.edit(key, KeyEdit::new().label("new")).await,
                    _ => store.edit(key, KeyEdit::new().note("seen")).await,
                }
            });
            for answer in at_once(changes).await {
                assert!(matches!(answer, Ok(()) | Err(AdminError::Revoked)), "{answer:?}");
            }
            let listed = store.find_key(key).await.expect("an answer").expect("the key");
            assert_eq!(listed.status_at(at(2)), KeyStatus::Revoked, "round {round}");
            if scheme != Scheme::ApiKey {
                let record = find_either(store, scheme, &issued).await;
                assert_eq!(refusal(&record, at(2)), Some(Reason::KeyRevoked), "round {round}");
            }
        }
    }
}

/// The id and the secret of a revoked key stay in use.
pub async fn a_revoked_keys_id_and_secret_are_not_given_again(store: &impl KeyAdmin) {
    let issued = issue(store, api_key()).await;
    store.revoke(&default_realm(&issued.id), "lost", at(5)).await.expect("revoked");
    for again in [api_key().with_id(issued.id.clone()), api_key().with_secret(issued.secret.as_ref().clone())]
    {
        assert!(matches!(store.issue(again, at(0)).await, Err(AdminError::Duplicate)));
    }
}

/// A key that is unknown is neither revoked nor switched.
pub async fn an_unknown_key_is_not_changed(store: &impl KeyAdmin) {
    let key = default_realm(&KeyId::from("absent"));
    assert!(matches!(store.revoke(&key, "lost", at(5)).await, Err(AdminError::UnknownKey)));
    assert!(matches!(store.set_enabled(&key, Enabled::Yes).await, Err(AdminError::UnknownKey)));
}

/// Rotation, switch and revocation each raise the epoch, the number by which whoever holds two
/// records of a key tells the newer one.
pub async fn every_change_raises_the_epoch(store: &impl KeyAdmin) {
    let issued = issue(store, signing_key()).await;
    let key = default_realm(&issued.id);
    let mut epochs = Vec::new();
    for change in 0..4 {
        match change {
            0 => {}
            1 => drop(store.rotate(&key, seconds(1), at(0)).await.expect("rotated")),
            2 => store.set_enabled(&key, Enabled::No).await.expect("switched"),
            _ => store.revoke(&key, "lost", at(5)).await.expect("revoked"),
        }
        epochs.push(find_id(store, Scheme::XAuth, issued.id.as_str()).await.expect("found").epoch());
    }
    assert!(epochs.is_sorted_by(|before, after| before < after), "{epochs:?}");
}
