//! What stores of addresses promise besides what every such store does.

use portcullis::audit::{KeyUse, KnownAddresses};
use portcullis::store::StoreError;
use portcullis::store::memory::MemoryAddresses;
use portcullis::{KeyId, Realm, Scheme};

use crate::backends::{self, sqlite_file};
use crate::fixtures::at;
use crate::redis_backends;

async fn ask(store: &impl KnownAddresses, key: &str, address: &str) -> Result<bool, StoreError> {
    let (realm, key) = (Realm::default(), KeyId::from(key));
    let address = address.parse().expect("an address");
    store.first_use(&KeyUse::new(&realm, Scheme::ApiKey, &key, address, at(0))).await
}

/// Whether each of these is new, asked in this order.
async fn all(store: &impl KnownAddresses, asked: &[(&str, &str)]) -> Vec<bool> {
    let mut answers = Vec::new();
    for (key, address) in asked {
        answers.push(ask(store, key, address).await.expect("an answer"));
    }
    answers
}

/// A key that is used from ever more addresses fills no store, and no log.
async fn a_thousand_addresses_are_kept_of_a_key(store: &impl KnownAddresses) {
    for number in 0..1_100_u32 {
        let address = format!("192.0.{}.{}", number >> 8, number & 255);
        let answer = ask(store, "k", &address).await.expect("an answer");
        assert_eq!(answer, number < 1_000, "{number}");
    }
    let asked = [("k", "192.0.0.0"), ("k", "2001:db8::1"), ("other", "2001:db8::1")];
    assert_eq!(all(store, &asked).await, [false, false, true]);
}

macro_rules! a_key_has_a_thousand_addresses_and_every_further_one_counts_as_known {
    ($($in_store:ident: $backend:path),+) => {$(
        #[tokio::test]
        async fn $in_store() {
            a_thousand_addresses_are_kept_of_a_key(&$backend().await.store).await;
        }
    )+};
}

a_key_has_a_thousand_addresses_and_every_further_one_counts_as_known! {
    in_memory_a_key_has_a_thousand_addresses: backends::memory_addresses,
    in_sqlite_a_key_has_a_thousand_addresses: backends::sqlite_file,
    in_postgres_a_key_has_a_thousand_addresses: backends::postgres,
    in_redis_a_key_has_a_thousand_addresses: redis_backends::redis
}

#[tokio::test]
async fn memory_keeps_no_more_addresses_of_a_key_than_it_may_and_says_nothing_of_the_others() {
    let store = MemoryAddresses::with_capacity(1, 2);
    let asked = ["1.1.1.1", "2.2.2.2", "1.1.1.1", "3.3.3.3", "4.4.4.4", "3.3.3.3", "2.2.2.2", "1.1.1.1"];
    let answers = all(&store, &asked.map(|address| ("k", address))).await;
    assert_eq!(answers, [true, true, false, false, false, false, false, false]);
}

#[tokio::test]
async fn memory_forgets_the_oldest_key_when_there_are_too_many() {
    let store = MemoryAddresses::with_capacity(2, 1);
    let asked = ["a", "b", "c", "b", "c", "a", "b"];
    let answers = all(&store, &asked.map(|key| (key, "1.1.1.1"))).await;
    assert_eq!(answers, [true, true, true, false, false, true, true]);
}

#[tokio::test]
async fn memory_keeps_one_of_each_at_least() {
    let store = MemoryAddresses::with_capacity(0, 0);
    assert_eq!(all(&store, &[("a", "1.1.1.1"), ("a", "1.1.1.1")]).await, [true, false]);
}

#[tokio::test]
async fn sqlite_writes_only_what_is_new_and_remembers_when() {
    let fresh = sqlite_file().await;
    let asked = [("k", "::ffff:192.0.2.1"), ("k", "192.0.2.1"), ("k", "2001:db8::1")];
    assert_eq!(all(&fresh.store, &asked).await, [true, false, true]);
    let rows = "SELECT address || ' ' || first_seen FROM key_addresses ORDER BY address";
    let rows: Vec<String> =
        sqlx::query_scalar(rows).fetch_all(fresh.store.pool()).await.expect("the rows of the table");
    assert_eq!(rows, ["192.0.2.1 0", "2001:db8:: 0"]);

    // Where nothing can be inserted, what is known still is.
    let broken = "CREATE TRIGGER broken BEFORE INSERT ON key_addresses BEGIN SELECT RAISE(ABORT, 'no'); END";
    sqlx::query(broken).execute(fresh.store.pool()).await.expect("the trigger");
    assert!(!ask(&fresh.store, "k", "192.0.2.1").await.expect("an answer"));
    assert!(matches!(ask(&fresh.store, "k", "192.0.2.2").await, Err(StoreError::Unavailable(_))));
}
