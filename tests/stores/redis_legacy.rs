//! What Redis promises about keys of other systems, besides the battery.

use portcullis::store::redis::RedisKeyStore;
use portcullis::store::{AdminError, LegacyKeyStore, MasterKey, StoreError};
use portcullis::{KeyAdmin, Secret};
use redis::AsyncCommands;

use crate::fixtures::*;
use crate::redis_backends::{keys, namespace, plain, server_in};
use crate::servers::redis_url;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_nodes_that_adopt_at_once_one_makes_the_change() {
    let name = namespace();
    let stores = [keys(&server_in(&name).await), keys(&server_in(&name).await)];
    adopt_at_once(stores, 10).await;
}

#[tokio::test]
async fn a_hash_is_nowhere_in_clear_and_gone_when_it_is_adopted_or_dropped() {
    let name = namespace();
    let store = keys(&server_in(&name).await);
    let mut connection = plain(&redis_url()).await;
    let (adopted, dropped) = (import(&store, IMPORTED).await, import(&store, "another text of a key").await);
    let hashes: Vec<String> = connection.keys(format!("{{{name}}}:legacy:*")).await.expect("names");
    assert_eq!(hashes.len(), 2);
    for key in [&adopted, &dropped] {
        let document = format!("{{{name}}}:key:7:default:{}:{}", key.id.as_str().len(), key.id);
        let document: String = connection.get(document).await.expect("the document");
        for text in [IMPORTED, "another text of a key"] {
            let hash = sha512(text).expose().trim_start_matches("sha512:").to_owned();
            assert!(!document.contains(&hash[..32]) && !hashes.iter().any(|name| name.contains(&hash[..32])));
        }
        assert!(document.contains("\"sealed\":\"") && !document.contains("sha512"));
    }
    store.adopt(&adopted, &sha512(IMPORTED), &Secret::from(IMPORTED)).await.expect("adopted");
    for now in [1, 2] {
        drop(store.rotate(&dropped, seconds(10), at(now)).await.expect("rotated"));
    }
    let hashes: Vec<String> = connection.keys(format!("{{{name}}}:legacy:*")).await.expect("names");
    assert_eq!(hashes, [""; 0]);
}

#[tokio::test]
async fn a_damaged_or_foreign_hash_is_an_error_and_never_absent() {
    let name = namespace();
    let store = keys(&server_in(&name).await);
    let mut connection = plain(&redis_url()).await;
    let (mine, theirs) = (import(&store, IMPORTED).await, import(&store, "another text of a key").await);
    let document = |id: &portcullis::KeyId| format!("{{{name}}}:key:7:default:{}:{id}", id.as_str().len());
    let whole: String = connection.get(document(&mine.id)).await.expect("the document");
    let other: String = connection.get(document(&theirs.id)).await.expect("the document");
    let sealed = |document: &str| {
        let (_, rest) = document.split_once("\"sealed\":\"").expect("a seal");
        rest.split_once('"').expect("its end").0.to_owned()
    };
    for damaged in [
        "not JSON".to_owned(),
        whole.replace(&sealed(&whole), &sealed(&other)),
        whole.replace(&format!("\"sealed\":\"{}\"", sealed(&whole)), "\"sealed\":null"),
        whole.replace("\"number\":1", "\"number\":2"),
        whole.replace("\"legacy\":\"", "\"legacy\":\"00"),
    ] {
        assert_ne!(damaged, whole);
        let () = connection.set(document(&mine.id), &damaged).await.expect("written");
        let found = legacy_key(&store, IMPORTED).await;
        assert!(matches!(found, Err(StoreError::Corrupt(_))), "{damaged}: {found:?}");
    }
    let () = connection.set(document(&mine.id), &whole).await.expect("written");
    let wrong: RedisKeyStore = RedisKeyStore::new(server_in(&name).await, MasterKey::new([9; 32]));
    assert!(matches!(legacy_key(&wrong, IMPORTED).await, Err(StoreError::Corrupt(_))));
    let adopted = wrong.adopt(&mine, &sha512(IMPORTED), &Secret::from(IMPORTED)).await;
    assert!(matches!(adopted, Err(AdminError::Store(StoreError::Corrupt(_)))), "{adopted:?}");
    let () = connection.del(document(&mine.id)).await.expect("deleted");
    assert!(matches!(legacy_key(&store, IMPORTED).await, Err(StoreError::Corrupt(_))));
}
