//! Single steps of a request, each behind what it cannot beat.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Mutex;
use std::time::Duration;

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::jwt::VerifiedTokenCache;
use portcullis::request::{BodyGate, RequestTarget, RequestView};
use portcullis::store::cached::CachedKeyStore;
use portcullis::store::memory::{MemoryCounterStore, MemoryKeyStore};
use portcullis::store::{
    Budget, CounterStore, KeyDigest, KeyHandle, KeyHasher, KeyOwner, KeyRef, KeyStore, LastUses, NewKey,
    RoleStore, Taken,
};
use portcullis::{Authenticator, KeyAdmin, Limit, Realm, Scheme, Timestamp};
use sha2::{Digest, Sha256};

use super::{NOW, bearer, live, now, store};

/// One row: what is done again and again.
pub struct Step {
    pub name: &'static str,
    pub run: Box<dyn FnMut()>,
}

impl Step {
    pub fn new<T>(name: &'static str, mut run: impl FnMut() -> T + 'static) -> Self {
        let run = move || {
            black_box(run());
        };
        Self { name, run: Box::new(run) }
    }
}

/// All steps. Each that is ours comes after the raw work, or the store without a cache.
pub fn all() -> Vec<Step> {
    let mut steps = Vec::from(digests());
    steps.extend(ids());
    steps.extend(rights());
    steps.extend(checksums());
    steps.extend(uses());
    steps.extend(counters());
    steps.extend(tokens());
    steps.push(super::sigv4::raw());
    steps.push(super::events::raw());
    steps
}

/// A token that was verified already, behind the hash that finds it.
fn tokens() -> [Step; 2] {
    let (text, same) = (super::token(), super::token());
    let verifier = super::jwt_verifier().with_cache(VerifiedTokenCache::new(10_000));
    [
        Step::new("sha256 of a token", move || Sha256::digest(black_box(text.as_bytes()))),
        Step::new("token kept in a cache, verified", move || {
            verifier.verify(black_box(&same), NOW).expect("verified")
        }),
    ]
}

/// A look-up by digest, of a key that is there or is not.
fn by_digest<S: KeyStore>(name: &'static str, keys: S, digest: KeyDigest, is_there: bool) -> Step {
    let (realm, digests) = (Realm::default(), [digest]);
    Step::new(name, move || {
        let handle = KeyHandle::Digests { realm: &realm, digests: black_box(&digests) };
        let found = now(keys.find(&handle)).expect("an answer");
        assert_eq!(found.is_some(), is_there);
        found
    })
}

fn digests() -> [Step; 4] {
    let (keys, key) = store(Scheme::ApiKey);
    let cached = CachedKeyStore::new(keys.clone());
    let digest = KeyHasher::sha256().digest(key.secret.expose());
    let strange = KeyDigest::from_bytes([7; 32]);
    [
        by_digest("memory, by digest", keys.clone(), digest, true),
        by_digest("cached, by digest", cached.clone(), digest, true),
        by_digest("memory, not there", keys, strange, false),
        by_digest("cached, not there", cached, strange, false),
    ]
}

fn by_id<S: KeyStore>(name: &'static str, keys: S, id: &str) -> Step {
    let (realm, id) = (Realm::default(), id.to_owned());
    Step::new(name, move || {
        let handle = KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id: black_box(&id) };
        let found = now(keys.find(&handle)).expect("an answer");
        assert!(found.is_some());
        found
    })
}

fn ids() -> [Step; 4] {
    let (keys, key) = store(Scheme::XAuth);
    // No scheme looks for a longer one.
    let long = "k".repeat(255);
    let new = NewKey::new(Scheme::XAuth, KeyOwner::user("ada")).with_id(long.as_str());
    drop(now(keys.issue(new, NOW)).expect("issued"));
    let cached = CachedKeyStore::new(keys.clone());
    let id = key.id.as_str();
    [
        by_id("memory, by id", keys.clone(), id),
        by_id("cached, by id", cached.clone(), id),
        by_id("memory, by id of 255 bytes", keys, &long),
        by_id("cached, by id of 255 bytes", cached, &long),
    ]
}

fn rights() -> [Step; 2] {
    let (keys, _) = store(Scheme::ApiKey);
    let cached = CachedKeyStore::new(keys.clone());
    [
        Step::new("memory, rights of a user", move || {
            now(keys.rights_of(black_box("ada"))).expect("an answer")
        }),
        Step::new("cached, rights of a user", move || {
            now(cached.rights_of(black_box("ada"))).expect("an answer")
        }),
    ]
}

/// What is refused before any look-up.
fn checksums() -> [Step; 3] {
    let (format, text) = (live::format(), live::mistyped());
    let (mut covered, checked, sent) = (text.clone(), text.clone(), bearer(&text));
    covered.truncate(text.len() - 6);
    let keys = ApiKeyAuthenticator::new(
        MemoryKeyStore::<portcullis::store::StoredPrincipal>::new(),
        KeyShape::formats([live::format()]),
    );
    [
        Step::new("crc32 of a key", move || crc32fast::hash(black_box(covered.as_bytes()))),
        Step::new("wrong checksum, its check", move || assert!(!format.check(black_box(&checked)))),
        Step::new("wrong checksum, authenticate", move || {
            let gate = BodyGate::new();
            let target = RequestTarget::new("GET", sent.uri().path(), sent.uri().query());
            let view = RequestView::new(target, sent.headers(), &gate, NOW);
            assert!(now(keys.authenticate(black_box(&view))).is_err());
        }),
    ]
}

fn uses() -> [Step; 2] {
    let key = KeyRef { realm: Realm::default(), id: "0123456789abcdef".into() };
    let raw = Mutex::new(HashMap::<KeyRef, Timestamp>::new());
    let uses = LastUses::new(10_000);
    let same = key.clone();
    [
        Step::new("hash map in a lock, a moment put", move || {
            raw.lock().expect("unharmed").insert(black_box(&same).clone(), NOW)
        }),
        Step::new("last use, noted", move || uses.note(black_box(&key).clone(), NOW)),
    ]
}

/// Taking one from each of these.
fn taking<const N: usize>(name: &'static str, names: [&'static str; N]) -> Step {
    let limit = Limit::new(1 << 40, Duration::from_secs(60)).expect("a limit");
    let store = MemoryCounterStore::new();
    Step::new(name, move || {
        let budgets = black_box(names).map(|name| Budget { name, limit });
        let taken = now(store.take(&budgets, NOW)).expect("a count");
        assert!(matches!(taken, Taken::All(_)));
        taken
    })
}

fn counters() -> [Step; 3] {
    let (key, account) = ("key 7:default7:api-key16:0123456789abcdef", "account acme");
    let raw = Mutex::new(HashMap::from([(key.to_owned(), 0_u64)]));
    [
        Step::new("hash map in a lock, one counted", move || {
            let mut counts = raw.lock().expect("unharmed");
            let count = counts.get_mut(black_box(key)).expect("a count");
            *count += 1;
            *count
        }),
        taking("counters in memory, one taken", [key]),
        taking("counters in memory, two taken", [key, account]),
    ]
}
