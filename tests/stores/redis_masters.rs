//! What a store in Redis does under another master key than that of its secrets.

use portcullis::Scheme;
use portcullis::store::redis::RedisKeyStore;
use portcullis::store::{KeyAdmin, LegacyKeyStore, MasterKey};
use redis::AsyncCommands;

use crate::fixtures::*;
use crate::redis_backends::{keys, namespace, plain, server_in};
use crate::servers::redis_url;
use crate::sql_masters::is_foreign;

#[tokio::test]
async fn under_another_master_key_nothing_is_sealed_and_no_key_is_lost() {
    let name = namespace();
    let store = keys(&server_in(&name).await);
    let issued = issue(&store, signing_key()).await;
    let hashed = import(&store, IMPORTED).await;
    let key = default_realm(&issued.id);
    let wrong: RedisKeyStore = RedisKeyStore::new(server_in(&name).await, MasterKey::new([8; 32]));
    assert!(is_foreign(wrong.rotate(&key, seconds(3_600), at(1)).await));
    assert!(is_foreign(wrong.issue(signing_key(), at(1)).await));
    assert!(is_foreign(wrong.issue_all(vec![api_key(), signing_key()], at(1)).await));
    assert!(is_foreign(wrong.import_hash(api_key(), &sha512("another"), None, at(1)).await));
    // API keys are not sealed.
    keep(&wrong, api_key()).await;

    // Without the proof, the secrets themselves tell.
    let mut connection = plain(&redis_url()).await;
    let deleted: u32 = connection.del(format!("{{{name}}}:master-key")).await.expect("deleted");
    assert_eq!(deleted, 1);
    assert!(is_foreign(wrong.rotate(&key, seconds(3_600), at(1)).await));
    assert!(is_foreign(wrong.rotate(&hashed, seconds(3_600), at(1)).await));

    let renewed = store.rotate(&key, seconds(3_600), at(1)).await.expect("rotated");
    let found = find_id(&store, Scheme::XAuth, issued.id.as_str()).await.expect("the key");
    assert!(signs_with(&found, &issued.secret, at(2)) && signs_with(&found, &renewed.secret, at(2)));
}
