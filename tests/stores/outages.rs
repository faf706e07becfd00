//! A PostgreSQL that is killed, stopped and started while it is used.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use portcullis::store::postgres::PostgresKeyStore;
use portcullis::store::{AdminError, KeyAdmin, KeyHandle, KeyStore, StoreError};
use portcullis::{KeyId, Realm, Scheme};

use crate::backends::master;
use crate::fixtures::*;
use crate::servers::OwnPostgres;

/// What was answered so far.
#[derive(Default)]
struct Answers {
    found: AtomicUsize,
    unavailable: AtomicUsize,
    ended: AtomicBool,
}

impl Answers {
    /// Waits for more answers of a kind than there are.
    async fn more(kind: &AtomicUsize, count: usize) {
        let enough = kind.load(Ordering::SeqCst) + count;
        while kind.load(Ordering::SeqCst) < enough {
            tokio::task::yield_now().await;
        }
    }
}

async fn look_up(store: PostgresKeyStore, id: KeyId, answers: Arc<Answers>) {
    let realm = Realm::default();
    let handle = KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id: id.as_str() };
    while !answers.ended.load(Ordering::SeqCst) {
        match store.find(&handle).await {
            Ok(found) => {
                assert!(found.is_some(), "an outage is never a key that is not there");
                answers.found.fetch_add(1, Ordering::SeqCst);
            }
            Err(error) => {
                assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
                answers.unavailable.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

/// The ids of all keys that were reported as kept.
async fn change(store: PostgresKeyStore, answers: Arc<Answers>) -> Vec<KeyId> {
    let mut reported = Vec::new();
    while !answers.ended.load(Ordering::SeqCst) {
        match store.issue(signing_key(), at(0)).await {
            Ok(issued) => reported.push(issued.id),
            Err(error) => {
                assert!(matches!(error, AdminError::Store(StoreError::Unavailable(_))), "{error:?}")
            }
        }
    }
    reported
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_that_goes_and_comes_is_an_outage_and_loses_nothing() {
    let server = Arc::new(tokio::task::spawn_blocking(OwnPostgres::new).await.expect("a server"));
    let act = async |act: fn(&OwnPostgres)| {
        let server = Arc::clone(&server);
        tokio::task::spawn_blocking(move || act(&server)).await.expect("done");
    };
    let store: PostgresKeyStore =
        PostgresKeyStore::connect(server.url(), master()).await.expect("a database");
    store.migrate().await.expect("the schema");
    let issued = issue(&store, signing_key()).await;
    let answers = Arc::new(Answers::default());
    let look_ups: Vec<_> = (0..4)
        .map(|_| tokio::spawn(look_up(store.clone(), issued.id.clone(), Arc::clone(&answers))))
        .collect();
    let changes = tokio::spawn(change(store.clone(), Arc::clone(&answers)));
    for down in [OwnPostgres::kill_nine, OwnPostgres::stop] {
        Answers::more(&answers.found, 20).await;
        act(down).await;
        Answers::more(&answers.unavailable, 4).await;
        act(OwnPostgres::start).await;
    }
    Answers::more(&answers.found, 20).await;
    answers.ended.store(true, Ordering::SeqCst);
    for look_up in look_ups {
        look_up.await.expect("only such answers");
    }
    let reported = changes.await.expect("only such answers");
    assert!(!reported.is_empty());
    for id in &reported {
        assert!(find_id(&store, Scheme::XAuth, id.as_str()).await.is_some(), "{id} was reported");
    }
}
