//! The cache of verified tokens.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use portcullis::jwt::{
    JwtAlgorithm, JwtAuthenticator, JwtIssuer, JwtKey, JwtKeySet, JwtKeySource, JwtPolicy, JwtVerifier,
    KeysUnavailable, VerifiedTokenCache,
};
use portcullis::{AuthError, Reason, Timestamp};
use serde_json::json;

use crate::jwt::{OTHER, SECRET, map};
use crate::kit::{Kit, NOW, get, send};

fn key(secret: &str) -> JwtKey {
    JwtKey::hmac(JwtAlgorithm::Hs256, secret.into()).expect("key")
}

fn token(subject: &str, id: &str) -> String {
    let issuer = JwtIssuer::new(key(SECRET), Duration::from_secs(60));
    issuer.issue_with(subject, NOW, json!({ "jti": id })).expect("token")
}

fn after(seconds: u64) -> Timestamp {
    NOW.saturating_add(Duration::from_secs(seconds))
}

fn verifier(cache: &VerifiedTokenCache) -> JwtVerifier {
    JwtVerifier::new(JwtPolicy::new(), [key(SECRET)]).expect("verifier").with_cache(cache.clone())
}

fn reason<T>(answer: Result<T, AuthError>) -> Option<Reason> {
    answer.err().map(|error| error.reason())
}

/// Keys that a test replaces, or takes away.
#[derive(Debug)]
struct Changing(Mutex<Option<Arc<JwtKeySet>>>);

impl Changing {
    fn of(secret: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(set(secret)))))
    }

    fn become_(&self, keys: Option<Arc<JwtKeySet>>) {
        *self.0.lock().expect("unharmed") = keys;
    }
}

impl JwtKeySource for Changing {
    fn keys(&self, _: Timestamp) -> Result<Arc<JwtKeySet>, KeysUnavailable> {
        self.0.lock().expect("unharmed").clone().ok_or(KeysUnavailable)
    }
}

fn set(secret: &str) -> Arc<JwtKeySet> {
    Arc::new(JwtKeySet::new([key(secret)]).expect("set"))
}

#[test]
fn a_token_that_was_verified_is_found_again_and_means_the_same() {
    let cache = VerifiedTokenCache::new(100);
    let verifier = verifier(&cache);
    let token = token("ada", "1");
    let first = verifier.verify(&token, NOW).expect("verified");
    let again = verifier.verify(&token, after(1)).expect("verified");
    assert_eq!((cache.len(), cache.hits()), (1, 1));
    assert_eq!((first.subject(), first.id()), (again.subject(), again.id()));
    assert_eq!(again.subject(), Some("ada"));
}

#[test]
fn the_times_are_checked_again_whenever_a_token_is_found() {
    let cache = VerifiedTokenCache::new(100);
    let verifier = verifier(&cache);
    let token = token("ada", "1");
    assert!(verifier.verify(&token, NOW).is_ok() && verifier.verify(&token, after(59)).is_ok());
    assert_eq!(cache.hits(), 1);
    assert_eq!(reason(verifier.verify(&token, after(60))), Some(Reason::Expired));
    assert!(cache.is_empty(), "what has ended is dropped");
    // A clock that goes back is believed about `iat` too.
    assert!(verifier.verify(&token, NOW).is_ok());
    let before = Timestamp::from_unix_seconds(NOW.as_unix_seconds() - 1);
    assert_eq!(reason(verifier.verify(&token, before)), Some(Reason::NotYetValid));
}

#[test]
fn what_was_refused_is_not_kept() {
    let cache = VerifiedTokenCache::new(100);
    let verifier = verifier(&cache);
    let wrong = JwtIssuer::new(key(OTHER), Duration::from_secs(60)).issue("ada", NOW).expect("token");
    for bad in [wrong.as_str(), "ey.ey.ey", "", &token("ada", "1").replace('.', "..")] {
        assert!(verifier.verify(bad, NOW).is_err());
        assert!(verifier.verify(bad, NOW).is_err());
    }
    assert_eq!((cache.len(), cache.hits()), (0, 0));
}

#[test]
fn no_byte_of_a_token_that_was_found_may_differ() {
    let cache = VerifiedTokenCache::new(100);
    let verifier = verifier(&cache);
    let token = token("ada", "1");
    verifier.verify(&token, NOW).expect("verified");
    for at in 0..token.len() {
        let mut other = token.clone().into_bytes();
        other[at] = if other[at] == b'A' { b'B' } else { b'A' };
        let other = String::from_utf8(other).expect("text");
        assert!(verifier.verify(&other, NOW).is_err(), "{at}");
    }
    assert_eq!((cache.len(), cache.hits()), (1, 0));
}

