//! Whole requests through the layer to a service that reads the principal, beside the raw
//! work that they cannot do without. Stores in memory with 1,000 keys; requests are made
//! outside the measured part, and each signed one is new.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a bench may panic")]

mod setup;

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use criterion::{Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use portcullis::request::{BodyGate, RequestTarget, RequestView};
use portcullis::store::memory::MemoryNonceStore;
use portcullis::store::sqlite::{MasterKey, SqliteKeyStore};
use portcullis::store::{Claim, KeyHandle, KeyOwner, NewKey};
use portcullis::{Authenticator, KeyAdmin, KeyStore, NonceStore, Realm, Scheme, Timestamp, UserId};
use sha2::{Digest, Sha256};

use setup::{Bench, Sent, now};

fn raw(c: &mut Criterion) {
    let mut group = c.benchmark_group("raw");
    let key = "igny8_0123456789abcdefghijklmnopqrstuvwxyzABCD";
    group.bench_function("sha256 of a 46-byte key", |b| b.iter(|| Sha256::digest(black_box(key.as_bytes()))));

    let map: HashMap<[u8; 32], usize> =
        (0..1000_usize).map(|n| (Sha256::digest(n.to_le_bytes()).into(), n)).collect();
    let digest: [u8; 32] = Sha256::digest(500_usize.to_le_bytes()).into();
    group.bench_function("hash map of 1,000", |b| b.iter(|| map.get(black_box(&digest))));

    let prepared = Hmac::<Sha256>::new_from_slice(b"d7228d70cd7f456d9bfdc35ed8fee375").expect("key");
    let url = "/api/hello/?timestamp=1700000000.274&apikey=483a570a";
    group.bench_function("hmac of a signed url", |b| {
        b.iter(|| prepared.clone().chain_update(black_box(url)).finalize());
    });

    let body = vec![b'x'; 1024];
    group.bench_function("hmac and base64 of 1 KiB for x-auth", |b| {
        b.iter(|| {
            let encoded = STANDARD.encode(black_box(&body));
            prepared
                .clone()
                .chain_update("M-LmI2b3pA0UdIuU7OhXEw15105643971510564037")
                .chain_update(encoded)
                .finalize()
        });
    });

    let mut sigv4 = setup::sigv4::raw();
    group.bench_function(sigv4.name, |b| b.iter(&mut sigv4.run));

    let token = setup::token();
    let decoding = jsonwebtoken::DecodingKey::from_secret(setup::JWT_SECRET.as_bytes());
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    group.bench_function("jsonwebtoken::decode of 6 claims", |b| {
        b.iter(|| {
            jsonwebtoken::decode::<setup::Claims>(black_box(&token), &decoding, &validation).expect("valid")
        });
    });
    group.finish();
}

fn layers(c: &mut Criterion) {
    let mut group = c.benchmark_group("layer");
    for mut bench in setup::all() {
        assert_eq!(bench.answer(), bench.status, "{}", bench.name);
        group.bench_function(bench.name, |b| b.iter_custom(|times| served(&mut bench, times)));
    }
    group.finish();
}

/// Tokens of pairs of keys, each behind the raw work of its signature.
fn pairs(c: &mut Criterion) {
    let mut group = c.benchmark_group("pairs");
    for (mut raw, mut bench) in setup::tokens::pairs() {
        assert_eq!(bench.answer(), bench.status, "{}", bench.name);
        group.bench_function(raw.name, |b| b.iter(&mut raw.run));
        group.bench_function(bench.name, |b| b.iter_custom(|times| served(&mut bench, times)));
    }
    group.finish();
}

/// Signed messages, each behind the raw work of its signature.
fn messages(c: &mut Criterion) {
    let mut group = c.benchmark_group("messages");
    for (mut raw, mut bench) in setup::messages::rows() {
        assert_eq!(bench.answer(), bench.status, "{}", bench.name);
        group.bench_function(raw.name, |b| b.iter(&mut raw.run));
        group.bench_function(bench.name, |b| b.iter_custom(|times| served(&mut bench, times)));
    }
    group.finish();
}

/// What refusing a token costs, beside accepting it: whole, with the answer, and decided only.
fn refusals(c: &mut Criterion) {
    let mut group = c.benchmark_group("jwt, whole");
    for mut bench in setup::tokens::refused_rows() {
        assert_eq!(bench.answer(), bench.status, "{}", bench.name);
        group.bench_function(bench.name, |b| b.iter_custom(|times| served(&mut bench, times)));
    }
    group.finish();
    let mut group = c.benchmark_group("jwt, authenticate");
    let jwt = setup::tokens::jwt_named();
    for (name, sent) in setup::tokens::refusals() {
        measure_as(&mut group, name, name == "accepted", &jwt, &sent);
    }
    group.finish();
}

/// How long it takes to serve this many requests, answers dropped; they are made a few at
/// a time, outside of the measure.
fn served(bench: &mut Bench, times: u64) -> Duration {
    const BATCH: u64 = 6;
    let mut requests = Vec::with_capacity(6);
    let mut left = times;
    let mut total = Duration::ZERO;
    while left > 0 {
        let batch = left.min(BATCH);
        left -= batch;
        requests.extend((0..batch).map(|_| (bench.make)()));
        let start = Instant::now();
        for request in requests.drain(..) {
            black_box((bench.serve)(request));
        }
        total += start.elapsed();
    }
    total
}

fn garbage(c: &mut Criterion) {
    let mut group = c.benchmark_group("authenticate garbage");
    measure(
        &mut group,
        "api key, wrong alphabet",
        &setup::api_key(),
        &setup::bearer("igny8_é3456789abcdefghijklmn"),
    );
    measure(&mut group, "api key, too long", &setup::api_key(), &setup::bearer(&"igny8_".repeat(50)));
    measure(&mut group, "jwt, two parts", &setup::jwt(), &setup::bearer("eyJhbGciOiJIUzI1NiJ9.e30"));
    measure(
        &mut group,
        "jwt, wrong alphabet",
        &setup::jwt(),
        &setup::bearer(&setup::token().replace('.', "!.")),
    );
    measure(&mut group, "x-auth, wrong length", &setup::x_auth(), &setup::x_auth_garbage());
    measure(&mut group, "signed url, wrong length", &setup::signed_url(), &setup::signed_url_garbage());
    group.finish();
}

fn measure<A: Authenticator>(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    name: &str,
    authenticator: &A,
    sent: &Sent,
) {
    measure_as(group, name, false, authenticator, sent);
}

fn measure_as<A: Authenticator>(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    name: &str,
    passes: bool,
    authenticator: &A,
    sent: &Sent,
) {
    let gate = BodyGate::new();
    let target = RequestTarget::new("POST", sent.uri().path(), sent.uri().query());
    let view = RequestView::new(target, sent.headers(), &gate, setup::NOW);
    group.bench_function(name, |b| {
        b.iter(|| {
            let outcome = now(authenticator.authenticate(black_box(&view)));
            assert_eq!(matches!(outcome, Ok(portcullis::Outcome::Authenticated(_))), passes);
        });
    });
}

/// Look-ups with a cache and without, checksums and counts, by themselves.
fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("step");
    for mut step in setup::steps::all() {
        group.bench_function(step.name, |b| b.iter(&mut step.run));
    }
    group.finish();
}

