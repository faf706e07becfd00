//! The request that all of them verify.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::{Clock, Secret, SystemClock};
use sha2::{Digest, Sha256};

pub const REGION: &str = "eu-north-1";
pub const SERVICE: &str = "s3";

pub type Sent = Request<Full<Bytes>>;

/// A key as everybody wants it.
pub struct Known {
    pub id: String,
    pub secret: String,
}

pub struct Signed {
    pub sent: Sent,
    pub canonical: String,
    pub text: String,
    pub key: Secret,
}

/// Now, as `20130524T000000Z`.
fn moment() -> String {
    let seconds = SystemClock.now().as_unix_seconds();
    let moment = chrono::DateTime::from_timestamp(seconds, 0).expect("a time");
    moment.format("%Y%m%dT%H%M%SZ").to_string()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hmac(secret: &Secret, text: &str) -> Secret {
    let tag = HmacKey::new(HmacAlgorithm::Sha256, secret).sign(&[text.as_bytes()]);
    Secret::new(tag.expose())
}

impl Signed {
    pub fn new(key: &Known) -> Self {
        let (path, query, host, date) =
            ("/orders/2026/open", "limit=20&offset=40", "orders.example", moment());
        let (day, _) = date.split_once('T').expect("a time");
        let (empty, names) = (hex(&Sha256::digest(b"")), "host;x-amz-content-sha256;x-amz-date");
        let canonical = format!(
            "GET\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{date}\n\n{names}\n{empty}"
        );
        let scope = format!("{day}/{REGION}/{SERVICE}/aws4_request");
        let digest = hex(&Sha256::digest(&canonical));
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}");
        let first = Secret::from(format!("AWS4{}", key.secret));
        let derived = scope.split('/').fold(first, |secret, word| hmac(&secret, word));
        let signature = hex(hmac(&derived, &text).expose());
        let credential = format!("{}/{scope}", key.id);
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}");
        let sent = Request::get(format!("{path}?{query}"))
            .header("host", host)
            .header("x-amz-content-sha256", empty)
            .header("x-amz-date", date)
            .header("authorization", authorization)
            .body(Full::default())
            .expect("a request");
        Self { sent, canonical, text, key: derived }
    }
}
