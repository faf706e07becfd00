//! An issuer's own keys, which take turns, and how they are published.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use portcullis::Timestamp;
use portcullis::jwt::{
    JwkRules, JwksEndpoint, JwtAlgorithm, JwtIssueError, JwtIssuer, JwtKeyRing, JwtKeySet, JwtPolicy,
    JwtVerifier, KeyRingError, KeyRingPlan,
};
use portcullis::store::memory::MemoryKeyRings;
use portcullis::store::{KeyRingStore, MasterKey, StoreError, StoredPrincipal, StoredRing};

use super::{NOW, US, seconds};

const DAY: u64 = 24 * 3_600;

fn plan(algorithm: JwtAlgorithm) -> KeyRingPlan {
    KeyRingPlan::new(algorithm, seconds(600)).with_use_for(seconds(DAY))
}

async fn ring(store: &MemoryKeyRings, now: Timestamp) -> JwtKeyRing {
    JwtKeyRing::open(store.clone(), US, plan(JwtAlgorithm::Es256), now).await.expect("a ring")
}

fn issuer(ring: &JwtKeyRing) -> JwtIssuer {
    JwtIssuer::access_tokens(ring.clone(), US, "api", "web", seconds(600))
}

fn header<'a>(answer: &'a Response<Bytes>, name: &str) -> &'a str {
    let mut lines = answer.headers().get_all(name).iter();
    let line = lines.next().expect("a header").to_str().expect("text");
    assert!(lines.next().is_none());
    line
}

/// What others verify with: the set as it was published, read as a fetched one is.
fn fetched(answer: &Response<Bytes>) -> JwtKeySet {
    let text = std::str::from_utf8(answer.body()).expect("text");
    JwtKeySet::read(text, &JwkRules::default(), |key, error| panic!("{key:?} was dropped: {error}"))
        .expect("a set")
}

#[tokio::test]
async fn whoever_keeps_the_published_set_for_its_max_age_can_verify_every_token() {
    let store = MemoryKeyRings::new();
    let ring = ring(&store, NOW).await;
    let endpoint = JwksEndpoint::of_ring(ring.clone());
    let mut held = None::<(JwtVerifier, Timestamp)>;
    let mut keys = std::collections::HashSet::new();
    for minute in (0..4 * 24 * 60).step_by(7) {
        let now = NOW.saturating_add(seconds(minute * 60));
        ring.turn(now).await.expect("turned");
        if held.as_ref().is_none_or(|(_, until)| now >= *until) {
            let answer = endpoint.answer(None, now);
            let age = header(&answer, "cache-control").strip_prefix("public, max-age=").expect("an age");
            let until = now.saturating_add(seconds(age.parse().expect("seconds")));
            held = Some((JwtVerifier::with_set(JwtPolicy::new(), fetched(&answer)).expect("policy"), until));
        }
        let token = issuer(&ring).issue("ada", now).expect("issued");
        keys.insert(ring.signing_key(now).expect("a key").id().expect("an id").to_owned());
        let (verifier, _) = held.as_ref().expect("a set");
        assert!(verifier.verify(&token, now).is_ok(), "minute {minute}");
        // And until it ends, by whoever fetches anew.
        let last = now.saturating_add(seconds(599));
        ring.turn(last).await.expect("turned");
        let fresh =
            JwtVerifier::with_set(JwtPolicy::new(), fetched(&endpoint.answer(None, last))).expect("policy");
        assert!(fresh.verify(&token, last).is_ok(), "minute {minute}");
    }
    assert_eq!(keys.len(), 4, "a key a day");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_turn_at_once_make_one_key() {
    let store = MemoryKeyRings::new();
    for round in 0..10_u64 {
        let now = NOW.saturating_add(seconds(round * DAY));
        let nodes = (0..8).map(|_| {
            let store = store.clone();
            tokio::spawn(async move { ring(&store, now).await.signing_key(now).expect("a key") })
        });
        let mut ids = std::collections::HashSet::new();
        for node in nodes.collect::<Vec<_>>() {
            ids.insert(node.await.expect("a node").id().expect("an id").to_owned());
        }
        assert_eq!(ids.len(), 1, "round {round}");
        let held = store.load_ring(US).await.expect("an answer").expect("a ring");
        assert_eq!(held.version, round + 1, "one change a round");
    }
}

#[tokio::test]
async fn a_ring_goes_on_after_a_restart_with_keys_of_every_kind() {
    for algorithm in [
        JwtAlgorithm::Es256,
        JwtAlgorithm::Es384,
        JwtAlgorithm::Es512,
        JwtAlgorithm::EdDsa,
        JwtAlgorithm::Rs256,
        JwtAlgorithm::Ps256,
    ] {
        let store = MemoryKeyRings::new();
        let open = async || JwtKeyRing::open(store.clone(), US, plan(algorithm), NOW).await.expect("a ring");
        let token = issuer(&open().await).issue("ada", NOW).expect("issued");
        let again = open().await;
        let verifier = JwtVerifier::with_source(JwtPolicy::new(), Arc::new(again.clone())).expect("policy");
        assert!(verifier.verify(&token, NOW).is_ok(), "{algorithm:?}");
        let published = JwksEndpoint::of_ring(again).answer(None, NOW);
        let theirs = JwtVerifier::with_set(JwtPolicy::new(), fetched(&published)).expect("policy");
        assert!(theirs.verify(&token, NOW).is_ok(), "{algorithm:?}");
    }
}

#[tokio::test]
async fn only_public_halves_are_published_and_the_same_set_is_not_sent_twice() {
    let endpoint = JwksEndpoint::of_ring(ring(&MemoryKeyRings::new(), NOW).await);
    let answer = endpoint.answer(None, NOW);
    assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, "application/json"));
    assert_eq!(header(&answer, "cache-control"), "public, max-age=3600");
    let set: serde_json::Value = serde_json::from_slice(answer.body()).expect("JSON");
    let members: Vec<_> = set["keys"][0].as_object().expect("a key").keys().cloned().collect();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    let tag = header(&answer, "etag");
    for held in [tag, "*", &format!("\"x\", W/{tag}")] {
        let same = endpoint.answer(Some(held), NOW);
        assert_eq!((same.status().as_u16(), same.body().len(), header(&same, "etag")), (304, 0, tag));
    }
    assert_eq!(endpoint.answer(Some("\"x\""), NOW).status(), 200);
}

