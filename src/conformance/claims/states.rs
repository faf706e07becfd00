//! Switching and withdrawing keys.

use crate::store::{AdminError, Enabled, KeyAdmin, KeyState};
use crate::{KeyId, Reason, Scheme};

use super::fixtures::*;

/// A key that is switched off is found, and says so; switched on, it works again.
pub async fn a_disabled_key_is_found_disabled_and_may_be_enabled_again(store: &impl KeyAdmin) {
    let issued = issue(store, signing_key()).await;
    let key = default_realm(&issued.id);
    for (enabled, reason) in [(Enabled::No, Some(Reason::KeyDisabled)), (Enabled::Yes, None)] {
        store.set_enabled(&key, enabled).await.expect("switched");
        let found = find_id(store, Scheme::XAuth, issued.id.as_str()).await.expect("found");
        assert_eq!(refusal(&found, at(0)), reason);
    }
}

/// Revocation is for ever: with every secret, through switches, and when it is repeated.
pub async fn a_revoked_key_stays_revoked(store: &impl KeyAdmin) {
    let issued = issue(store, api_key()).await;
    let key = default_realm(&issued.id);
    drop(store.rotate(&key, seconds(60), at(0)).await.expect("rotated"));
    store.revoke(&key, "lost", at(5)).await.expect("revoked");
    store.revoke(&key, "lost", at(5)).await.expect("revoked again");
    for enabled in [Enabled::Yes, Enabled::No] {
        assert!(matches!(store.set_enabled(&key, enabled).await, Err(AdminError::Revoked)));
    }
    let found = find_key(store, &issued.secret).await.expect("found");
    assert_eq!((found.state(), refusal(&found, at(0))), (KeyState::Revoked, Some(Reason::KeyRevoked)));
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

/// Rotation, switch and revocation each raise the epoch, by which caches tell records apart.
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
