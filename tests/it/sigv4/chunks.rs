//! Bodies in signed chunks, through the layer: not a byte of what is not verified.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use portcullis::request::BodyFailure;
use portcullis::sigv4::chunked::{Checksum, ChunkPlan};
use portcullis::tower::{AuthBody, AuthLayer};
use tower::{Layer, ServiceExt, service_fn};

use super::bodies::in_chunks;
use super::*;

const BODY: &[u8] = b"aaaaaaaabbbbbbbbcccccccc";
/// A chunk of eight bytes: 1 digit, 81 bytes of signature, and three line ends but one.
const CHUNK: usize = 1 + 81 + 2 + 8 + 2;

/// What the handler read before the body ended, and how it ended.
async fn read<A>(layer: &AuthLayer<A>, sent: &Sent, wire: &[u8]) -> (Vec<u8>, Option<BodyFailure>)
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    let read = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&read);
    let inner = service_fn(move |request: Request<AuthBody<Full<Bytes>>>| {
        let seen = Arc::clone(&seen);
        async move {
            let (head, mut body) = request.into_parts();
            assert_eq!(head.headers["content-length"], BODY.len().to_string().as_str());
            assert!(!head.headers.contains_key("content-encoding"));
            let mut whole = Vec::new();
            let mut failure = None;
            while let Some(frame) = body.frame().await {
                match frame {
                    Ok(frame) => whole.extend(frame.into_data().expect("data")),
                    Err(error) => failure = Some(BodyFailure::behind(&*error).expect("a failure")),
                }
            }
            *seen.lock().expect("lock") = Some((whole, failure));
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
        }
    });
    let mut sent = sent.clone();
    *sent.body_mut() = Full::from(wire.to_vec());
    layer.layer(inner).oneshot(sent).await.expect("infallible");
    read.lock().expect("lock").take().expect("the head is good: the handler runs")
}

#[tokio::test]
async fn chunks_that_are_dropped_swapped_changed_or_cut_end_in_an_error() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit).for_s3());
    let (sent, wire) = in_chunks(&key, &ChunkPlan::signed().with_chunk_size(8), BODY);
    assert_eq!(read(&layer, &sent, &wire).await, (BODY.to_vec(), None));

    let parts: Vec<&[u8]> = wire.chunks(CHUNK).collect();
    let [a, b, c, last] = parts.as_slice() else { panic!("three chunks and the last") };
    let changed = |place: usize| {
        let mut wire = wire.clone();
        wire[place] ^= 1;
        wire
    };
    let sized = |size: &str| [size.as_bytes(), &wire[1..]].concat();
    let all = [*a, b, c, last].concat();
    // Nothing of a body that goes wrong comes in the same breath as what went before.
    for (name, wire, failure) in [
        ("the last chunk dropped", [*a, b, c].concat(), BodyFailure::Malformed),
        ("a chunk dropped", [*a, c, last].concat(), BodyFailure::NotAsSigned),
        ("the last data dropped", [*a, b, last].concat(), BodyFailure::Malformed),
        ("two swapped", [*b, a, c, last].concat(), BodyFailure::NotAsSigned),
        ("one repeated", [*a, a, b, c, last].concat(), BodyFailure::NotAsSigned),
        ("more behind the end", [&all, *last].concat(), BodyFailure::Malformed),
        ("data changed", changed(CHUNK - 4), BodyFailure::NotAsSigned),
        ("a signature changed", changed(30), BodyFailure::NotAsSigned),
        ("cut", wire[..wire.len() - 2].to_vec(), BodyFailure::Malformed),
        ("not framed", BODY.to_vec(), BodyFailure::Malformed),
        ("a size that overflows", sized("ffffffffffffffff"), BodyFailure::Malformed),
        ("a negative size", sized("-1"), BodyFailure::Malformed),
        (
            "bare line ends",
            String::from_utf8_lossy(&wire).replace("\r\n", "\n").into(),
            BodyFailure::Malformed,
        ),
    ] {
        let (whole, ended) = read(&layer, &sent, &wire).await;
        assert_eq!(ended, Some(failure), "{name}");
        assert!(whole.len() < BODY.len() && BODY.starts_with(&whole), "{name}");
    }
    for name in ["data changed", "a signature changed"] {
        let place = if name == "data changed" { CHUNK - 4 } else { 30 };
        assert_eq!(read(&layer, &sent, &changed(place)).await.0, b"", "{name}: not a byte");
    }
}

#[tokio::test]
async fn a_chunk_above_the_limit_is_not_held() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let plan = ChunkPlan::signed().with_checksum(Checksum::Sha256).with_chunk_size(16);
    let (sent, wire) = in_chunks(&key, &plan, BODY);
    let layer = |limit| kit.layer(authenticator(&kit).for_s3().with_max_chunk(limit));
    assert_eq!(read(&layer(15), &sent, &wire).await, (Vec::new(), Some(BodyFailure::TooLarge)));
    assert_eq!(read(&layer(16), &sent, &wire).await, (BODY.to_vec(), None));
}
