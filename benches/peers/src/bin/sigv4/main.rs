//! A GET without a body, signed in its headers with AWS Signature Version 4, through the layer of
//! this crate, beside three peers that verify the same request, and the raw work of it.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml --bin sigv4
//! ```
//!
//! Each is used as its documentation says, with 1,000 keys in memory, around a service that reads
//! who was let in. All take turns in short rounds, so that a slow moment of the machine hits them
//! alike; requests are made outside of the measure. The table has medians.

mod layer;
mod raw;
mod request;
mod rustack;
mod s3s;
mod scratchstack;
#[path = "../tokens/turns.rs"]
mod turns;

use request::Signed;
use turns::Subject;

fn main() {
    let (keys, known) = layer::keys();
    let signed = Signed::new(known.last().expect("a key"));
    let mut subjects = [
        raw::primitives(&signed),
        layer::portcullis(keys, &signed),
        s3s::operation(&known, &signed),
        s3s::route(&known, &signed),
        rustack::verify(&known, &signed),
        scratchstack::validate(&known, &signed),
    ];
    let times = turns::run(&mut subjects);
    turns::print(&subjects, &times);
    let [raw, ours, peers @ ..] = times.as_slice() else { unreachable!("there are six") };
    let fastest = peers.iter().copied().fold(f64::INFINITY, f64::min);
    println!("\nportcullis: {:.2} of the raw work, {:.2} of the fastest peer", ours / raw, ours / fastest);
}

/// Work on one request after another, each made outside of the measure.
fn subject<S, R>(name: &'static str, signed: &Signed, mut service: S) -> Subject
where
    S: tower::Service<request::Sent, Response = http::Response<R>> + 'static,
    S::Error: std::fmt::Debug,
{
    use std::task::{Context, Poll, Waker};

    let sent = signed.sent.clone();
    let work = move |sent| {
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(service.poll_ready(&mut context), Poll::Ready(Ok(()))));
        let Poll::Ready(answer) = std::pin::pin!(service.call(sent)).poll(&mut context) else {
            unreachable!("nothing here waits")
        };
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 200);
        std::hint::black_box(answer);
    };
    Subject::on("SigV4", name, move || sent.clone(), work)
}

/// An answer, if somebody was let in.
fn known(known: bool) -> http::Response<http_body_util::Full<bytes::Bytes>> {
    assert!(known, "somebody was let in");
    let answer = http::Response::builder().header("content-type", "text/plain").body(Default::default());
    answer.expect("a response")
}
