//! Which claims about addresses fail for which flaw.

use std::collections::HashSet;
use std::sync::Mutex;

use portcullis::audit::{KeyUse, KnownAddresses};
use portcullis::store::StoreError;

use super::failed;
use crate::fixtures::at;

/// Remembers what `name` makes of a use, and may look before it remembers.
struct Known {
    name: fn(&KeyUse<'_>) -> String,
    hasty: bool,
    known: Mutex<HashSet<String>>,
}

impl KnownAddresses for Known {
    async fn first_use(&self, used: &KeyUse<'_>) -> Result<bool, StoreError> {
        let name = (self.name)(used);
        let known = self.known.lock().expect("no panic").contains(&name);
        if self.hasty {
            tokio::task::yield_now().await;
        }
        self.known.lock().expect("no panic").insert(name);
        Ok(!known)
    }
}

fn whole(used: &KeyUse<'_>) -> String {
    format!("{:?} {:?} {:?} {}", used.realm(), used.scheme(), used.key(), used.address())
}

#[test]
fn a_store_of_addresses_that_breaks_a_promise_fails_the_claim_of_it() {
    let failed = |name, hasty| {
        let fresh = || Known { name, hasty, known: Mutex::default() };
        failed!(fresh (at(1_000_000)) addresses)
    };
    let (once, key, spelling, network, many) = (
        "addresses::an_address_is_new_once",
        "addresses::the_same_address_with_another_key_scheme_or_realm_is_new",
        "addresses::every_spelling_of_an_address_is_the_same",
        "addresses::the_addresses_of_one_ipv6_network_are_one",
        "addresses::however_many_ask_at_once_one_is_told_that_it_is_new",
    );
    assert_eq!(failed(whole, false), [""; 0]);
    assert_eq!(failed(whole, true), [many]);
    let joined = |used: &KeyUse<'_>| format!("{}{}{}", used.realm(), used.key(), used.address());
    assert_eq!(failed(joined, false), [key]);
    let of_key = |used: &KeyUse<'_>| format!("{:?} {:?} {:?}", used.realm(), used.scheme(), used.key());
    assert_eq!(failed(of_key, false), [once, spelling, network, many]);
}
