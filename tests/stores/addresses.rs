//! Where keys were used from: what every such store promises, then what each does besides.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis::audit::{KeyUse, KnownAddresses};
use portcullis::conformance::Fresh;
use portcullis::store::StoreError;
use portcullis::store::memory::MemoryAddresses;
use portcullis::{KeyId, Realm, Scheme};

use crate::backends::sqlite_file;
use crate::fixtures::at;

macro_rules! battery {
    ($($backend:ident)*) => {$(
        mod $backend {
            battery! { @claims $backend
                an_address_is_new_once
                the_same_address_with_another_key_scheme_or_realm_is_new
                every_spelling_of_an_address_is_the_same
                however_many_ask_at_once_one_is_told_that_it_is_new
                ten_thousand_addresses_of_one_64_are_one
                a_key_has_a_thousand_addresses_and_every_further_one_counts_as_known
            }
        }
    )*};
    (@claims $backend:ident $($claim:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $claim() {
            let fresh = crate::backends::$backend().await;
            super::$claim(fresh).await;
        }
    )*};
}

battery! { memory_addresses memory_addresses_behind_arc sqlite_file sqlite_file_addresses postgres postgres_addresses redis_addresses }

async fn ask(store: &impl KnownAddresses, key: &str, address: &str) -> Result<bool, StoreError> {
    ask_in(store, "default", Scheme::ApiKey, key, address).await
}

async fn ask_in(
    store: &impl KnownAddresses,
    realm: &str,
    scheme: Scheme,
    key: &str,
    address: &str,
) -> Result<bool, StoreError> {
    let (realm, key) = (Realm::from(realm), KeyId::from(key));
    let address = address.parse().expect("an address");
    store.first_use(&KeyUse::new(&realm, scheme, &key, address, at(0))).await
}

/// Whether each of these is new, asked in this order.
async fn all(store: &impl KnownAddresses, asked: &[(&str, &str)]) -> Vec<bool> {
    let mut answers = Vec::new();
    for (key, address) in asked {
        answers.push(ask(store, key, address).await.expect("an answer"));
    }
    answers
}

async fn an_address_is_new_once(fresh: Fresh<impl KnownAddresses>) {
    let asked = [("k", "192.0.2.1"), ("k", "192.0.2.2"), ("k", "192.0.2.1"), ("k", "192.0.2.2")];
    assert_eq!(all(&fresh.store, &asked).await, [true, true, false, false]);
}

async fn the_same_address_with_another_key_scheme_or_realm_is_new(fresh: Fresh<impl KnownAddresses>) {
    let places = [
        ("default", Scheme::ApiKey, "k"),
        ("default", Scheme::ApiKey, "K"),
        ("default", Scheme::XAuth, "k"),
        ("default", Scheme::Other("x-auth"), "k"),
        ("elsewhere", Scheme::ApiKey, "k"),
        ("", Scheme::ApiKey, "defaultk"),
    ];
    for expected in [true, false] {
        for (realm, scheme, key) in places {
            let answer = ask_in(&fresh.store, realm, scheme, key, "192.0.2.1").await;
            assert_eq!(answer.expect("an answer"), expected, "{realm} {scheme:?} {key}");
        }
    }
}

async fn every_spelling_of_an_address_is_the_same(fresh: Fresh<impl KnownAddresses>) {
    for spellings in [
        ["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"],
        ["2001:db8::1", "2001:DB8:0:0:0:0:0:1", "2001:db8:0::0:1"],
    ] {
        let asked = spellings.map(|address| ("k", address));
        assert_eq!(all(&fresh.store, &asked).await, [true, false, false]);
    }
    assert!(ask(&fresh.store, "k", "::192.0.2.1").await.expect("an answer"), "compatible is not mapped");
}

async fn however_many_ask_at_once_one_is_told_that_it_is_new<S: KnownAddresses>(fresh: Fresh<S>) {
    let (store, news) = (Arc::new(fresh.store), Arc::new(AtomicUsize::new(0)));
    let mut askers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, news) = (Arc::clone(&store), Arc::clone(&news));
        askers.spawn(async move {
            for number in 0..10 {
                if ask(&*store, "k", &format!("192.0.2.{number}")).await.expect("an answer") {
                    news.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
    }
    askers.join_all().await;
    assert_eq!(news.load(Ordering::SeqCst), 10);
}

async fn ten_thousand_addresses_of_one_64_are_one(fresh: Fresh<impl KnownAddresses>) {
    let mut news = 0;
    for number in 0..10_000_u32 {
        let address = format!("2001:db8:0:1:{:x}::{number:x}", number % 7 + 1);
        news += u32::from(ask(&fresh.store, "k", &address).await.expect("an answer"));
    }
    assert_eq!(news, 1);
    assert_eq!(all(&fresh.store, &[("k", "2001:db8:0:2::1"), ("k", "2001:db8:0:1::")]).await, [true, false]);
}

async fn a_key_has_a_thousand_addresses_and_every_further_one_counts_as_known(
    fresh: Fresh<impl KnownAddresses>,
) {
    for number in 0..1_100_u32 {
        let address = format!("192.0.{}.{}", number >> 8, number & 255);
        let answer = ask(&fresh.store, "k", &address).await.expect("an answer");
        assert_eq!(answer, number < 1_000, "{number}");
    }
    let asked = [("k", "192.0.0.0"), ("k", "2001:db8::1"), ("other", "2001:db8::1")];
    assert_eq!(all(&fresh.store, &asked).await, [false, false, true]);
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
