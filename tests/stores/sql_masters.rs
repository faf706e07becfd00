//! What stores in SQL do under another master key than that of their secrets.

use portcullis::Scheme;
use portcullis::store::{AdminError, KeyAdmin, LegacyKeyStore, MasterKey, StoreError};

use crate::databases::Database;
use crate::fixtures::*;

/// Whether a change was refused because of the master key.
pub(crate) fn is_foreign<T>(answer: Result<T, AdminError>) -> bool {
    matches!(answer, Err(AdminError::Store(StoreError::Corrupt(entry))) if entry.what().contains("master key"))
}

pub(crate) async fn under_another_master_key_nothing_is_sealed_and_no_key_is_lost<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let issued = issue(&store, signing_key()).await;
    let key = default_realm(&issued.id);
    let wrong = place.connect(MasterKey::new([8; 32])).await;
    assert!(is_foreign(wrong.rotate(&key, seconds(3_600), at(1)).await));
    assert!(is_foreign(wrong.issue(signing_key(), at(1)).await));
    assert!(is_foreign(wrong.issue_all(vec![api_key(), signing_key()], at(1)).await));
    assert!(is_foreign(wrong.import_hash(api_key(), &sha512(IMPORTED), None, at(1)).await));
    assert_eq!(place.count("keys").await, 1, "nothing was kept");
    // API keys are not sealed.
    keep(&wrong, api_key()).await;

    let found = find_id(&store, Scheme::XAuth, issued.id.as_str()).await.expect("the key");
    assert!(signs_with(&found, &issued.secret, at(1)));
    let renewed = store.rotate(&key, seconds(3_600), at(1)).await.expect("rotated");
    let found = find_id(&store, Scheme::XAuth, issued.id.as_str()).await.expect("the key");
    assert!(signs_with(&found, &issued.secret, at(2)) && signs_with(&found, &renewed.secret, at(2)));
}

pub(crate) async fn a_secret_that_does_not_open_is_not_rotated<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let (signing, hashed) = (issue(&store, signing_key()).await.id, import(&store, IMPORTED).await);
    let wrong = place.connect(MasterKey::new([8; 32])).await;
    assert_eq!(place.run("DELETE FROM master_key").await.expect("deleted"), 1);
    assert!(is_foreign(wrong.rotate(&default_realm(&signing), seconds(60), at(1)).await));
    assert!(is_foreign(wrong.rotate(&hashed, seconds(60), at(1)).await));
    assert_eq!(place.count("key_secrets").await, 2);
}