/// A store that is down when it is said.
#[derive(Clone, Default)]
struct Flaky(MemoryKeyRings, Arc<std::sync::atomic::AtomicBool>);

impl KeyRingStore for Flaky {
    async fn load_ring(&self, name: &str) -> Result<Option<StoredRing>, StoreError> {
        match self.1.load(std::sync::atomic::Ordering::SeqCst) {
            true => Err(StoreError::unavailable("down")),
            false => self.0.load_ring(name).await,
        }
    }

    async fn replace_ring(&self, name: &str, ring: &StoredRing) -> Result<bool, StoreError> {
        self.0.replace_ring(name, ring).await
    }
}

#[tokio::test]
async fn without_the_store_a_ring_signs_for_as_long_as_it_can_know_its_keys() {
    let store = Flaky::default();
    let ring = JwtKeyRing::open(store.clone(), US, plan(JwtAlgorithm::Es256), NOW).await.expect("a ring");
    store.1.store(true, std::sync::atomic::Ordering::SeqCst);
    let (last, end) = (NOW.saturating_add(seconds(7_199)), NOW.saturating_add(seconds(7_200)));
    assert!(matches!(ring.turn(last).await, Err(KeyRingError::Store(_))));
    assert!(issuer(&ring).issue("ada", last).is_ok());
    let endpoint = JwksEndpoint::of_ring(ring.clone());
    assert_eq!(header(&endpoint.answer(None, last), "cache-control"), "public, max-age=1");
    assert!(matches!(issuer(&ring).issue("ada", end), Err(JwtIssueError::KeysUnavailable(_))));
    let answer = endpoint.answer(None, end);
    assert_eq!((answer.status().as_u16(), header(&answer, "cache-control")), (503, "no-store"));
    store.1.store(false, std::sync::atomic::Ordering::SeqCst);
    ring.turn(end).await.expect("turned");
    assert!(issuer(&ring).issue("ada", end).is_ok());
}

#[tokio::test]
async fn a_clock_that_was_ahead_and_goes_back_keeps_no_ring_from_turning() {
    let store = MemoryKeyRings::new();
    let ring = ring(&store, NOW).await;
    let other = self::ring(&store, NOW).await;
    let ahead = NOW.saturating_add(seconds(10 * 3_600));
    ring.turn(ahead).await.expect("turned");
    assert!(issuer(&ring).issue("ada", ahead).is_ok());
    // The other node withdraws the key meanwhile, which this one must hear.
    let leaked = ring.signing_key(ahead).expect("a key");
    assert!(other.withdraw(leaked.id().expect("an id"), NOW).await.expect("withdrawn"));
    assert!(matches!(issuer(&ring).issue("ada", NOW), Err(JwtIssueError::KeysUnavailable(_))));
    assert_eq!(JwksEndpoint::of_ring(ring.clone()).answer(None, NOW).status().as_u16(), 503);
    ring.turn(NOW).await.expect("turned");
    let signing = |ring: &JwtKeyRing| ring.signing_key(NOW).expect("a key").id().map(str::to_owned);
    assert_eq!(signing(&ring), signing(&other));
    assert_ne!(signing(&ring).as_deref(), leaked.id());
    // Clocks of nodes differ by a little, and requests have come before the last turn.
    assert!(issuer(&ring).issue("ada", NOW.saturating_sub(seconds(300))).is_ok());
}

