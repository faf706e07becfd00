//! Using refresh tokens.

use super::fixtures::{at_once, seconds};
use crate::store::{FamilyId, RefreshFamily, RefreshStore, RefreshTurn, TokenDigest, Turned};
use crate::{Scopes, Timestamp};

const HOUR: u64 = 3_600;

fn id(handle: &str) -> FamilyId {
    FamilyId::of_handle("https://issuer.example", handle.as_bytes())
}

fn token(secret: &str) -> TokenDigest {
    TokenDigest::of_secret(secret.as_bytes(), None)
}

/// A family of a day, with everything in it.
fn family(subject: &str, now: Timestamp) -> RefreshFamily {
    let scopes = Scopes::parse("orders:read orders:write").expect("scopes");
    RefreshFamily::new("https://issuer.example", subject, now, now.saturating_add(seconds(24 * HOUR)))
        .with_client(Some("web"))
        .with_scopes(scopes)
        .with_data("{\"tenant\":7}")
}

/// Begins a family whose first token is good for an hour.
async fn begin(store: &impl RefreshStore, handle: &str, first: &str, family: &RefreshFamily) {
    let until = family.began_at.saturating_add(seconds(HOUR));
    store.begin(&id(handle), family, &token(first), until).await.expect("begun");
}

/// Uses a token for one that is good for another hour.
async fn turn(
    store: &impl RefreshStore,
    handle: &str,
    presented: &str,
    next: &str,
    now: Timestamp,
) -> Turned {
    let until = now.saturating_add(seconds(HOUR));
    let turn = RefreshTurn::new(id(handle), token(presented), token(next), until, now);
    store.turn(&turn).await.expect("an answer")
}

/// Each use gives the facts of the family, as they were written, and makes the next token the
/// one that is good.
pub async fn each_token_is_used_once_and_the_next_one_after_it(store: &impl RefreshStore, now: Timestamp) {
    for (handle, subject) in [("f1", "ada"), ("f2", "a\0é"), ("f3", "")] {
        let family = family(subject, now);
        begin(store, handle, "1", &family).await;
        for n in 1..20 {
            let (this, next) = (n.to_string(), (n + 1).to_string());
            assert_eq!(turn(store, handle, &this, &next, now).await, Turned::Next(family.clone()), "{n}");
        }
    }
}

/// Of many that present the same token at the same moment one is given the next.
pub async fn however_many_use_a_token_at_once_one_is_given_the_next(
    store: &impl RefreshStore,
    now: Timestamp,
) {
    for n in 0..10_u8 {
        let handle = format!("f{n}");
        begin(store, &handle, "1", &family("ada", now)).await;
        let handle = &handle;
        let users = (0..16).map(|m| async move { turn(store, handle, "1", &format!("next {m}"), now).await });
        let answers = at_once(users).await;
        let given = answers.iter().filter(|answer| matches!(answer, Turned::Next(_))).count();
        let reused = answers.iter().filter(|answer| matches!(answer, Turned::Reused(_))).count();
        assert_eq!((given, reused), (1, 1), "{answers:?}");
    }
}

/// A token that was used ends its family, the one that is good with it, and is told once with the
/// facts of the family.
pub async fn a_token_that_is_used_again_ends_its_family(store: &impl RefreshStore, now: Timestamp) {
    let (ada, bob) = (family("ada", now), family("bob", now));
    begin(store, "a", "1", &ada).await;
    begin(store, "b", "1", &bob).await;
    for (this, next) in [("1", "2"), ("2", "3"), ("3", "4")] {
        assert_eq!(turn(store, "a", this, next, now).await, Turned::Next(ada.clone()));
    }
    assert_eq!(turn(store, "a", "1", "x", now).await, Turned::Reused(ada));
    for token in ["1", "4", "x"] {
        assert_eq!(turn(store, "a", token, "y", now).await, Turned::Unknown, "{token}");
    }
    assert_eq!(turn(store, "b", "1", "2", now).await, Turned::Next(bob), "another family goes on");
}

/// A token of another client, or one that never was of the family, ends it too.
pub async fn a_token_in_the_hands_of_another_client_ends_its_family(
    store: &impl RefreshStore,
    now: Timestamp,
) {
    let family = family("ada", now);
    let (first, until) = (TokenDigest::of_secret(b"1", Some("web")), now.saturating_add(seconds(HOUR)));
    store.begin(&id("a"), &family, &first, until).await.expect("begun");
    let stolen = TokenDigest::of_secret(b"1", Some("other"));
    let use_it = |presented| RefreshTurn::new(id("a"), presented, token("2"), until, now);
    assert_eq!(store.turn(&use_it(stolen)).await.expect("an answer"), Turned::Reused(family));
    assert_eq!(store.turn(&use_it(first)).await.expect("an answer"), Turned::Unknown);
}

