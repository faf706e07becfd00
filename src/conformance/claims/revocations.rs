//! Revoking tokens.

use super::fixtures::{at_once, seconds};
use crate::Timestamp;
use crate::store::{MOST_EPOCH, Revocation, RevocationName, TokenRevocations};

fn token(id: &str) -> RevocationName {
    RevocationName::token("https://issuer.example", id)
}

async fn revoke(store: &impl TokenRevocations, name: RevocationName, what: Revocation, now: Timestamp) {
    store.revoke(&name, what, now.saturating_add(seconds(600)), now).await.expect("revoked");
}

async fn revoked(store: &impl TokenRevocations, name: RevocationName, now: Timestamp) -> Option<Revocation> {
    let answers = store.revoked(&[name], now).await.expect("an answer");
    assert_eq!(answers.len(), 1);
    answers[0]
}

/// What is revoked is revoked for the next question, whole, and nothing else is.
pub async fn what_is_revoked_is_revoked_at_once(store: &impl TokenRevocations, now: Timestamp) {
    let (ada, before) =
        (RevocationName::subject("https://issuer.example", "ada"), now.saturating_sub(seconds(1)));
    for (name, what) in [
        (token("a"), Revocation::ALL),
        (token("b"), Revocation::issued_until(before)),
        (ada, Revocation::before_epoch(7)),
        (token("c"), Revocation::before_epoch(MOST_EPOCH)),
        (token("d"), Revocation::issued_until(before).or(Revocation::before_epoch(1))),
    ] {
        assert_eq!(revoked(store, name, now).await, None);
        revoke(store, name, what, now).await;
        assert_eq!(revoked(store, name, now).await, Some(what));
    }
    for other in [
        token("A"),
        token("ada"),
        RevocationName::token("https://other.example", "a"),
        RevocationName::subject("https://other.example", "ada"),
    ] {
        assert_eq!(revoked(store, other, now).await, None);
    }
}

/// Many names are one question, answered in their order.
pub async fn answers_are_in_the_order_of_the_names(store: &impl TokenRevocations, now: Timestamp) {
    revoke(store, token("a"), Revocation::before_epoch(1), now).await;
    revoke(store, token("b"), Revocation::before_epoch(2), now).await;
    let names = [token("b"), token("x"), token("a"), token("b")];
    let epochs = |answers: Vec<Option<Revocation>>| -> Vec<_> {
        answers.into_iter().map(|answer| answer.map(|what| what.least_epoch)).collect()
    };
    let answers = store.revoked(&names, now).await.expect("an answer");
    assert_eq!(epochs(answers), [Some(2), None, Some(1), Some(2)]);
    assert!(store.revoked(&[], now).await.expect("an answer").is_empty());
    assert_eq!(store.revoked(&[token("a"); 16], now).await.expect("an answer").len(), 16);
    assert!(store.revoked(&[token("a"); 17], now).await.is_err(), "more than 16");
}

/// Two revocations of one name revoke what either does, in whichever order, and the later one takes
/// nothing back.
pub async fn a_revocation_takes_nothing_back(store: &impl TokenRevocations, now: Timestamp) {
    let moment = |back| Revocation::issued_until(now.saturating_sub(seconds(back)));
    let epoch = Revocation::before_epoch;
    for (name, all) in [
        ("a", vec![moment(10), moment(20), epoch(3), epoch(2)]),
        ("b", vec![epoch(2), epoch(3), moment(20), moment(10)]),
    ] {
        for what in all {
            revoke(store, token(name), what, now).await;
        }
        assert_eq!(revoked(store, token(name), now).await, Some(moment(10).or(epoch(3))), "{name}");
    }
    revoke(store, token("a"), Revocation::ALL, now).await;
    revoke(store, token("a"), moment(5), now).await;
    assert_eq!(revoked(store, token("a"), now).await, Some(Revocation::ALL.or(epoch(3))));
}

/// Of many that revoke under one name at the same moment none is lost.
pub async fn however_many_revoke_at_once_none_is_lost(store: &impl TokenRevocations, now: Timestamp) {
    for round in 0..5_u64 {
        let name = token(&round.to_string());
        let all = (1..=16_u64).map(|n| async move {
            let what = if n % 2 == 0 {
                Revocation::before_epoch(n)
            } else {
                Revocation::issued_until(now.saturating_sub(seconds(n)))
            };
            revoke(store, name, what, now).await;
        });
        at_once(all).await;
        let expected =
            Revocation::before_epoch(16).or(Revocation::issued_until(now.saturating_sub(seconds(1))));
        assert_eq!(revoked(store, name, now).await, Some(expected), "round {round}");
    }
}

/// Until its end is past a revocation is kept, also when a shorter one of the same name came later,
/// when others are swept, and when the clock goes back.
pub async fn a_revocation_is_kept_until_its_end(store: &impl TokenRevocations, now: Timestamp) {
    let end = now.saturating_add(seconds(86_400 * 3));
    store.revoke(&token("a"), Revocation::ALL, end, now).await.expect("revoked");
    store.revoke(&token("a"), Revocation::ALL, now.saturating_add(seconds(1)), now).await.expect("revoked");
    for n in 0..300_u16 {
        let later = now.saturating_add(seconds(86_400 * 2));
        revoke(store, token(&n.to_string()), Revocation::ALL, later).await;
    }
    for moment in [end.saturating_sub(seconds(1)), now, now.saturating_sub(seconds(600))] {
        assert_eq!(revoked(store, token("a"), moment).await, Some(Revocation::ALL));
    }
}

/// An epoch that cannot be kept is an error, never a smaller one.
pub async fn an_epoch_that_is_too_great_is_an_error(store: &impl TokenRevocations, now: Timestamp) {
    let end = now.saturating_add(seconds(600));
    for epoch in [MOST_EPOCH + 1, u64::MAX] {
        assert!(store.revoke(&token("a"), Revocation::before_epoch(epoch), end, now).await.is_err());
        assert_eq!(revoked(store, token("a"), now).await, None);
    }
}