#[test]
fn a_token_counts_for_the_verifier_that_accepted_it_alone() {
    let cache = VerifiedTokenCache::new(100);
    let own = verifier(&cache);
    let policy = JwtPolicy::new().with_audience("elsewhere");
    let stricter = JwtVerifier::new(policy, [key(SECRET)]).expect("verifier").with_cache(cache.clone());
    let strange =
        JwtVerifier::new(JwtPolicy::new(), [key(OTHER)]).expect("verifier").with_cache(cache.clone());
    let token = token("ada", "1");
    own.verify(&token, NOW).expect("verified");
    assert_eq!(reason(stricter.verify(&token, NOW)), Some(Reason::MissingClaim));
    assert_eq!(reason(strange.verify(&token, NOW)), Some(Reason::WrongSignature));
    assert_eq!(cache.hits(), 0);
    assert!(own.verify(&token, NOW).is_ok());
    assert_eq!(cache.hits(), 1);
}

#[test]
fn a_removed_key_stops_working_at_once() {
    let cache = VerifiedTokenCache::new(100);
    let keys = Changing::of(SECRET);
    let verifier =
        JwtVerifier::with_source(JwtPolicy::new(), keys.clone()).expect("policy").with_cache(cache.clone());
    let token = token("ada", "1");
    assert!(verifier.verify(&token, NOW).is_ok() && verifier.verify(&token, NOW).is_ok());
    assert_eq!(cache.hits(), 1);

    keys.become_(Some(set(OTHER)));
    assert_eq!(reason(verifier.verify(&token, NOW)), Some(Reason::WrongSignature));
    assert!(cache.is_empty());

    // The same keys once more are another set: the token is verified anew.
    keys.become_(Some(set(SECRET)));
    assert!(verifier.verify(&token, NOW).is_ok());
    assert_eq!(cache.hits(), 1);
    assert!(verifier.verify(&token, NOW).is_ok());
    assert_eq!(cache.hits(), 2);
}

#[test]
fn without_keys_a_kept_token_is_no_answer() {
    let cache = VerifiedTokenCache::new(100);
    let keys = Changing::of(SECRET);
    let verifier =
        JwtVerifier::with_source(JwtPolicy::new(), keys.clone()).expect("policy").with_cache(cache);
    let token = token("ada", "1");
    verifier.verify(&token, NOW).expect("verified");
    keys.become_(None);
    assert_eq!(reason(verifier.verify(&token, NOW)), Some(Reason::KeysUnavailable));
}

#[test]
fn a_word_of_revocation_drops_what_it_is_about() {
    let cache = VerifiedTokenCache::new(100);
    let verifier = verifier(&cache);
    let [one, two, three] = [token("ada", "1"), token("ada", "2"), token("bob", "3")];
    let hits = |token: &str| {
        let before = cache.hits();
        verifier.verify(token, NOW).expect("verified");
        cache.hits() - before
    };
    for token in [&one, &two, &three] {
        assert_eq!((hits(token), hits(token)), (0, 1));
    }
    cache.forget_id("1");
    assert_eq!((hits(&one), hits(&one)), (0, 1));
    cache.forget_subject("ada");
    assert_eq!((hits(&one), hits(&two)), (0, 0));
    assert_eq!((hits(&one), hits(&two)), (1, 1));
    cache.forget_all();
    assert!(cache.is_empty());
    assert_eq!((hits(&one), hits(&two), hits(&three)), (0, 0, 0));
}

#[test]
fn a_token_without_an_end_is_kept_no_longer_than_the_limit() {
    let cache = VerifiedTokenCache::new(100).with_ttl(Duration::from_secs(10));
    let policy = JwtPolicy::new().dangerous_without_exp();
    let verifier = JwtVerifier::new(policy, [key(SECRET)]).expect("verifier").with_cache(cache.clone());
    let endless = crate::jwt::token(crate::jwt::HEADER, r#"{"sub":"ada"}"#);
    for (seconds, hits) in [(0, 0), (9, 1), (10, 1), (19, 2), (20, 2)] {
        verifier.verify(&endless, after(seconds)).expect("verified");
        assert_eq!(cache.hits(), hits, "{seconds}");
    }
}

#[test]
fn the_cache_is_bounded() {
    let cache = VerifiedTokenCache::new(50);
    let verifier = verifier(&cache);
    for n in 0..500 {
        verifier.verify(&token("ada", &n.to_string()), NOW).expect("verified");
    }
    assert!(cache.len() <= 50, "{}", cache.len());
}

#[tokio::test]
async fn a_mapping_is_asked_with_every_request() {
    let kit = Kit::new().await;
    let cache = VerifiedTokenCache::new(100);
    let banned = Arc::new(Mutex::new(false));
    let asked = Arc::clone(&banned);
    let jwt = JwtAuthenticator::new(verifier(&cache))
        .with_mapping(move |token| if *asked.lock().expect("unharmed") { Err("banned") } else { map(token) });
    let layer = kit.layer(jwt);
    let line = format!("Bearer {}", token("ada", "1"));
    let ask = async || send(&layer, get("/", &[("authorization", &line)])).await.status.as_u16();
    assert_eq!((ask().await, ask().await, cache.hits()), (200, 200, 1));
    *banned.lock().expect("unharmed") = true;
    assert_eq!((ask().await, cache.hits()), (401, 2));
}
