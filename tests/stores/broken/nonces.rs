//! That the claims about nonces can fail: stores that break one promise each.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use portcullis::store::memory::MemoryNonceStore;
use portcullis::store::{Claim, NonceStore, StoreError};
use portcullis::{Scheme, Timestamp};

use super::failed;
use crate::fixtures::{at, seconds};

/// A store of nonces that changes what it is asked, and so breaks a promise.
struct Broken {
    store: MemoryNonceStore,
    change: for<'a> fn(&mut Claim<'a>),
}

impl NonceStore for Broken {
    async fn claim(&self, claim: &Claim<'_>) -> Result<bool, StoreError> {
        let mut claim = *claim;
        (self.change)(&mut claim);
        self.store.claim(&claim).await
    }
}

/// A store of nonces that looks first and keeps later, and that joins the parts of a claim.
#[derive(Default)]
struct Hasty(Mutex<HashSet<String>>);

impl NonceStore for Hasty {
    async fn claim(&self, claim: &Claim<'_>) -> Result<bool, StoreError> {
        let text = text(claim);
        let known = self.0.lock().expect("a lock").contains(&text);
        tokio::task::yield_now().await;
        self.0.lock().expect("a lock").insert(text);
        Ok(!known && claim.until >= claim.now)
    }
}

/// A store of nonces that forgets what is past and does not remember that it did.
#[derive(Default)]
struct Forgetful(Mutex<HashMap<String, Timestamp>>);

impl NonceStore for Forgetful {
    async fn claim(&self, claim: &Claim<'_>) -> Result<bool, StoreError> {
        let mut claims = self.0.lock().expect("a lock");
        claims.retain(|_, until| *until >= claim.now);
        let text = format!("{}{:?}", text(claim), claim.digest());
        Ok(claim.until >= claim.now && claims.insert(text, claim.until).is_none())
    }
}

fn text(claim: &Claim<'_>) -> String {
    format!("{}{:?}{}{}", claim.realm, claim.scheme, claim.key, claim.nonce.escape_ascii())
}

fn cut(nonce: &[u8]) -> &[u8] {
    nonce.get(..200).unwrap_or(nonce)
}

fn early(claim: &Claim<'_>) -> Timestamp {
    claim.until.min(claim.until.saturating_sub(seconds(60)).max(claim.now))
}

/// The claims of `nonces` that a store does not pass.
fn failed<S: NonceStore>(fresh: impl Fn() -> S) -> Vec<&'static str> {
    failed!(fresh (at(1_000_000)) nonces)
}

#[test]
fn a_store_that_breaks_a_promise_fails_the_claim_of_it() {
    let broken = |change: for<'a> fn(&mut Claim<'a>)| {
        failed(move || Broken { store: MemoryNonceStore::new(), change })
    };
    assert_eq!(broken(|_| {}), [""; 0]);
    let parts = ["nonces::the_same_nonce_under_another_key_scheme_or_realm_is_another"];
    assert_eq!(broken(|claim| claim.scheme = Scheme::XAuth), parts);
    let bytes = ["nonces::every_byte_of_a_long_nonce_counts"];
    assert_eq!(broken(|claim| claim.nonce = cut(claim.nonce)), bytes);
    let end = ["nonces::a_claim_holds_until_its_end_is_past"];
    assert_eq!(broken(|claim| claim.until = early(claim)), end);
    let past = ["nonces::what_is_past_already_cannot_be_claimed"];
    assert_eq!(broken(|claim| claim.until = claim.until.max(claim.now)), past);
    assert_eq!(failed(Hasty::default), ["nonces::however_many_claim_at_once_one_succeeds", parts[0]]);
    let back = ["nonces::a_clock_that_goes_back_lets_nothing_through_again"];
    assert_eq!(failed(Forgetful::default), back);
}
