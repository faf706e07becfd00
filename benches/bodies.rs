//! Bodies that stream under a digest, beside the digest alone: 16 MiB in frames of 64 KiB, which
//! nobody copies.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a bench may panic")]

#[path = "setup/frames.rs"]
mod frames;

use std::convert::Infallible;
use std::future::poll_fn;
use std::hint::black_box;
use std::pin::pin;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use portcullis::crypto::{BodyDigest, DigestGuard};
use portcullis::request::{Carriers, RequestView};
use portcullis::tower::{AuthBody, AuthLayer};
use portcullis::{AuthError, Authenticator, Challenges, Outcome};
use tower::{Layer, Service, service_fn};

use frames::{FRAME, Frames, digest};

const COUNT: u64 = 256;

/// Everybody may come in whose body has this digest, or has any, where there is none here.
struct Digested(Option<[u8; 32]>);

impl Authenticator for Digested {
    type Principal = ();

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<()>, AuthError> {
        if let Some(digest) = self.0 {
            request.guard_body(DigestGuard::new(BodyDigest::sha256(digest)));
        }
        Ok(Outcome::Authenticated(()))
    }

    fn challenge(&self, _: Option<&AuthError>, _: &mut Challenges) {}

    fn carriers(&self, _: &mut Carriers) {}
}

async fn read(request: Request<AuthBody<Frames>>) -> Result<Response<Full<&'static [u8]>>, Infallible> {
    let (mut body, mut read) = (pin!(request.into_body()), 0);
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        read += black_box(frame.expect("a good body").into_data().expect("data")).len();
    }
    assert_eq!(read as u64, COUNT * FRAME as u64);
    Ok(Response::new(Full::default()))
}

fn bodies(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut group = c.benchmark_group("body of 16 MiB");
    group.throughput(Throughput::Bytes(COUNT * FRAME as u64)).sample_size(50);
    group.bench_function("raw sha256", |b| b.iter(|| digest(black_box(COUNT))));
    for (name, expected) in [("under its sha256", Some(digest(COUNT))), ("under nothing", None)] {
        let mut service = AuthLayer::new(Digested(expected)).layer(service_fn(read));
        group.bench_function(name, |b| {
            b.iter(|| {
                let answer = runtime.block_on(service.call(Request::new(Frames::new(COUNT))));
                let answer = answer.expect("infallible");
                assert_eq!(answer.status(), StatusCode::OK);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bodies);
criterion_main!(benches);
