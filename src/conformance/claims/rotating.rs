//! Rotating keys.

use crate::store::{AdminError, IssuedKey, KeyAdmin, KeyEdit, KeyFormat, KeyRef};
use crate::{KeyId, Realm, Reason, Scheme, Scopes, Secret};

use super::fixtures::*;

async fn rotate(store: &impl KeyAdmin, id: &KeyId, overlap: u64, now: i64) -> IssuedKey {
    store.rotate(&default_realm(id), seconds(overlap), at(now)).await.expect("rotated")
}

/// The last whole second in which an API key works, if there is one.
async fn last_second(store: &impl KeyAdmin, key: &impl AsRef<Secret>) -> Option<i64> {
    let found = find_key(store, key).await?;
    (0..1000).rev().find(|now| refusal(&found, at(*now)).is_none())
}

/// A rotated API key has the same id and prefix and a new secret; the old one works until the
/// overlap is over, and is then found, expired.
pub async fn a_rotated_api_key_keeps_id_and_prefix_and_both_secrets_work_for_the_overlap(
    store: &impl KeyAdmin,
) {
    let old = issue(store, api_key().with_prefix("igny8_")).await;
    let new = rotate(store, &old.id, 60, 100).await;
    assert_eq!(new.id, old.id);
    assert!(new.secret.expose().starts_with(b"igny8_") && !new.secret.matches(old.secret.expose()));
    assert_eq!(last_second(store, &old.secret).await, Some(159));
    assert_eq!(last_second(store, &new.secret).await, Some(999));
    let expired = find_key(store, &old.secret).await.expect("found");
    assert_eq!((expired.id(), refusal(&expired, at(160))), (&old.id, Some(Reason::Expired)));
}

/// A key that was issued with a format has a secret of that format after each rotation, and after
/// an edit in between.
pub async fn a_rotated_key_keeps_its_format(store: &impl KeyAdmin) {
    let checked = KeyFormat::checked("acme", "live").expect("a format");
    let plain = KeyFormat::plain("acme-", 25).expect("a format");
    for format in [checked, plain] {
        let first = issue(store, api_key().with_format(format.clone())).await;
        let second = rotate(store, &first.id, 60, 100).await;
        store.edit(&default_realm(&first.id), KeyEdit::new().label("new")).await.expect("edited");
        let third = rotate(store, &first.id, 60, 200).await;
        for issued in [first, second, third] {
            let text = issued.secret.expose_text().expect("text");
            assert!(format.check(text), "{format}");
        }
    }
}

/// A rotated signing key signs with both secrets until the overlap is over, then with the new one.
pub async fn a_rotated_signing_key_signs_with_both_secrets_for_the_overlap(store: &impl KeyAdmin) {
    let old = issue(store, signing_key()).await;
    let new = rotate(store, &old.id, 60, 100).await;
    let found = find_id(store, Scheme::XAuth, old.id.as_str()).await.expect("found");
    assert!(signs_with(&found, &old.secret, at(159)) && signs_with(&found, &new.secret, at(159)));
    assert!(!signs_with(&found, &old.secret, at(160)) && signs_with(&found, &new.secret, at(160)));
}

/// However long the overlap, the old secret ends when it would have ended without it.
pub async fn rotation_never_lengthens_the_old_secrets_life(store: &impl KeyAdmin) {
    let old = issue(store, api_key().with_expires_at(at(300))).await;
    drop(rotate(store, &old.id, 10_000, 100).await);
    assert_eq!(last_second(store, &old.secret).await, Some(299));

    let first = issue(store, signing_key().with_expires_at(at(300))).await;
    drop(rotate(store, &first.id, 10_000, 400).await);
    let found = find_id(store, Scheme::XAuth, first.id.as_str()).await.expect("found");
    assert!(signs_with(&found, &first.secret, at(299)) && !signs_with(&found, &first.secret, at(300)));
}

