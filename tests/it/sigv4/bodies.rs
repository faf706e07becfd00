//! What becomes of bodies that are signed, and of those that are not.

use std::collections::VecDeque;

use bytes::Bytes;
use http_body_util::Full;
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::sigv4::chunked::{Checksum, ChunkPlan, ChunkSeed};

use super::*;
use crate::kit::send;
use crate::reading::read_by_handler;

fn with_body(mut sent: Sent, body: &'static str) -> Sent {
    *sent.body_mut() = Full::from(body);
    sent
}

#[tokio::test]
async fn a_declared_body_streams_and_never_ends_well_unless_it_is_the_one() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit));
    let sign = || Declared::sign(&key, "PUT", "/", b"a body", NOW);
    assert_eq!(read_by_handler(&layer, sign()).await.1, Some(Ok(Bytes::from("a body"))));
    for other in ["a bodY", "a body and more", "a bod"] {
        assert_eq!(read_by_handler(&layer, with_body(sign(), other)).await.1, Some(Err(())), "{other:?}");
    }
    // That there is none is known before the handler runs.
    assert_eq!(read_by_handler(&layer, with_body(sign(), "")).await, (401, None));
}

#[tokio::test]
async fn another_body_is_refused_before_the_handler_where_bodies_are_buffered() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit).buffer_bodies()).with_body_limit(8);
    let sign = || Declared::sign(&key, "PUT", "/", b"a body", NOW);
    assert_eq!(read_by_handler(&layer, sign()).await, (200, Some(Ok(Bytes::from("a body")))));
    for (other, status) in [("a bodY", 401), ("", 401), ("a body and more", 413)] {
        assert_eq!(read_by_handler(&layer, with_body(sign(), other)).await, (status, None), "{other:?}");
    }
}

#[tokio::test]
async fn a_body_where_none_was_signed_is_refused_before_the_handler() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit));
    for sent in [
        Declared::sign(&key, "GET", "/", b"", NOW),
        Undeclared::sign(&key, "GET", "/", b"", NOW),
        request("GET", &presigned(&signer(&key), "GET", "/", NOW), &[("host", HOST)], b""),
    ] {
        assert_eq!(read_by_handler(&layer, sent.clone()).await, (200, Some(Ok(Bytes::new()))));
        assert_eq!(read_by_handler(&layer, with_body(sent, "x")).await, (401, None));
    }
}

#[tokio::test]
async fn an_unsigned_payload_is_refused_unless_it_is_allowed() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let strict = kit.layer(authenticator(&kit));
    let lax = kit.layer(authenticator(&kit).accept_unsigned_payload());
    let signer = signer(&key).with_unsigned_payload();
    let in_header = signed(&signer, request("PUT", "/", &[], b"x"), b"x", NOW);
    let target = presigned(&signer, "PUT", "/", NOW);
    let in_query = request("PUT", &target, &[("host", HOST)], b"x");
    for sent in [in_header, in_query] {
        assert_eq!(send(&strict, sent.clone()).await.status, 401);
        assert_eq!(send(&lax, sent.clone()).await.status, 200);
        assert_eq!(send(&lax, with_body(sent, "y")).await.status, 200, "that is what unsigned means");
    }
    let target = presigned(&signer.for_s3(), "PUT", "/", NOW);
    let of_s3 = || request("PUT", &target, &[("host", HOST)], b"x");
    assert_eq!(send(&kit.layer(authenticator(&kit).for_s3()), of_s3()).await.status, 401);
    let lax = kit.layer(authenticator(&kit).for_s3().accept_unsigned_payload());
    assert_eq!(send(&lax, of_s3()).await.status, 200);
}

#[tokio::test]
async fn a_signed_digest_cannot_be_made_an_unsigned_payload() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let lax = kit.layer(authenticator(&kit).accept_unsigned_payload().accept_unsigned_trailer());
    for payload in ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", &sha256(b"other")] {
        let sent = Declared::sign(&key, "PUT", "/", b"a body", NOW);
        let sent = with_header(with_body(sent, "other"), "x-amz-content-sha256", payload);
        assert_eq!(read_by_handler(&lax, sent).await, (401, None), "{payload}");
    }
}

#[tokio::test]
async fn a_request_by_the_rules_of_s3_declares_its_body() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit).for_s3());
    assert_eq!(send(&layer, Undeclared::sign(&key, "GET", "/", b"", NOW)).await.status, 400);
    assert_eq!(send(&layer, Declared::sign(&key, "GET", "/", b"", NOW)).await.status, 200);
}