/// What a claim costs by itself, and a look-up in a file.
fn stores(c: &mut Criterion) {
    let mut group = c.benchmark_group("store");
    let (_, key) = setup::store(Scheme::XAuth);
    let realm = Realm::default();
    let nonces = MemoryNonceStore::with_capacity(100_000_000);
    let mut count = 0_i64;
    group.bench_function("memory, a claim", |b| {
        b.iter(|| {
            count += 1;
            let at = |micros| Timestamp::from_unix_micros(setup::NOW.as_unix_micros() + micros);
            let nonce = count.to_le_bytes();
            let (until, now_) = (at(count * 1000 + 60_000_000), at(count * 1000));
            let scheme = Scheme::XAuth;
            let claim = Claim::new(&realm, scheme, &key.id, &nonce, until, now_);
            assert!(now(nonces.claim(&claim)).expect("room"));
        });
    });

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let folder = tempfile::tempdir().expect("folder");
    let (store, id) = runtime.block_on(async {
        let path = folder.path().join("keys.db");
        let store: SqliteKeyStore =
            SqliteKeyStore::connect(path, MasterKey::new([7; 32])).await.expect("store");
        store.migrate().await.expect("schema");
        store.add_user(&UserId::from("ada"), None).await.expect("user");
        let key = NewKey::new(Scheme::XAuth, KeyOwner::user("ada"));
        let id = store.issue(key, setup::NOW).await.expect("issued").id;
        (store, id)
    });
    let handle = KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id: id.as_str() };
    group.bench_function("sqlite, by id", |b| b.iter(|| runtime.block_on(store.find(black_box(&handle)))));
    group.finish();
}

/// Basic is its hash, and a thread to make it on.
fn basic(c: &mut Criterion) {
    use portcullis::basic::BasicAuthenticator;
    use portcullis::password::{PasswordHash, SinglePassword, UserVerifier};

    let mut group = c.benchmark_group("basic");
    let hash = PasswordHash::bcrypt(&"correct horse".into(), 4).expect("hash");
    let password = "correct horse".into();
    group.bench_function("bcrypt of cost 4 alone", |b| b.iter(|| hash.matches(black_box(&password))));

    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    let users = UserVerifier::single(SinglePassword::new("ada".into(), hash.clone())).expect("users");
    let basic = BasicAuthenticator::new(users);
    let credentials = STANDARD.encode("ada:correct horse");
    let sent = Sent::new(Default::default());
    let (mut parts, _) = sent.into_parts();
    parts.headers.insert("authorization", format!("Basic {credentials}").parse().expect("value"));
    let gate = BodyGate::new();
    let view = RequestView::new(RequestTarget::new("GET", "/", None), &parts.headers, &gate, setup::NOW);
    group.bench_function("authenticate, bcrypt of cost 4", |b| {
        b.iter(|| runtime.block_on(basic.authenticate(black_box(&view))).expect("ada"));
    });
    group.finish();
}

criterion_group!(benches, raw, layers, pairs, messages, refusals, basic, garbage, steps, stores);
criterion_main!(benches);
