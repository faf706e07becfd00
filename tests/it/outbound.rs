//! Secrets of other services in stores, and on their way into requests.

use std::path::Path;

use http::Request;
use portcullis::audit::{AuditEvent, AuditTrail};
use portcullis::outbound::{
    Origin, OutboundError, OutboundHeader, OutboundSecret, OutboundSecretStore, OutboundSecrets, SecretName,
};
use portcullis::sign::{RequestSigner, SignError};
use portcullis::store::memory::MemoryKeyRings;
use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::store::{Enabled, KeyRingStore, MasterKey, StoreError};
use portcullis::tower::sign::SignLayer;
use portcullis::{Secret, Timestamp};
use tempfile::TempDir;
use tower::{Layer, ServiceExt};

use crate::sign_layer::{Server, get, status};

const VALUE: &str = "h0Vc2mQx.T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";

fn name(text: &str) -> SecretName {
    text.parse().expect("a name")
}

fn secret(name: &SecretName, value: &str) -> OutboundSecret {
    OutboundSecret::new(name.clone(), value.into()).expect("a secret")
}

const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

async fn sqlite(path: &Path, master: u8) -> OutboundSecretStore<SqliteKeyStore> {
    let store = SqliteKeyStore::connect(path, MasterKey::new([master; 32])).await.expect("a file");
    store.migrate().await.expect("the schema");
    OutboundSecretStore::new(store)
}

/// What a store of any kind does.
async fn keeps_secrets<S: KeyRingStore>(store: OutboundSecretStore<S>) {
    let (a, b) = (name("A"), name("_datasource.MyAPIKey"));
    assert!(store.list().await.expect("a list").is_empty());
    assert!(!store.switch(&a, Enabled::No, at(1)).await.expect("an answer"));
    assert!(!store.remove(&a, at(8)).await.expect("an answer"));
    store.put(&secret(&b, VALUE), at(2)).await.expect("kept");
    store.put(&secret(&a, "one"), at(3)).await.expect("kept");

    let list = store.list().await.expect("a list");
    let list: Vec<_> = list.iter().map(|one| (one.name.as_str(), one.enabled, one.updated_at)).collect();
    let expected = [("A", Enabled::Yes, Some(at(3))), ("_datasource.MyAPIKey", Enabled::Yes, Some(at(2)))];
    assert_eq!(list, expected);

    let secrets = OutboundSecrets::new();
    secrets.reload(&store).await.expect("loaded");
    assert!(secrets.find("_datasource.MyAPIKey").is_ok_and(|value| value.matches(VALUE.as_bytes())));

    // A new value does not switch on what was switched off.
    assert!(store.switch(&a, Enabled::No, at(4)).await.expect("an answer"));
    store.put(&secret(&a, "two"), at(5)).await.expect("kept");
    assert!(secrets.find("A").is_ok_and(|value| value.matches(b"one")), "until it is loaded again");
    secrets.reload(&store).await.expect("loaded");
    assert_eq!(secrets.find("A").err(), Some(OutboundError::Disabled(a.clone())));
    assert!(store.switch(&a, Enabled::Yes, at(6)).await.expect("an answer"));
    secrets.reload(&store).await.expect("loaded");
    assert!(secrets.find("A").is_ok_and(|value| value.matches(b"two")));

    assert!(store.remove(&a, at(8)).await.expect("an answer"));
    secrets.reload(&store).await.expect("loaded");
    assert_eq!(secrets.find("A").err(), Some(OutboundError::Missing(a.clone())));

    // One that is new comes as it is.
    store.put(&secret(&a, "three").with_enabled(Enabled::No), at(7)).await.expect("kept");
    let list = store.list().await.expect("a list");
    let list: Vec<_> = list.iter().map(|one| (one.name.as_str(), one.enabled)).collect();
    assert_eq!(list, [("A", Enabled::No), ("_datasource.MyAPIKey", Enabled::Yes)]);
}

#[tokio::test]
async fn secrets_are_kept_in_memory_and_in_a_file_alike() {
    keeps_secrets(OutboundSecretStore::new(MemoryKeyRings::new())).await;
    let folder = TempDir::new().expect("a folder");
    keeps_secrets(sqlite(&folder.path().join("keys.db"), 1).await).await;
}

#[tokio::test]
async fn in_the_file_they_are_sealed_with_their_names() {
    let folder = TempDir::new().expect("a folder");
    let store = sqlite(&folder.path().join("keys.db"), 1).await;
    store.put(&secret(&name("WISPHUB_NET_KEY"), VALUE), at(1)).await.expect("kept");
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        let bytes = std::fs::read(entry.expect("a file").path()).expect("read");
        for clear in [VALUE, "WISPHUB_NET_KEY"] {
            assert!(!bytes.windows(clear.len()).any(|window| window == clear.as_bytes()), "{clear}");
        }
    }
    let other = sqlite(&folder.path().join("keys.db"), 2).await;
    assert!(matches!(other.load().await, Err(StoreError::Corrupt(_))));
    let secrets = OutboundSecrets::new();
    secrets.put(OutboundSecret::new(name("A"), "one".into()).expect("a secret"));
    assert!(secrets.reload(&other).await.is_err() && secrets.find("A").is_ok(), "as it was");
    assert!(other.put(&secret(&name("A"), "one"), at(2)).await.is_err());
    assert_eq!(store.list().await.expect("a list").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_changes_at_once_none_is_lost() {
    let folder = TempDir::new().expect("a folder");
    let store = sqlite(&folder.path().join("keys.db"), 1).await;
    let writers: Vec<_> = (0..8)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.put(&secret(&name(&format!("K{n}")), VALUE), at(n)).await })
        })
        .collect();
    for writer in writers {
        writer.await.expect("no panic").expect("kept");
    }
    assert_eq!(store.list().await.expect("a list").len(), 8);
}

