//! AWS Signature Version 4.

mod attacks;
mod bodies;
mod chunks;
mod policies;
mod schemes;
mod signers;
mod urls;

use std::time::Duration;

use portcullis::sign::RequestSigner;
use portcullis::sigv4::{
    PathForm, QueryForm, SigV4Authenticator, SigV4Signer, SignedParts, canonical_request, signature,
    string_to_sign,
};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{IssuedKey, NewKey, StoredPrincipal};
use portcullis::{Authenticator, KeyStore, NonceStore, Scheme, Timestamp};
use sha2::Digest;

use crate::kit::{Kit, NOW, request};
use crate::table::{SchemeUnderTest, Sent};
use schemes::{Declared, Undeclared};

const REGION: &str = "eu-north-1";
const SERVICE: &str = "orders";
const HOST: &str = "api.example";
/// What [`NOW`] is in `X-Amz-Date`.
const DATE: &str = "20231114T221320Z";
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex(&sha2::Sha256::digest(bytes))
}

fn signer(key: &IssuedKey) -> SigV4Signer {
    SigV4Signer::new(key.id.clone(), &key.secret, REGION, SERVICE)
}

fn authenticator(kit: &Kit) -> SigV4Authenticator<MemoryKeyStore, MemoryNonceStore> {
    SigV4Authenticator::new(kit.keys.clone(), kit.nonces.clone(), REGION, SERVICE)
}

/// A request that is signed in its headers by our signer.
fn signed(signer: &SigV4Signer, mut sent: Sent, body: &[u8], now: Timestamp) -> Sent {
    if !sent.headers().contains_key("host") {
        sent.headers_mut().insert("host", HOST.parse().expect("a value"));
    }
    let (mut head, held) = sent.into_parts();
    signer.sign_request(&mut head, body, now).expect("signed");
    Sent::from_parts(head, held)
}

/// The same for a whole URL, which is used from its path on.
fn presigned(signer: &SigV4Signer, method: &str, target: &str, now: Timestamp) -> String {
    let url = format!("https://{HOST}{target}");
    let url = signer.presign_for(method, &url, Duration::from_secs(600), now).expect("signed");
    url.strip_prefix(&format!("https://{HOST}")).expect("of the host").to_owned()
}

/// A request whose signature is made by hand, in whatever way.
#[derive(Clone)]
struct ByHand<'a> {
    key: &'a IssuedKey,
    method: &'a str,
    target: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    /// The names in `SignedHeaders`.
    signed: &'a str,
    /// The last line of what is signed.
    payload: String,
    date: &'a str,
    scope: String,
}

impl<'a> ByHand<'a> {
    fn new(key: &'a IssuedKey, method: &'a str, target: &'a str, body: &[u8]) -> Self {
        let headers = vec![("host", HOST), ("x-amz-date", DATE)];
        let scope = format!("{}/{REGION}/{SERVICE}/aws4_request", &DATE[..8]);
        let payload = sha256(body);
        Self { key, method, target, headers, signed: "host;x-amz-date", payload, date: DATE, scope }
    }

    fn credential(&self) -> String {
        format!("{}/{}", self.key.id, self.scope)
    }

    fn signature(&self, path: PathForm, query: QueryForm) -> String {
        let (sent, text) = self.target.split_once('?').unwrap_or((self.target, ""));
        let headers: Vec<(String, Vec<u8>)> = self
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
            .collect();
        let parts = SignedParts {
            method: self.method,
            path: sent,
            query: text,
            headers: &headers,
            signed_headers: self.signed,
            payload: &self.payload,
        };
        let text = canonical_request(&parts, path, query).expect("canonical");
        let lines = string_to_sign(self.date, &self.scope, &text);
        signature(&self.key.secret, &self.scope, &lines).expect("a scope")
    }

    fn authorization(&self, signature: &str) -> String {
        let credential = self.credential();
        let signed = self.signed;
        format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}")
    }

    /// Signed by the rules.
    fn send(&self, body: &[u8]) -> Sent {
        self.send_as(PathForm::Normalised, QueryForm::Rule, body)
    }

    fn send_as(&self, path: PathForm, query: QueryForm, body: &[u8]) -> Sent {
        let authorization = self.authorization(&self.signature(path, query));
        let mut headers = self.headers.clone();
        headers.push(("authorization", &authorization));
        request(self.method, self.target, &headers, body)
    }
}

/// With one header of a good request set to another value.
fn with_header(mut sent: Sent, name: &'static str, value: &str) -> Sent {
    sent.headers_mut().insert(name, http::HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
    sent
}

/// With the value of `Authorization` changed.
fn with_authorization(sent: Sent, change: impl FnOnce(&str) -> String) -> Sent {
    let changed = change(sent.headers()["authorization"].to_str().expect("text"));
    with_header(sent, "authorization", &changed)
}

fn new_key() -> NewKey {
    NewKey::new(Scheme::SigV4, Kit::ada())
}
