//! Bodies and their digests.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use portcullis::Reason;
use portcullis::message_signature::{ContentDigest, MessageSigner};
use portcullis::request::BodyFailure;
use portcullis::store::IssuedKey;
use portcullis::tower::{AuthBody, AuthLayer};
use tower::{Layer, ServiceExt, service_fn};

use super::{Messages, Signatures, by_hand, reason, signatures, signed_by, unsigned};
use crate::kit::{Kit, NOW};
use crate::table::{SchemeUnderTest, Sent};

/// The status and what a handler that reads the body got of it.
async fn read(layer: &AuthLayer<Signatures>, sent: Sent) -> (u16, Result<Bytes, Option<BodyFailure>>) {
    let (seen, mut received) = tokio::sync::mpsc::unbounded_channel();
    let inner = service_fn(move |request: Request<AuthBody<Full<Bytes>>>| {
        let seen = seen.clone();
        async move {
            let body = request.into_body().collect().await.map(|body| body.to_bytes());
            let status = if body.is_ok() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
            seen.send(body.map_err(|error| BodyFailure::behind(&*error))).expect("a test waits");
            let mut response = Response::new(Full::new(Bytes::new()));
            *response.status_mut() = status;
            Ok::<_, Infallible>(response)
        }
    });
    let status = layer.layer(inner).oneshot(sent).await.expect("infallible").status();
    (status.as_u16(), received.try_recv().unwrap_or(Err(None)))
}

fn with_body(key: &IssuedKey, signed: &'static [u8], sent: &'static [u8]) -> Sent {
    let signer = MessageSigner::new(key.id.clone(), &key.secret);
    let mut request = signed_by(&signer, unsigned("POST", "/orders", signed), signed, NOW);
    *request.body_mut() = Full::from(sent);
    request
}

#[tokio::test]
async fn another_body_ends_in_an_error_or_is_401_where_it_is_read_first() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    for (signed, sent) in [(&b"{}"[..], &b"{ }"[..]), (b"{}", b""), (b"{}", b"{}{}"), (b"", b"{}")] {
        let streaming = kit.layer(signatures(&kit));
        let (status, body) = read(&streaming, with_body(&key, signed, sent)).await;
        match sent {
            // Of which nothing is to come, is checked at once.
            b"" => assert_eq!((status, body), (401, Err(None))),
            _ => assert_eq!((status, body), (400, Err(Some(BodyFailure::NotAsSigned)))),
        }
        let first = kit.layer(signatures(&kit).buffer_bodies());
        assert_eq!(read(&first, with_body(&key, signed, sent)).await, (401, Err(None)));
        assert_eq!(reason(&first, with_body(&key, signed, sent)).await, Some(Reason::DigestMismatch));
    }
}

#[tokio::test]
async fn a_body_that_is_as_signed_comes_whole_in_either_way() {
    for first in [false, true] {
        let kit = Kit::new().await;
        let key = kit.issue(Messages::new_key()).await;
        let signatures = signatures(&kit);
        let layer = kit.layer(if first { signatures.buffer_bodies() } else { signatures });
        for body in [&b""[..], b"{}", &[7; 100_000]] {
            let sent = Messages::sign(&key, "POST", "/orders", body, NOW);
            assert_eq!(read(&layer, sent).await, (200, Ok(Bytes::copy_from_slice(body))));
        }
    }
}

#[tokio::test]
async fn a_body_without_a_signed_digest_is_refused_before_it_is_read() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit));
    for (name, value) in [
        ("content-length", "2"),
        ("content-length", "02"),
        ("content-length", "x"),
        ("transfer-encoding", "chunked"),
    ] {
        let mut sent = Messages::sign(&key, "POST", "/orders", b"", NOW);
        sent.headers_mut().insert(name, value.parse().expect("value"));
        assert_eq!(reason(&layer, sent).await, Some(Reason::NotCovered), "{name}: {value}");
    }
    let mut sent = Messages::sign(&key, "POST", "/orders", b"", NOW);
    sent.headers_mut().insert("content-length", "0".parse().expect("value"));
    assert_eq!(read(&layer, sent).await.0, 200);
}