#[tokio::test]
async fn a_key_that_is_withdrawn_is_gone_at_once_and_another_signs() {
    let store = MemoryKeyRings::new();
    let ring = ring(&store, NOW).await;
    let verifier = JwtVerifier::with_source(JwtPolicy::new(), Arc::new(ring.clone())).expect("policy");
    // The only one; the one that signs while the next is published; and the next.
    let (first, later) = (NOW, NOW.saturating_add(seconds(22 * 3_600)));
    for (now, others) in [(first, 0), (later, 1)] {
        ring.turn(now).await.expect("turned");
        let leaked = ring.signing_key(now).expect("a key").id().expect("an id").to_owned();
        let token = issuer(&ring).issue("ada", now).expect("issued");
        let published = fetched(&JwksEndpoint::of_ring(ring.clone()).answer(None, now));
        assert_eq!(published.keys().len(), 1 + others);
        assert!(!ring.withdraw("another", now).await.expect("an answer"));
        assert!(verifier.verify(&token, now).is_ok());
        assert!(ring.withdraw(&leaked, now).await.expect("withdrawn"));
        assert!(verifier.verify(&token, now).is_err());
        let next = issuer(&ring).issue("ada", now).expect("issued");
        assert!(verifier.verify(&next, now).is_ok());
        let published = fetched(&JwksEndpoint::of_ring(ring.clone()).answer(None, now));
        assert!(published.keys().iter().all(|key| key.id() != Some(&*leaked)), "{now:?}");
        let theirs = JwtVerifier::with_set(JwtPolicy::new(), published).expect("policy");
        assert!(theirs.verify(&next, now).is_ok() && theirs.verify(&token, now).is_err());
        assert!(!ring.withdraw(&leaked, now).await.expect("an answer"), "it is gone");
    }
}

#[tokio::test]
async fn tokens_that_would_outlive_their_key_are_not_issued() {
    let ring = ring(&MemoryKeyRings::new(), NOW).await;
    let of = |life| JwtIssuer::access_tokens(ring.clone(), US, "api", "web", seconds(life));
    assert!(of(600).issue("ada", NOW).is_ok());
    assert!(matches!(of(601).issue("ada", NOW), Err(JwtIssueError::OutlivesKey)));
}

#[tokio::test]
async fn in_a_database_keys_are_sealed_under_the_master_key() {
    use portcullis::store::sqlite::SqliteKeyStore;
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("keys.db");
    let open = async |master: [u8; 32]| {
        let store = SqliteKeyStore::<StoredPrincipal>::connect(&path, MasterKey::new(master)).await;
        let store = store.expect("a file");
        store.migrate().await.expect("the schema");
        store
    };
    let store = open([7; 32]).await;
    let plan = plan(JwtAlgorithm::Es256);
    let ring = JwtKeyRing::open(store.clone(), US, plan, NOW).await.expect("a ring");
    let document = store.load_ring(US).await.expect("an answer").expect("a ring").document;
    let sealed: Vec<u8> = std::fs::read_dir(folder.path())
        .expect("the folder")
        .flat_map(|file| std::fs::read(file.expect("a file").path()).expect("bytes"))
        .collect();
    let document = document.expose();
    assert!(
        document.len() > 200 && !sealed.windows(40).any(|window| document.windows(40).any(|d| d == window))
    );
    let again = JwtKeyRing::open(store, US, plan, NOW).await.expect("a ring");
    let id = |ring: &JwtKeyRing| ring.signing_key(NOW).expect("a key").id().map(str::to_owned);
    assert_eq!(id(&again), id(&ring));
    let other = open([8; 32]).await;
    for name in [US, "https://another.example"] {
        let refused = JwtKeyRing::open(other.clone(), name, plan, NOW).await;
        assert!(matches!(refused, Err(KeyRingError::Store(StoreError::Corrupt(_)))), "{name}");
    }
}
