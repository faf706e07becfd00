//! The crate `aws-sigv4`, which signs for the AWS SDK in Rust, sending with hyper's client.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use portcullis::{Clock, SystemClock, Timestamp};
use serde_json::{Value, json};

use crate::echo::Wanted;
use crate::key::Key;
use crate::server::Server;
use crate::verdict;

pub(crate) const NAME: &str = "crates.io aws-sigv4";

/// Sends everything, as a peer in another language does.
pub(crate) fn ask(server: &Server, key: &Key, scope: (&str, &str), wanted: &[Wanted]) -> Value {
    verdict::version(NAME, &version());
    let (endpoint, now) = (server.endpoint(), SystemClock.now());
    let requests = wanted.iter().map(|wanted| signed(&endpoint, key, scope, wanted, now));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let mut answers = Vec::new();
        for request in requests {
            let answer = client.request(request).await.expect("an answer");
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await.expect("a body").to_bytes();
            answers.push(json!({ "status": status, "body": String::from_utf8_lossy(&body) }));
        }
        answers.into()
    })
}

/// A request with what the crate adds to it.
pub(crate) fn signed(
    endpoint: &str,
    key: &Key,
    (region, service): (&str, &str),
    wanted: &Wanted,
    now: Timestamp,
) -> Request<Body> {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    if wanted.style == "presigned" {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(60));
    }
    let identity = Credentials::new(&key.id, &key.secret, None, None, "test").into();
    let parameters = v4::SigningParams::builder().identity(&identity).region(region).name(service);
    let parameters =
        parameters.time(SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_unix_seconds().unsigned_abs()));
    let parameters = parameters.settings(settings).build().expect("parameters").into();

    let url = format!("{endpoint}{}", wanted.target());
    let body = SignableBody::Bytes(&wanted.body);
    let signable = SignableRequest::new(wanted.method, &url, wanted.headers.iter().copied(), body);
    let output = sign(signable.expect("a request"), &parameters).expect("signed");
    let mut request = Request::builder().method(wanted.method).uri(url);
    for (name, value) in &wanted.headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from(wanted.body.clone())).expect("a request");
    output.into_parts().0.apply_to_request_http1x(&mut request);
    request
}

/// What Cargo has locked.
fn version() -> String {
    let lock =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).expect("a lock file");
    let after = lock.split_once("name = \"aws-sigv4\"\nversion = \"").expect("the crate").1;
    after.split('"').next().expect("a version").to_owned()
}