/// What a family is for can be asked, and that changes nothing.
pub async fn what_a_family_is_for_can_be_asked(store: &impl RefreshStore, now: Timestamp) {
    let family = family("ada", now);
    begin(store, "a", "1", &family).await;
    assert_eq!(store.family(&id("b")).await.expect("an answer"), None);
    assert_eq!(store.family(&id("a")).await.expect("an answer"), Some(family.clone()));
    assert_eq!(turn(store, "a", "1", "2", now).await, Turned::Next(family.clone()));
    assert_eq!(store.family(&id("a")).await.expect("an answer"), Some(family.clone()));
    assert_eq!(turn(store, "a", "1", "3", now).await, Turned::Reused(family));
    assert_eq!(store.family(&id("a")).await.expect("an answer"), None);
}

/// A token of no family is not known, and makes none.
pub async fn an_unknown_family_is_unknown(store: &impl RefreshStore, now: Timestamp) {
    for _ in 0..2 {
        assert_eq!(turn(store, "a", "1", "2", now).await, Turned::Unknown);
    }
    assert!(!store.end_family(&id("a")).await.expect("an answer"));
    assert_eq!(store.end_families_of("https://issuer.example", "ada").await.expect("an answer"), 0);
}

/// A token that is not used for too long is not good, and its family stays as it is: the first
/// moment after its life is too late.
pub async fn a_token_that_is_not_used_ends(store: &impl RefreshStore, now: Timestamp) {
    let family = family("ada", now);
    begin(store, "a", "1", &family).await;
    let last = now.saturating_add(seconds(HOUR - 1));
    assert_eq!(turn(store, "a", "1", "2", last).await, Turned::Next(family.clone()));
    let end = last.saturating_add(seconds(HOUR));
    assert_eq!(turn(store, "a", "2", "3", end).await, Turned::Expired);
    assert_eq!(turn(store, "a", "1", "3", end).await, Turned::Expired);
    assert_eq!(
        turn(store, "a", "2", "3", end.saturating_sub(seconds(1))).await,
        Turned::Next(family),
        "what was answered has changed nothing"
    );
}

/// However often it is used, a family ends.
pub async fn a_family_ends_however_often_it_is_used(store: &impl RefreshStore, now: Timestamp) {
    let mut family = family("ada", now);
    family.ends_at = now.saturating_add(seconds(2 * HOUR));
    begin(store, "a", "1", &family).await;
    for (n, minutes) in [(1, 50), (2, 100), (3, 119)] {
        let then = now.saturating_add(seconds(minutes * 60));
        let (this, next) = (n.to_string(), (n + 1).to_string());
        assert_eq!(turn(store, "a", &this, &next, then).await, Turned::Next(family.clone()), "{minutes}");
    }
    assert_eq!(turn(store, "a", "4", "5", family.ends_at).await, Turned::Expired);
    // Its first token is good no longer than the family.
    family.ends_at = now.saturating_add(seconds(60));
    begin(store, "b", "1", &family).await;
    assert_eq!(turn(store, "b", "1", "2", family.ends_at).await, Turned::Expired);
}

/// A family that is ended is gone, and no other with it.
pub async fn a_family_that_is_ended_is_gone(store: &impl RefreshStore, now: Timestamp) {
    let family = family("ada", now);
    for handle in ["a", "b"] {
        begin(store, handle, "1", &family).await;
    }
    assert!(store.end_family(&id("a")).await.expect("ended"));
    assert!(!store.end_family(&id("a")).await.expect("an answer"));
    assert_eq!(turn(store, "a", "1", "2", now).await, Turned::Unknown);
    assert_eq!(turn(store, "b", "1", "2", now).await, Turned::Next(family));
}

/// All families of a user of an issuer are ended together, and those of nobody else.
pub async fn the_families_of_a_user_end_together(store: &impl RefreshStore, now: Timestamp) {
    let ada = family("ada", now);
    let mut elsewhere = ada.clone();
    elsewhere.issuer = "https://other.example".to_owned();
    let upper = family("ADA", now);
    for (handle, family) in [("a", &ada), ("b", &ada), ("c", &elsewhere), ("d", &upper)] {
        begin(store, handle, "1", family).await;
    }
    assert!(matches!(turn(store, "b", "1", "2", now).await, Turned::Next(_)));
    assert_eq!(store.end_families_of(&ada.issuer, &ada.subject).await.expect("ended"), 2);
    assert_eq!(store.end_families_of(&ada.issuer, &ada.subject).await.expect("an answer"), 0);
    for (handle, token) in [("a", "1"), ("b", "2")] {
        assert_eq!(turn(store, handle, token, "3", now).await, Turned::Unknown, "{handle}");
    }
    for (handle, family) in [("c", elsewhere), ("d", upper)] {
        assert_eq!(turn(store, handle, "1", "2", now).await, Turned::Next(family), "{handle}");
    }
}

/// A family is begun once: the second of the same id is an error, and changes nothing.
pub async fn a_family_is_begun_once(store: &impl RefreshStore, now: Timestamp) {
    let family = family("ada", now);
    begin(store, "a", "1", &family).await;
    let until = now.saturating_add(seconds(HOUR));
    assert!(store.begin(&id("a"), &family, &token("2"), until).await.is_err());
    assert_eq!(turn(store, "a", "1", "3", now).await, Turned::Next(family));
}
