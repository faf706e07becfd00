//! Claiming nonces.

use super::fixtures::{at_once, seconds};
use crate::store::{Claim, NonceStore, StoreError};
use crate::{KeyId, Realm, Scheme, Timestamp};

/// Claims under a key of the default realm.
async fn claim(
    store: &impl NonceStore,
    nonce: &[u8],
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (realm, key) = (Realm::default(), KeyId::from("k"));
    store.claim(&Claim { realm: &realm, scheme: Scheme::XAuth, key: &key, nonce, until, now }).await
}

/// Claims what must be free, or what must not be.
async fn answers(store: &impl NonceStore, nonce: &[u8], until: Timestamp, now: Timestamp, expected: bool) {
    let answer = claim(store, nonce, until, now).await.expect("an answer");
    assert_eq!(answer, expected, "{} at {now:?} until {until:?}", nonce.escape_ascii());
}

/// Of many that claim the same nonce at the same moment one succeeds, for each of many nonces.
pub async fn however_many_claim_at_once_one_succeeds(store: &impl NonceStore, now: Timestamp) {
    let until = now.saturating_add(seconds(600));
    for nonce in 0..25_u8 {
        let claimants = (0..16).map(|_| async move { claim(store, &[nonce], until, now).await });
        let answers = at_once(claimants).await;
        let successes = answers.into_iter().filter(|answer| *answer.as_ref().expect("an answer"));
        assert_eq!(successes.count(), 1, "nonce {nonce}");
    }
}

/// Realm, scheme, key and nonce are four parts: no two claims that differ in one of them are the
/// same, even where the parts run together.
pub async fn the_same_nonce_under_another_key_scheme_or_realm_is_another(
    store: &impl NonceStore,
    now: Timestamp,
) {
    let places = [
        ("default", Scheme::XAuth, "k", "once"),
        ("default", Scheme::XAuth, "other", "once"),
        ("default", Scheme::XAuth, "K", "once"),
        ("default", Scheme::XAuth, "k", "Once"),
        ("default", Scheme::QuerySignature, "k", "once"),
        ("default", Scheme::Other("x-auth"), "k", "once"),
        ("elsewhere", Scheme::XAuth, "k", "once"),
        ("default", Scheme::XAuth, "ko", "nce"),
        ("defaultk", Scheme::XAuth, "", "once"),
        ("default", Scheme::XAuth, "k", ""),
        ("default", Scheme::XAuth, "k:once", ""),
        ("default", Scheme::XAuth, "k\0once", ""),
        ("default", Scheme::XAuth, "k", "\0once"),
    ];
    let until = now.saturating_add(seconds(600));
    for expected in [true, false] {
        for (realm, scheme, key, nonce) in places {
            let (realm, key) = (Realm::from(realm), KeyId::from(key));
            let claim = Claim { realm: &realm, scheme, key: &key, nonce: nonce.as_bytes(), until, now };
            assert_eq!(store.claim(&claim).await.expect("an answer"), expected, "{claim:?}");
        }
    }
}

/// Nonces are bytes of any kind and of any length up to 5000, and none of them is cut off.
pub async fn every_byte_of_a_long_nonce_counts(store: &impl NonceStore, now: Timestamp) {
    let until = now.saturating_add(seconds(600));
    for length in [0, 1, 150, 200, 250, 300, 5_000] {
        let mut nonce = vec![0; length];
        answers(store, &nonce, until, now, true).await;
        answers(store, &nonce, until, now, false).await;
        for other in [1, b'%', 0xff] {
            if let Some(last) = nonce.last_mut() {
                *last = other;
                answers(store, &nonce, until, now, true).await;
            }
        }
    }
}

/// A claim holds until its end is past, also for those whose own end is later.
pub async fn a_claim_holds_until_its_end_is_past(store: &impl NonceStore, now: Timestamp) {
    answers(store, b"once", now.saturating_add(seconds(600)), now, true).await;
    for later in [0, 300, 599, 600] {
        answers(store, b"once", now.saturating_add(seconds(900)), now.saturating_add(seconds(later)), false)
            .await;
    }
}

/// What is past by the time of whoever claims it is not given.
pub async fn what_is_past_already_cannot_be_claimed(store: &impl NonceStore, now: Timestamp) {
    for past in [1, 60, 86_400] {
        answers(store, b"once", now.saturating_sub(seconds(past)), now, false).await;
    }
    answers(store, b"another", now.saturating_add(seconds(600)), now, true).await;
}

/// What was forgotten because it was past is not given again when the clock goes back, and what
/// is live stays claimed.
pub async fn a_clock_that_goes_back_lets_nothing_through_again(store: &impl NonceStore, now: Timestamp) {
    let (until, tomorrow) = (now.saturating_add(seconds(600)), now.saturating_add(seconds(86_400)));
    for nonce in 0..50_u8 {
        answers(store, &[nonce], until, now, true).await;
    }
    // Claims may sweep what is past by then.
    for nonce in 0..300_u16 {
        answers(store, &nonce.to_be_bytes(), tomorrow.saturating_add(seconds(600)), tomorrow, true).await;
    }
    for back in [now, now.saturating_add(seconds(599))] {
        for nonce in 0..50_u8 {
            answers(store, &[nonce], until, back, false).await;
        }
    }
    for nonce in 0..300_u16 {
        answers(store, &nonce.to_be_bytes(), tomorrow.saturating_add(seconds(600)), now, false).await;
    }
}
