//! What stores of tokens in SQL promise besides.

use portcullis::store::{
    FamilyId, KeyRingStore, RefreshFamily, RefreshStore, RefreshTurn, Revocation, RevocationName, StoredRing,
    TokenDigest, TokenRevocations, Turned,
};
use portcullis::{Clock, Secret, SystemClock, Timestamp};
use tokio::task::JoinSet;

use crate::databases::Database;
use crate::fixtures::*;

fn id(handle: &str) -> FamilyId {
    FamilyId::of_handle("i", handle.as_bytes())
}

fn token(secret: &str) -> TokenDigest {
    TokenDigest::of_secret(secret.as_bytes(), None)
}

fn turn(handle: &str, presented: &str, next: &str, now: Timestamp) -> RefreshTurn {
    RefreshTurn::new(id(handle), token(presented), token(next), now.saturating_add(seconds(60)), now)
}

async fn begin(tokens: &impl RefreshStore, handle: &str, now: Timestamp) {
    let family = RefreshFamily::new("i", "ada", now, now.saturating_add(seconds(3_600)));
    tokens.begin(&id(handle), &family, &token("1"), now.saturating_add(seconds(60))).await.expect("begun");
}

pub(crate) async fn of_two_nodes_with_the_same_refresh_token_one_is_given_the_next<D: Database>() {
    let place = D::fresh().await;
    let nodes = [D::tokens(&place.open().await), D::tokens(&place.open().await)];
    let now = SystemClock.now();
    for round in 0..20 {
        let handle = format!("f{round}");
        begin(&nodes[0], &handle, now).await;
        let mut users = JoinSet::new();
        for user in 0..8 {
            let (node, handle) = (nodes[user % 2].clone(), handle.clone());
            users.spawn(async move {
                node.turn(&turn(&handle, "1", &format!("next {user}"), now)).await.expect("an answer")
            });
        }
        let answers = users.join_all().await;
        let count = |wanted: fn(&Turned) -> bool| answers.iter().filter(|answer| wanted(answer)).count();
        let given = count(|answer| matches!(answer, Turned::Next(_)));
        let reused = count(|answer| matches!(answer, Turned::Reused(_)));
        assert_eq!((given, reused), (1, 1), "round {round}: {answers:?}");
    }
}

pub(crate) async fn what_is_long_past_is_swept_and_nothing_else<D: Database>() {
    let place = D::fresh().await;
    let tokens = D::tokens(&place.open().await);
    let now = SystemClock.now();
    for (handle, days) in [("a", 3), ("b", 2), ("c", 0)] {
        let then = now.saturating_sub(seconds(days * 86_400));
        begin(&tokens, handle, then).await;
        let name = RevocationName::token("i", handle);
        tokens.revoke(&name, Revocation::ALL, then.saturating_add(seconds(60)), then).await.expect("revoked");
    }
    // A node whose clock is ahead sweeps nothing that others count on.
    D::sweep_tokens(&tokens, now.saturating_sub(seconds(3 * 86_400))).await;
    assert_eq!((place.count("refresh_families").await, place.count("revocations").await), (3, 3));
    D::sweep_tokens(&tokens, now.saturating_add(seconds(30 * 86_400))).await;
    assert_eq!((place.count("refresh_families").await, place.count("revocations").await), (1, 1));
    assert!(matches!(tokens.turn(&turn("c", "1", "2", now)).await, Ok(Turned::Next(_))));
}

pub(crate) async fn nothing_about_tokens_is_answered_without_the_database<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let (tokens, now) = (D::tokens(&store), SystemClock.now());
    begin(&tokens, "a", now).await;
    D::close(&store).await;
    let name = RevocationName::token("i", "a");
    assert!(tokens.turn(&turn("a", "1", "2", now)).await.is_err());
    assert!(tokens.family(&id("a")).await.is_err() && tokens.end_family(&id("a")).await.is_err());
    assert!(tokens.end_families_of("i", "ada").await.is_err());
    assert!(tokens.revoked(&[name], now).await.is_err());
    assert!(tokens.revoke(&name, Revocation::ALL, now, now).await.is_err());
    assert!(store.load_ring("a").await.is_err());
    assert!(store.replace_ring("a", &StoredRing::new(1, Secret::from("x"))).await.is_err());
}

pub(crate) async fn a_damaged_family_or_ring_is_an_error_never_none<D: Database>() {
    let place = D::fresh().await;
    let store = place.open().await;
    let (tokens, now) = (D::tokens(&store), SystemClock.now());
    begin(&tokens, "a", now).await;
    assert!(store.replace_ring("a", &StoredRing::new(1, Secret::from("x"))).await.expect("put"));
    let zero = D::ZERO;
    assert_eq!(place.damage(&format!("UPDATE refresh_families SET facts = {zero}")).await, 1);
    assert!(tokens.family(&id("a")).await.is_err());
    assert!(tokens.turn(&turn("a", "x", "2", now)).await.is_err());
    // Under another name a ring does not open.
    assert_eq!(place.damage("UPDATE key_rings SET name = 'b'").await, 1);
    assert!(store.load_ring("b").await.is_err());
    assert!(store.load_ring("a").await.expect("an answer").is_none());
}