#[tokio::test]
async fn every_change_is_recorded_without_its_value_and_what_changes_nothing_is_not() {
    let trail = AuditTrail::new();
    let store = OutboundSecretStore::new(MemoryKeyRings::new()).with_audit(trail.clone()).acting_as("ada");
    let a = name("A");
    assert!(!store.remove(&a, at(1)).await.expect("an answer"));
    assert!(!store.switch(&a, Enabled::No, at(1)).await.expect("an answer"));
    store.put(&secret(&a, VALUE), at(2)).await.expect("kept");
    assert!(store.switch(&a, Enabled::No, at(3)).await.expect("an answer"));
    assert!(store.switch(&a, Enabled::Yes, at(4)).await.expect("an answer"));
    assert!(store.remove(&a, at(5)).await.expect("an answer"));
    assert!(!format!("{:?}", trail.events()).contains(VALUE));
    let lines: Vec<_> = trail.events().iter().map(AuditEvent::to_json).collect();
    for (line, (second, change)) in
        lines.iter().zip((2..).zip(["set", "switched-off", "switched-on", "removed"]))
    {
        let expected = format!(
            r#"{{"time":"1970-01-01T00:00:0{second}.000000Z","event":"secret-changed","name":"A","by":"ada","change":"{change}"}}"#
        );
        assert_eq!(line, &expected);
    }
    assert_eq!(lines.len(), 4);
}

#[tokio::test]
async fn a_name_with_two_sources_is_sent_from_neither() {
    let store = OutboundSecretStore::new(MemoryKeyRings::new());
    store.put(&secret(&name("A"), "of the store"), at(1)).await.expect("kept");
    let secrets = OutboundSecrets::new();
    secrets.put(OutboundSecret::new(name("A"), "of the environment".into()).expect("a secret"));
    secrets.reload(&store).await.expect("loaded");
    assert_eq!(secrets.find("A").err(), Some(OutboundError::Twice(name("A"))));
    assert!(secrets.remove("A"));
    assert!(secrets.find("A").is_ok_and(|value| value.matches(b"of the store")));
}

#[tokio::test]
async fn a_secret_that_is_switched_off_in_the_store_is_an_error_before_anything_is_sent() {
    let store = OutboundSecretStore::new(MemoryKeyRings::new());
    store.put(&secret(&name("A"), VALUE), at(1)).await.expect("kept");
    let (secrets, origin) =
        (OutboundSecrets::new(), "https://api.example".parse::<Origin>().expect("an origin"));
    let header = OutboundHeader::authorization(secrets.clone(), origin, "${A}").expect("a header");
    let sign = || {
        let (mut head, ()) = Request::get("https://api.example/a").body(()).expect("a request").into_parts();
        header.sign_request(&mut head, b"", at(1)).map(|()| head)
    };
    assert!(matches!(sign(), Err(SignError::Other(_))));
    secrets.reload(&store).await.expect("loaded");
    assert_eq!(sign().expect("signed").headers["authorization"], VALUE);
    store.switch(&name("A"), Enabled::No, at(2)).await.expect("an answer");
    secrets.reload(&store).await.expect("loaded");
    let error = sign().expect_err("switched off");
    assert!(!format!("{error:?} {error}").contains(VALUE));
}

#[test]
fn a_value_never_prints() {
    let secret = OutboundSecret::new(name("A"), Secret::from(VALUE)).expect("a secret");
    let secrets = OutboundSecrets::new();
    secrets.put(secret.clone());
    let origin = "https://api.example".parse().expect("an origin");
    let header = OutboundHeader::authorization(secrets.clone(), origin, "Api-Key ${A}").expect("a header");
    let printed = format!("{secret:?} {secrets:?} {header:?} {:?} {:?}", secret.summary(), secrets.list());
    assert!(!printed.contains(VALUE) && printed.contains("\"A\""), "{printed}");
}

#[tokio::test]
async fn the_client_layer_carries_a_secret_to_its_origin_and_sends_nothing_without_it() {
    let server = Server::new(|_| status(200));
    let secrets = OutboundSecrets::new();
    secrets.put(OutboundSecret::new(name("A"), VALUE.into()).expect("a secret"));
    let origin = "https://api.example".parse().expect("an origin");
    let header = OutboundHeader::authorization(secrets.clone(), origin, "Api-Key ${A}").expect("a header");
    // The layer would sign for two origins; the secret is for one of them.
    let layer = SignLayer::for_origin("https://api.example", header).expect("an origin");
    let client = layer.add_origin("https://other.example").expect("an origin").layer(server.clone());
    assert!(client.clone().oneshot(get("https://api.example/a")).await.is_ok());
    assert!(client.clone().oneshot(get("https://other.example/a")).await.is_err());
    secrets.switch("A", Enabled::No);
    assert!(client.oneshot(get("https://api.example/b")).await.is_err());
    let [sent] = &server.heads()[..] else { panic!("one request") };
    assert_eq!(sent.headers["authorization"], format!("Api-Key {VALUE}"));
    assert!(!format!("{:?}", sent.headers).contains(VALUE));
}