/// A request whose body is sent in chunks, and its body.
pub(super) fn in_chunks(key: &IssuedKey, plan: &ChunkPlan, body: &'static [u8]) -> (Sent, Vec<u8>) {
    let plan_headers = plan.headers(body.len() as u64);
    let mut by_hand = ByHand::new(key, "PUT", "/k", b"");
    let headers = plan_headers.iter().map(|(name, value)| (*name, value.as_str()));
    by_hand.headers.extend(headers.filter(|(name, _)| *name != "content-length"));
    let mut names: Vec<&str> = by_hand.headers.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    let names = names.join(";");
    by_hand.signed = &names;
    by_hand.payload = plan.payload().as_str().to_owned();
    let signature = by_hand.signature(PathForm::EncodedOnce, QueryForm::Rule);
    let keyed = |secret: &[u8]| HmacKey::new(HmacAlgorithm::Sha256, &portcullis::Secret::new(secret));
    let first = keyed(&[b"AWS4", key.secret.expose()].concat());
    let derived =
        by_hand.scope.split('/').fold(first, |key, part| keyed(key.sign(&[part.as_bytes()]).expose()));
    let seed = ChunkSeed::new(derived, by_hand.scope.as_str(), DATE, &signature).expect("a seed");
    let mut pieces = VecDeque::new();
    let mut chunks = plan.start(seed);
    chunks.push(Bytes::from_static(body), &mut pieces);
    chunks.finish(&mut pieces);
    let coded: Vec<u8> = pieces.into_iter().flatten().collect();
    (by_hand.send_as(PathForm::EncodedOnce, QueryForm::Rule, &coded), coded)
}

#[tokio::test]
async fn a_body_in_signed_chunks_arrives_decoded() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    for layer in
        [kit.layer(authenticator(&kit).for_s3()), kit.layer(authenticator(&kit).for_s3().buffer_bodies())]
    {
        for plan in [ChunkPlan::signed(), ChunkPlan::signed().with_checksum(Checksum::Crc32c)] {
            let plan = plan.with_chunk_size(8);
            let (sent, coded) = in_chunks(&key, &plan, b"a body in several chunks");
            let read = read_by_handler(&layer, sent.clone()).await;
            assert_eq!(read, (200, Some(Ok(Bytes::from("a body in several chunks")))));
            for place in 0..coded.len() {
                let mut changed = coded.clone();
                changed[place] ^= 1;
                let mut sent = sent.clone();
                *sent.body_mut() = Full::from(changed);
                let (_, read) = read_by_handler(&layer, sent).await;
                // An `A` for an `a` in a size is another spelling; here no size has letters.
                assert!(matches!(read, None | Some(Err(()))), "byte {place}");
            }
            let mut unframed = sent.clone();
            *unframed.body_mut() = Full::from("a body in several chunks");
            assert!(matches!(read_by_handler(&layer, unframed).await.1, None | Some(Err(()))));
        }
    }
}

#[tokio::test]
async fn an_unsigned_trailer_is_refused_unless_it_is_allowed_and_its_head_is_signed() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let plan = ChunkPlan::unsigned(Checksum::Crc32);
    let (sent, _) = in_chunks(&key, &plan, b"a body");
    let strict = kit.layer(authenticator(&kit).for_s3());
    assert_eq!(read_by_handler(&strict, sent.clone()).await, (401, None));
    let lax = kit.layer(authenticator(&kit).for_s3().accept_unsigned_trailer());
    assert_eq!(read_by_handler(&lax, sent.clone()).await.1, Some(Ok(Bytes::from("a body"))));
    let bogus = with_authorization(sent, |text| {
        let (before, _) = text.split_once("Signature=").expect("a signature");
        format!("{before}Signature={}", "0".repeat(64))
    });
    assert_eq!(read_by_handler(&lax, bogus).await, (401, None));
}

#[tokio::test]
async fn chunks_without_their_length_are_malformed() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit).for_s3());
    let mut by_hand = ByHand::new(&key, "PUT", "/k", b"");
    by_hand.payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned();
    let payload = by_hand.payload.clone();
    by_hand.headers.push(("x-amz-content-sha256", &payload));
    by_hand.signed = "host;x-amz-content-sha256;x-amz-date";
    let mut long = by_hand.clone();
    long.headers.push(("x-amz-decoded-content-length", "-1"));
    long.signed = "host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length";
    for sent in [by_hand.send(b"0\r\n\r\n"), long.send(b"0\r\n\r\n")] {
        assert_eq!(read_by_handler(&layer, sent).await, (400, None));
    }
}
