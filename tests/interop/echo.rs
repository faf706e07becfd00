//! A service that says whom it heard and what.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use portcullis::axum::Authenticated;
use portcullis::store::StoredPrincipal;
use portcullis::tower::AuthLayer;
use portcullis::{Authenticator, Credential, Scheme};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::key::Key;

/// The service behind a layer of ours.
pub(crate) fn echo(authenticator: impl Authenticator<Principal = StoredPrincipal>) -> Router {
    Router::new().fallback(any(answer)).layer(AuthLayer::new(authenticator))
}

async fn answer(Authenticated(me): Authenticated<StoredPrincipal>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        // A body that is not what was signed has no end.
        return StatusCode::BAD_REQUEST.into_response();
    };
    let credential = me.credential();
    Json(json!({
        "scheme": credential.map(|credential| credential.scheme().name()),
        "key": credential.and_then(Credential::key).map(ToString::to_string),
        "method": head.method.as_str(),
        "target": head.uri.path_and_query().expect("a target").as_str(),
        "sha256": digest(&body),
    }))
    .into_response()
}

fn digest(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A request that a client is to send.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) method: &'static str,
    /// As it is sent.
    pub(crate) path: &'static str,
    /// Names and values before they are escaped.
    pub(crate) query: Vec<(&'static str, &'static str)>,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: Vec<u8>,
    /// A way to send it that only some clients have.
    pub(crate) style: &'static str,
}

/// Escapes everything that RFC 3986 does not call unreserved.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

impl Wanted {
    pub(crate) fn target(&self) -> String {
        let pairs: Vec<_> =
            self.query.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        format!("{}{mark}{}", self.path, pairs.join("&"))
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "method": self.method, "target": self.target(), "path": self.path, "query": self.query,
            "headers": self.headers.iter().copied().collect::<std::collections::BTreeMap<_, _>>(),
            "body": STANDARD.encode(&self.body), "style": self.style, "presigned": self.style == "presigned",
        })
    }

    /// Whether what arrived is this request, from the holder of the key.
    pub(crate) fn assert_heard(&self, key: &Key, answer: &Value) {
        assert_eq!(answer["status"], 200, "{self:?}: {answer}");
        let heard: Value = serde_json::from_str(answer["body"].as_str().expect("text")).expect("JSON");
        assert_eq!(
            (&heard["scheme"], &heard["key"]),
            (&json!(key.scheme.name()), &json!(key.id)),
            "{self:?}"
        );
        assert_eq!(heard["method"], self.method, "{self:?}: {heard}");
        assert_eq!(heard["sha256"], digest(&self.body), "{self:?}: {heard}");
        let heard = heard["target"].as_str().expect("a target");
        assert_eq!(parts(heard, key.scheme), parts(&self.target(), key.scheme));
    }

    /// Whether nothing was heard of it but that there is no such client.
    pub(crate) fn assert_refused(&self, answer: &Value) {
        let status = &answer["status"];
        assert!(status == 401 || status == 403, "{self:?}: {answer}");
        assert!(!answer["body"].as_str().expect("text").contains("sha256"), "{self:?}: {answer}");
    }
}

/// The path, and what is in the query beside what signing adds, in order.
fn parts(target: &str, scheme: Scheme) -> (&str, Vec<&str>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let added: &[&str] = match scheme {
        Scheme::QuerySignature => &["timestamp=", "apikey=", "signature=", "pc-"],
        _ => &["X-Amz-"],
    };
    let own = |pair: &&str| !pair.is_empty() && !added.iter().any(|name| pair.starts_with(name));
    let mut pairs: Vec<_> = query.split('&').filter(own).collect();
    pairs.sort_unstable();
    (path, pairs)
}
