//! A service over the same SQLite file, and a shell with curl.

use std::collections::BTreeMap;
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use axum::body::Bytes;
use axum::{Json, Router};
use http::{Method, Uri};
use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::axum::Authenticated;
use portcullis::basic::BasicAuthenticator;
use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtKey, JwtPolicy, JwtVerifier};
use portcullis::message_signature::MessageSignatureAuthenticator;
use portcullis::password::{PasswordHash, SinglePassword, UserVerifier};
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::sigv4::SigV4Authenticator;
use portcullis::store::StoredPrincipal;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::store::sqlite::{MasterKey, SqliteKeyStore};
use portcullis::tower::AuthLayer;
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{AnyOf, AuthenticatorExt, Identity, Principal, Scheme, UserId};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::harness::{Cli, JWT_KEY, MASTER_KEY};

/// The password of `ada`.
pub(crate) const PASSWORD: &str = "correct horse: 'battery' \"staple\" $HOME \\";

/// A service that knows every scheme. It ends when this is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    _runtime: Runtime,
}

impl Server {
    pub(crate) fn over(cli: &Cli) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let path = cli.path("keys.db");
        let url = runtime.block_on(async {
            let store = SqliteKeyStore::<StoredPrincipal>::connect(path, master()).await.expect("a store");
            let layer = AuthLayer::new(chain(store));
            let router = Router::new().fallback(whoami).layer(layer);
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            tokio::spawn(async move { axum::serve(listener, router).await });
            format!("http://{address}")
        });
        Self { url, _runtime: runtime }
    }
}

pub(crate) fn master() -> MasterKey {
    let byte = |at: usize| u8::from_str_radix(&MASTER_KEY[2 * at..2 * at + 2], 16).expect("hex");
    MasterKey::from_bytes(&(0..32).map(byte).collect::<Vec<_>>()).expect("a key")
}

fn chain(store: SqliteKeyStore) -> AnyOf<StoredPrincipal> {
    let nonces = MemoryNonceStore::new();
    let user = |name: &str, scheme| {
        let credential = portcullis::Credential::of_scheme(scheme);
        Principal::builder(Some(UserId::from(name))).account(None).site(None).credential(credential).build()
    };
    let key = JwtKey::hmac(JwtAlgorithm::Hs256, JWT_KEY.into()).expect("a key");
    let tokens = JwtAuthenticator::new(JwtVerifier::new(JwtPolicy::new(), [key]).expect("a verifier"))
        .with_mapping(move |token| Ok::<_, &str>(user(token.subject().ok_or("no subject")?, Scheme::Jwt)));
    let hash = PasswordHash::bcrypt(&PASSWORD.into(), 4).expect("a hash");
    let users = UserVerifier::single(SinglePassword::new("ada".into(), hash)).expect("users");
    let basic = BasicAuthenticator::new(users)
        .map_principal(move |me| user(me.user_id().unwrap_or_default(), Scheme::Basic));
    AnyOf::new()
        .with(ApiKeyAuthenticator::new(store.clone(), KeyShape::any()).with_carriers([
            ApiKeyCarrier::Bearer,
            ApiKeyCarrier::ApiKey,
            ApiKeyCarrier::RawAuthorization,
            ApiKeyCarrier::header("X-API-Key"),
            ApiKeyCarrier::header("X-Own"),
            ApiKeyCarrier::parameter("key"),
        ]))
        .with(QuerySignatureAuthenticator::new(store.clone(), nonces.clone()))
        .with(SigV4Authenticator::new(store.clone(), nonces.clone(), "local", "orders").refuse_replays())
        .with(MessageSignatureAuthenticator::new(store.clone(), nonces.clone()))
        .with(XAuthAuthenticator::new(store, nonces).with_max_life(Duration::from_secs(600)))
        .with(tokens)
        .with(basic)
}

/// What arrived, from whom, and whether `ps` would show a secret while it did.
async fn whoami(
    Authenticated(me): Authenticated<StoredPrincipal>,
    method: Method,
    uri: Uri,
    headers: http::HeaderMap,
    body: Bytes,
) -> Json<Value> {
    // One that is sent twice is seen twice.
    let joined = |name: &http::HeaderName| {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        values.collect::<Vec<_>>().join(", ")
    };
    let headers: BTreeMap<_, _> = headers.keys().map(|name| (name.as_str(), joined(name))).collect();
    Json(json!({
        "user": me.user_id(), "account": me.account_id(),
        "scheme": me.credential().map(|credential| credential.scheme().name()),
        "method": method.as_str(), "path": uri.path(), "query": uri.query(),
        "headers": headers, "body": String::from_utf8_lossy(&body),
        "processes": processes(),
    }))
}

/// The command lines of all processes that are under way.
pub(crate) fn processes() -> Vec<String> {
    let numbers = std::fs::read_dir("/proc").expect("/proc").filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        u32::from_str(&name).is_ok().then_some(name)
    });
    // A process may end before it is read.
    let lines = numbers.filter_map(|number| std::fs::read(format!("/proc/{number}/cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| !line.is_empty())
        .collect()
}

/// Runs a command line of `sign curl` in a shell that reads it from a file: status and body.
pub(crate) fn paste(cli: &Cli, line: &str, settings: &[(&str, &str)]) -> (u16, Value) {
    assert!(!line.trim_end().is_empty() && line.contains("curl "), "{line}");
    // What follows belongs to curl, which is the last command of the line.
    let script = format!("{} -q -sS -w '\\n%{{http_code}}'\n", line.trim_end());
    let script = script.replacen("curl ", "curl -q ", 1).replacen(" -q -sS", " -sS", 1);
    let script = cli.file("pasted.sh", script);
    let mut shell = Command::new("sh");
    shell.arg(script).env_clear().envs(settings.iter().copied());
    shell.env("PATH", std::env::var("PATH").expect("a path"));
    let output = shell.current_dir(cli.path("")).output().expect("a shell");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{line}: {text} {}", String::from_utf8_lossy(&output.stderr));
    let (body, status) = text.rsplit_once('\n').expect("a status");
    (status.parse().expect("a status"), serde_json::from_str(body).unwrap_or(Value::Null))
}
