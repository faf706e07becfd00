//! Revoking tokens: THREATS row T46.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis::jwt::{AccessToken, IssuedToken, JwtRevocations};
use portcullis::store::memory::MemoryTokenStore;
use portcullis::store::{CachedRevocations, Revocation, RevocationName, StoreError, TokenRevocations};
use portcullis::{Reason, Timestamp};

use super::{NOW, US, ask, authenticator, issuer, seconds};

fn issue(subject: &str, epoch: u64, now: Timestamp) -> IssuedToken {
    let access = AccessToken::new(subject).with_epoch(epoch).expect("a number");
    issuer().issue_access(access, now).expect("issued")
}

#[tokio::test]
async fn a_revoked_token_is_refused_from_the_next_request_on_and_no_other() {
    let store = MemoryTokenStore::new();
    let (jwt, revocations) =
        (authenticator().with_revocations(store.clone()), JwtRevocations::new(store, US, seconds(600)));
    let (one, other) = (issue("ada", 1, NOW), issue("ada", 1, NOW));
    assert!(ask(&jwt, &one.token, NOW).await.is_ok());
    revocations.revoke_token(one.id.as_deref().expect("a jti"), NOW).await.expect("revoked");
    assert_eq!(ask(&jwt, &one.token, NOW).await.err(), Some(Reason::TokenRevoked));
    assert!(ask(&jwt, &other.token, NOW).await.is_ok());
}

#[tokio::test]
async fn revoking_a_subject_refuses_what_was_issued_until_then() {
    let store = MemoryTokenStore::new();
    let (jwt, revocations) =
        (authenticator().with_revocations(store.clone()), JwtRevocations::new(store, US, seconds(600)));
    let (ada, bob) = (issue("ada", 1, NOW), issue("bob", 1, NOW));
    revocations.revoke_subject("ada", NOW).await.expect("revoked");
    assert_eq!(ask(&jwt, &ada.token, NOW).await.err(), Some(Reason::TokenRevoked));
    assert!(ask(&jwt, &bob.token, NOW).await.is_ok());
    let later = NOW.saturating_add(seconds(1));
    assert!(ask(&jwt, &issue("ada", 1, later).token, later).await.is_ok());
}

#[tokio::test]
async fn an_epoch_refuses_what_is_of_an_earlier_one_or_says_none() {
    let store = MemoryTokenStore::new();
    let (jwt, revocations) =
        (authenticator().with_revocations(store.clone()), JwtRevocations::new(store, US, seconds(600)));
    let tokens = [issue("ada", 2, NOW).token, issuer().issue("ada", NOW).expect("issued")];
    revocations.revoke_before_epoch("ada", 3, NOW).await.expect("revoked");
    for token in &tokens {
        assert_eq!(ask(&jwt, token, NOW).await.err(), Some(Reason::TokenRevoked));
    }
    assert!(ask(&jwt, &issue("ada", 3, NOW).token, NOW).await.is_ok());
    let wrong = AccessToken::new("ada").with_claims(serde_json::json!({ "portcullis_epoch": "9" }));
    let wrong = issuer().issue_access(wrong.expect("claims"), NOW).expect("issued");
    assert_eq!(ask(&jwt, &wrong.token, NOW).await.err(), Some(Reason::InvalidClaim));
}

/// Counts how often it is asked, and may be down.
#[derive(Clone, Default)]
struct Counting(MemoryTokenStore, Arc<AtomicUsize>, Arc<AtomicUsize>);

impl TokenRevocations for Counting {
    async fn revoke(
        &self,
        name: &RevocationName,
        what: Revocation,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.0.revoke(name, what, until, now).await
    }

    async fn revoked(
        &self,
        names: &[RevocationName],
        now: Timestamp,
    ) -> Result<Vec<Option<Revocation>>, StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        if self.2.load(Ordering::SeqCst) > 0 {
            return Err(StoreError::unavailable("down"));
        }
        self.0.revoked(names, now).await
    }
}

#[tokio::test]
async fn when_nobody_can_tell_it_is_an_outage() {
    let store = Counting::default();
    store.2.store(1, Ordering::SeqCst);
    let jwt = authenticator().with_revocations(store);
    let token = issue("ada", 1, NOW).token;
    assert_eq!(ask(&jwt, &token, NOW).await.err(), Some(Reason::StoreUnavailable));
}

#[tokio::test]
async fn a_cached_answer_stands_for_the_bound_and_not_a_moment_longer() {
    let store = Counting::default();
    let jwt = authenticator().with_revocations(CachedRevocations::new(store.clone(), seconds(5)));
    // Another node, which this one's cache does not hear.
    let elsewhere = JwtRevocations::new(store.clone(), US, seconds(600));
    let one = issue("ada", 1, NOW);
    let at = |count| NOW.saturating_add(seconds(count));
    for _ in 0..100 {
        assert!(ask(&jwt, &one.token, NOW).await.is_ok());
    }
    assert_eq!(store.1.load(Ordering::SeqCst), 1, "one question");
    elsewhere.revoke_token(one.id.as_deref().expect("a jti"), at(1)).await.expect("revoked");
    assert!(ask(&jwt, &one.token, at(4)).await.is_ok(), "within the bound");
    assert_eq!(ask(&jwt, &one.token, at(5)).await.err(), Some(Reason::TokenRevoked));
    assert_eq!(store.1.load(Ordering::SeqCst), 2);
    store.2.store(1, Ordering::SeqCst);
    assert_eq!(ask(&jwt, &one.token, at(9)).await.err(), Some(Reason::TokenRevoked));
    assert_eq!(ask(&jwt, &one.token, at(10)).await.err(), Some(Reason::StoreUnavailable));
}

#[tokio::test]
async fn what_is_revoked_through_the_cache_is_revoked_at_once() {
    let cached = CachedRevocations::new(Counting::default(), seconds(3_600));
    let jwt = authenticator().with_revocations(cached.clone());
    let one = issue("ada", 1, NOW);
    assert!(ask(&jwt, &one.token, NOW).await.is_ok());
    JwtRevocations::new(cached, US, seconds(600)).revoke_subject("ada", NOW).await.expect("revoked");
    assert_eq!(ask(&jwt, &one.token, NOW).await.err(), Some(Reason::TokenRevoked));
}

#[tokio::test]
async fn a_token_that_could_not_be_revoked_is_refused() {
    use portcullis::jwt::{JwtAuthenticator, JwtPolicy, JwtVerifier};
    let verifier = JwtVerifier::new(JwtPolicy::new(), [super::key()]).expect("a verifier");
    let jwt = JwtAuthenticator::new(verifier).with_revocations(MemoryTokenStore::new());
    let nameless = crate::jwt::token(crate::jwt::HEADER, r#"{"exp":1700000060}"#);
    assert_eq!(ask(&jwt, &nameless, NOW).await.err(), Some(Reason::MissingClaim));
}
