//! Requests that are signed with AWS Signature Version 4, and the raw work of one.

use std::hint::black_box;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use http_body_util::Full;
use portcullis::sign::RequestSigner;
use portcullis::sigv4::{SigV4Authenticator, SigV4Signer};
use portcullis::store::memory::MemoryNonceStore;
use portcullis::{FrozenClock, Scheme};
use sha2::{Digest, Sha256};

use super::steps::Step;
use super::{Bench, NOW, store};

const TARGET: &str = "/orders/2026/open?limit=20&offset=40";

/// A GET without a body, signed in its headers, and in its URL.
pub fn rows() -> [Bench; 2] {
    let (keys, key) = store(Scheme::SigV4);
    let sigv4 = || SigV4Authenticator::new(keys.clone(), MemoryNonceStore::new(), "eu-north-1", "orders");
    let signer = SigV4Signer::new(key.id, &key.secret, "eu-north-1", "orders");
    let request = Request::get(TARGET).header("host", "orders.example").body(()).expect("request");
    let (mut head, ()) = request.into_parts();
    signer.sign_request(&mut head, b"", NOW).expect("signed");
    let header = Request::from_parts(head, Full::default());
    let url = format!("https://orders.example{TARGET}");
    let url = signer.presign(&url, Duration::from_secs(600), NOW).expect("signed");
    let target = url.strip_prefix("https://orders.example").expect("its path");
    let presigned = Request::get(target).header("host", "orders.example").body(Full::default());
    let presigned = presigned.expect("request");
    let clock = FrozenClock::at(NOW);
    [
        Bench::new("sigv4, header", &clock, sigv4(), move || header.clone()),
        Bench::new("sigv4, presigned", &clock, sigv4(), move || presigned.clone()),
    ]
}

/// What no verifier can do without: SHA-256 of the canonical request, one HMAC of what is signed.
pub fn raw() -> Step {
    let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let canonical = format!(
        "GET\n/orders/2026/open\nlimit=20&offset=40\nhost:orders.example\nx-amz-content-sha256:{digest}\n\
         x-amz-date:20231114T221320Z\n\nhost;x-amz-content-sha256;x-amz-date\n{digest}"
    );
    let scope = "20231114/eu-north-1/orders/aws4_request";
    let text = format!("AWS4-HMAC-SHA256\n20231114T221320Z\n{scope}\n{digest}");
    let prepared = Hmac::<Sha256>::new_from_slice(&[7; 32]).expect("key");
    Step::new("sigv4, sha256 and one hmac", move || {
        black_box(Sha256::digest(black_box(&canonical)));
        black_box(prepared.clone().chain_update(black_box(&text)).finalize());
    })
}
