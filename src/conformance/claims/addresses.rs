//! Where keys were used from before.

use crate::audit::{KeyUse, KnownAddresses};
use crate::{KeyId, Realm, Scheme, Timestamp};

use super::fixtures::at_once;

/// Whether the store is told this address for the first time.
async fn is_new(
    store: &impl KnownAddresses,
    (realm, scheme, key): (&str, Scheme, &str),
    address: &str,
    now: Timestamp,
) -> bool {
    let (realm, key) = (Realm::from(realm), KeyId::from(key));
    let address = address.parse().expect("an address");
    store.first_use(&KeyUse::new(&realm, scheme, &key, address, now)).await.expect("an answer")
}

/// Whether each of these is new for one key, asked in this order.
async fn news<const N: usize>(store: &impl KnownAddresses, asked: [&str; N], now: Timestamp) -> [bool; N] {
    let mut answers = [false; N];
    for (answer, address) in answers.iter_mut().zip(asked) {
        *answer = is_new(store, ("default", Scheme::ApiKey, "k"), address, now).await;
    }
    answers
}

/// An address is new when a key is used from it for the first time, and never again.
pub async fn an_address_is_new_once(store: &impl KnownAddresses, now: Timestamp) {
    let asked = ["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::1"];
    assert_eq!(news(store, asked, now).await, [true, true, false, false, true, false]);
}

/// What is known of one key is new for another, to the letter, of another scheme or realm too.
pub async fn the_same_address_with_another_key_scheme_or_realm_is_new(
    store: &impl KnownAddresses,
    now: Timestamp,
) {
    let places = [
        ("default", Scheme::ApiKey, "k"),
        ("default", Scheme::ApiKey, "K"),
        ("default", Scheme::XAuth, "k"),
        ("default", Scheme::Other("x-auth"), "k"),
        ("elsewhere", Scheme::ApiKey, "k"),
        ("", Scheme::ApiKey, "defaultk"),
    ];
    for expected in [true, false] {
        for place in places {
            assert_eq!(is_new(store, place, "192.0.2.1", now).await, expected, "{place:?}");
        }
    }
}

/// An address is the same however it is spelled, IPv4 within IPv6 too.
pub async fn every_spelling_of_an_address_is_the_same(store: &impl KnownAddresses, now: Timestamp) {
    for spellings in [
        ["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"],
        ["2001:db8::1", "2001:DB8:0:0:0:0:0:1", "2001:db8:0::0:1"],
    ] {
        assert_eq!(news(store, spellings, now).await, [true, false, false]);
    }
    assert_eq!(news(store, ["::192.0.2.1"], now).await, [true], "compatible is not mapped");
}

/// The addresses of one IPv6 network of 64 bits are one: whoever has one has them all.
pub async fn the_addresses_of_one_ipv6_network_are_one(store: &impl KnownAddresses, now: Timestamp) {
    for number in 0..100_u32 {
        let address = format!("2001:db8:0:1:{:x}::{number:x}", number % 7 + 1);
        assert_eq!(news(store, [address.as_str()], now).await, [number == 0], "{address}");
    }
    assert_eq!(news(store, ["2001:db8:0:2::1", "2001:db8:0:1::"], now).await, [true, false]);
}

/// Of many that ask about the same address at the same moment, one is told that it is new.
pub async fn however_many_ask_at_once_one_is_told_that_it_is_new(
    store: &impl KnownAddresses,
    now: Timestamp,
) {
    let asked = (0..80).map(|number| async move {
        let address = format!("192.0.2.{}", number % 10);
        is_new(store, ("default", Scheme::ApiKey, "k"), &address, now).await
    });
    assert_eq!(at_once(asked).await.into_iter().filter(|new| *new).count(), 10);
}