/// The new secret ends when the key does.
pub async fn rotation_does_not_outlive_the_key(store: &impl KeyAdmin) {
    let old = issue(store, api_key().with_expires_at(at(300))).await;
    let new = rotate(store, &old.id, 10, 100).await;
    assert_eq!(last_second(store, &new.secret).await, Some(299));
}

/// There are never more than two secrets: a second rotation drops the first, however long its
/// overlap was to be.
pub async fn a_second_rotation_drops_the_oldest_secret(store: &impl KeyAdmin) {
    let first = issue(store, api_key()).await;
    let second = rotate(store, &first.id, 500, 100).await;
    let third = rotate(store, &first.id, 500, 101).await;
    assert!(find_key(store, &first.secret).await.is_none());
    assert_eq!(last_second(store, &second.secret).await, Some(600));
    assert_eq!(last_second(store, &third.secret).await, Some(999));

    let first = issue(store, signing_key()).await;
    let second = rotate(store, &first.id, 500, 100).await;
    let third = rotate(store, &first.id, 500, 101).await;
    let found = find_id(store, Scheme::XAuth, first.id.as_str()).await.expect("found");
    let signs = [&first, &second, &third].map(|issued| signs_with(&found, &issued.secret, at(200)));
    assert_eq!(signs, [false, true, true]);
}

/// With an overlap of nothing the old secret does not work in the second of the rotation.
pub async fn without_overlap_the_old_secret_ends_at_once(store: &impl KeyAdmin) {
    let old = issue(store, api_key()).await;
    drop(rotate(store, &old.id, 0, 100).await);
    assert_eq!(last_second(store, &old.secret).await, Some(99));
}

/// A key that is unknown, unknown in this realm, or revoked is not rotated.
pub async fn a_revoked_or_unknown_key_is_not_rotated(store: &impl KeyAdmin) {
    let issued = issue(store, api_key()).await;
    let (key, absent) = (default_realm(&issued.id), default_realm(&KeyId::from("absent")));
    let elsewhere = KeyRef { realm: Realm::from("elsewhere"), id: issued.id.clone() };
    for unknown in [absent, elsewhere] {
        assert!(matches!(store.rotate(&unknown, seconds(1), at(0)).await, Err(AdminError::UnknownKey)));
    }
    store.revoke(&key, "lost", at(5)).await.expect("revoked");
    assert!(matches!(store.rotate(&key, seconds(1), at(0)).await, Err(AdminError::Revoked)));
}

/// A rotation changes neither the end of a key nor its scopes: to lengthen its life is an edit,
/// which says so.
pub async fn a_rotation_keeps_end_and_scopes_which_only_an_edit_changes(store: &impl KeyAdmin) {
    let scopes = Scopes::parse("read").expect("scopes");
    let issued = issue(store, api_key().with_scopes(scopes.clone()).with_expires_at(at(500))).await;
    let key = default_realm(&issued.id);
    let kept = async || {
        let held = store.find_key(&key).await.expect("an answer").expect("the key");
        (held.expires_at, held.scopes)
    };
    let second = rotate(store, &issued.id, u64::MAX, 100).await;
    assert_eq!(kept().await, (Some(at(500)), scopes.clone()));
    for secret in [&issued.secret, &second.secret] {
        let record = find_key(store, secret).await.expect("found");
        assert_eq!([499, 500].map(|now| refusal(&record, at(now))), [None, Some(Reason::Expired)]);
    }
    // An expired key may be rotated, and stays expired.
    let third = rotate(store, &issued.id, 1_000, 600).await;
    let record = find_key(store, &third.secret).await.expect("found");
    assert_eq!(
        (refusal(&record, at(600)), kept().await),
        (Some(Reason::Expired), (Some(at(500)), scopes.clone()))
    );

    store.edit(&key, KeyEdit::new().expires_at(Some(at(900)))).await.expect("edited");
    assert_eq!(kept().await, (Some(at(900)), scopes));
    let record = find_key(store, &third.secret).await.expect("found");
    assert_eq!([899, 900].map(|now| refusal(&record, at(now))), [None, Some(Reason::Expired)]);
}
