//! Whole requests through the layer to a service that reads the principal, beside the raw
//! work that they cannot do without. Stores in memory with 1,000 keys; requests are made
//! outside the measured part, and each signed one is new.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a bench may panic")]

mod setup;

use std::collections::HashMap;
use std::hint::black_box;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use portcullis::Authenticator;
use portcullis::request::{BodyGate, RequestTarget, RequestView};
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
        assert_eq!(bench.answer().status(), bench.status, "{}", bench.name);
        let Bench { name, make, serve, .. } = &mut bench;
        group.bench_function(*name, |b| b.iter_batched(&mut *make, &mut *serve, BatchSize::NumIterations(4)));
    }
    group.finish();
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
    let gate = BodyGate::new();
    let target = RequestTarget::new("POST", sent.uri().path(), sent.uri().query());
    let view = RequestView::new(target, sent.headers(), &gate, setup::NOW);
    group.bench_function(name, |b| {
        b.iter(|| {
            assert!(!matches!(
                now(authenticator.authenticate(black_box(&view))),
                Ok(portcullis::Outcome::Authenticated(_))
            ))
        });
    });
}

criterion_group!(benches, raw, layers, garbage);
criterion_main!(benches);