#[tokio::test]
async fn a_digest_that_is_there_must_be_signed_as_a_whole() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit));
    for (form, refused) in [
        ("", Some(Reason::NotCovered)),
        (r#" "content-digest";key="sha-256""#, Some(Reason::NotCovered)),
        (r#" "content-digest""#, None),
        (r#" "content-digest";bs"#, None),
        (r#" "content-digest";sf"#, None),
    ] {
        let mut sent = unsigned("POST", "/orders", b"{}");
        let digest = ContentDigest::sha256(b"{}").to_string();
        sent.headers_mut().insert("content-digest", digest.parse().expect("value"));
        let line = format!(
            r#"("@method" "@authority" "@path" "@query" "content-type"{form});created=1700000000;keyid="{}""#,
            key.id,
        );
        assert_eq!(reason(&layer, by_hand(&key, sent, &line)).await, refused, "{form}");
    }
}

#[tokio::test]
async fn a_digest_is_compared_by_every_algorithm_that_is_known() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit).buffer_bodies());
    let (short, long) = (ContentDigest::sha256(b"{}"), ContentDigest::sha512(b"{}"));
    let other = ContentDigest::sha512(b"{ }");
    for (digest, refused) in [
        (format!("{short}, {long}"), None),
        (format!("{short}, {other}"), Some(Reason::DigestMismatch)),
        (format!("md5=:AAAA:, {long}"), None),
        ("md5=:AAAA:".to_owned(), Some(Reason::InvalidCredential)),
        (format!("{short}, {short}"), Some(Reason::InvalidCredential)),
    ] {
        let mut sent = unsigned("POST", "/orders", b"{}");
        sent.headers_mut().insert("content-digest", digest.parse().expect("value"));
        let line = format!(
            r#"("@method" "@authority" "@request-target" "content-type" "content-digest");created=1700000000;nonce="{}";keyid="{}""#,
            digest.len(),
            key.id,
        );
        let sent = by_hand(&key, sent, &line);
        assert_eq!(reason(&layer, sent).await, refused, "{digest}");
    }
}

#[tokio::test]
async fn unsigned_bodies_pass_only_where_that_is_asked_for() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit).dangerous_accept_unsigned_bodies());
    let (status, body) = read(&layer, with_body(&key, b"", b"{}")).await;
    assert_eq!((status, body), (200, Ok(Bytes::from_static(b"{}"))));
    // A digest that is signed is still checked.
    let (status, body) = read(&layer, with_body(&key, b"{}", b"{ }")).await;
    assert_eq!((status, body), (400, Err(Some(BodyFailure::NotAsSigned))));
}

#[tokio::test]
async fn the_digest_is_of_the_bytes_on_the_wire() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit).buffer_bodies());
    // What gzip made of it, or so it says.
    let coded = b"\x1f\x8b\x08 coded";
    let signed = || {
        let mut sent = unsigned("POST", "/orders", coded);
        sent.headers_mut().insert("content-encoding", "gzip".parse().expect("value"));
        signed_by(&MessageSigner::new(key.id.clone(), &key.secret), sent, coded, NOW)
    };
    assert_eq!(read(&layer, signed()).await, (200, Ok(Bytes::from_static(coded))));
    // A proxy that decodes it is noticed, and so is one that only says so.
    let mut decoded = signed();
    *decoded.body_mut() = Full::from("decoded");
    assert_eq!(reason(&layer, decoded).await, Some(Reason::DigestMismatch));
    let mut said = signed();
    said.headers_mut().remove("content-encoding");
    assert_eq!(reason(&layer, said).await, Some(Reason::WrongSignature));
    let mut added = signed_by(
        &MessageSigner::new(key.id.clone(), &key.secret),
        unsigned("POST", "/orders", b"{}"),
        b"{}",
        NOW,
    );
    added.headers_mut().insert("content-encoding", "gzip".parse().expect("value"));
    assert_eq!(reason(&layer, added).await, Some(Reason::NotCovered));
}
