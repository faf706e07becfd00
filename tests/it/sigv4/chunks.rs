//! Bodies in signed chunks, through the layer: not a byte of what is not verified.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use portcullis::request::BodyFailure;
use portcullis::sigv4::chunked::{Checksum, ChunkPlan};
use portcullis::tower::{AuthBody, AuthLayer};
use tower::{Layer, ServiceExt, service_fn};

use super::bodies::in_chunks;
use super::*;
use crate::body::Counted;

const BODY: &[u8] = b"aaaaaaaabbbbbbbbcccccccc";
/// A chunk of eight bytes: 1 digit, 81 bytes of signature, and three line ends but one.
const CHUNK: usize = 1 + 81 + 2 + 8 + 2;

/// What the handler read before the body ended, which comes in frames of this size, and how it
/// ended.
async fn read_in<A>(
    frame: usize,
    layer: &AuthLayer<A>,
    sent: &Sent,
    wire: &[u8],
) -> (Vec<u8>, Option<BodyFailure>)
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    let read = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&read);
    let inner = service_fn(move |request: Request<AuthBody<Counted>>| {
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
    let frames = wire.chunks(frame).map(|data| Ok(Frame::data(Bytes::copy_from_slice(data))));
    let sent = sent.clone().map(|_| Counted::new(frames.collect(), None).0);
    layer.layer(inner).oneshot(sent).await.expect("infallible");
    read.lock().expect("lock").take().expect("the head is good: the handler runs")
}

async fn read<A>(layer: &AuthLayer<A>, sent: &Sent, wire: &[u8]) -> (Vec<u8>, Option<BodyFailure>)
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    read_in(wire.len(), layer, sent, wire).await
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
        // Still a digit where it was one.
        wire[place] = if wire[place] == b'0' { b'1' } else { b'0' };
        wire
    };
    let sized = |size: &str| [size.as_bytes(), &wire[1..]].concat();
    let all = [*a, b, c, last].concat();
    // How many bytes are in chunks that were verified. The last ones wait for the end.
    for (name, wire, verified, failure) in [
        ("the last chunk dropped", [*a, b, c].concat(), 16, BodyFailure::Malformed),
        ("a chunk dropped", [*a, c, last].concat(), 8, BodyFailure::NotAsSigned),
        ("the last data dropped", [*a, b, last].concat(), 16, BodyFailure::Malformed),
        ("two swapped", [*b, a, c, last].concat(), 0, BodyFailure::NotAsSigned),
        ("one repeated", [*a, a, b, c, last].concat(), 8, BodyFailure::NotAsSigned),
        ("more behind the end", [&all, *last].concat(), 16, BodyFailure::Malformed),
        ("data of the first changed", changed(CHUNK - 4), 0, BodyFailure::NotAsSigned),
        ("data of the second changed", changed(2 * CHUNK - 4), 8, BodyFailure::NotAsSigned),
        ("data of the third changed", changed(3 * CHUNK - 4), 16, BodyFailure::NotAsSigned),
        ("the first signature changed", changed(30), 0, BodyFailure::NotAsSigned),
        ("the second signature changed", changed(CHUNK + 30), 8, BodyFailure::NotAsSigned),
        ("the last signature changed", changed(3 * CHUNK + 30), 16, BodyFailure::NotAsSigned),
        ("cut at the end", wire[..wire.len() - 2].to_vec(), 16, BodyFailure::Malformed),
        ("cut within data", wire[..2 * CHUNK - 4].to_vec(), 8, BodyFailure::Malformed),
        ("cut behind data", wire[..2 * CHUNK - 2].to_vec(), 8, BodyFailure::Malformed),
        ("not framed", BODY.to_vec(), 0, BodyFailure::Malformed),
        ("a size that overflows", sized("ffffffffffffffff"), 0, BodyFailure::Malformed),
        ("a negative size", sized("-1"), 0, BodyFailure::Malformed),
        (
            "bare line ends",
            String::from_utf8_lossy(&wire).replace("\r\n", "\n").into(),
            0,
            BodyFailure::Malformed,
        ),
    ] {
        for frame in [1, 7] {
            let (whole, ended) = read_in(frame, &layer, &sent, &wire).await;
            assert_eq!(ended, Some(failure), "{name}");
            assert_eq!(whole, &BODY[..verified], "{name}, in frames of {frame}");
        }
        // In one frame nothing of it is ever ready.
        let (whole, ended) = read(&layer, &sent, &wire).await;
        assert_eq!(ended, Some(failure), "{name}");
        assert!(whole.len() <= verified, "{name}");
    }
}

#[tokio::test]
async fn signed_chunks_are_handed_on_one_by_one_and_the_last_behind_the_end() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit).for_s3());
    let (sent, wire) = in_chunks(&key, &ChunkPlan::signed().with_chunk_size(8), BODY);
    for (came, verified) in [(0, 0), (CHUNK - 1, 0), (CHUNK, 8), (2 * CHUNK - 1, 8), (2 * CHUNK, 16)]
        .into_iter()
        .chain([(3 * CHUNK, 16), (wire.len() - 1, 16)])
    {
        let (whole, ended) = read_in(1, &layer, &sent, &wire[..came]).await;
        assert_eq!((whole, ended), (BODY[..verified].to_vec(), Some(BodyFailure::Malformed)), "{came}");
    }
    for frame in [1, 7, CHUNK, wire.len()] {
        assert_eq!(read_in(frame, &layer, &sent, &wire).await, (BODY.to_vec(), None));
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
