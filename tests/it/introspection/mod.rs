//! Opaque tokens, about which an issuer is asked.

mod answers;
mod tokens;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use portcullis::AuthenticatorExt;
use portcullis::client::{Answer, HttpClient, HttpClientError, ResponseLimits};
use portcullis::jwt::{
    ClientAuthentication, DpopProof, DpopVerifier, IntrospectionAuthenticator, IntrospectionEndpoint,
    JwtAlgorithm, JwtKey, JwtPolicy,
};
use portcullis::store::StoredPrincipal;
use portcullis::tower::AuthLayer;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::jwt::{INVALID, good, map};
use crate::kit::{Calls, Kit, get, send, send_counted};

const TOKEN: &str = "2YotnFZFEjr1zCsicMWpAA";

type Opaque = IntrospectionAuthenticator<StoredPrincipal>;

/// What an issuer says of ada's token.
fn active() -> Value {
    json!({ "active": true, "sub": "ada", "exp": 1_700_003_600, "aud": "shop", "iss": "https://issuer.example" })
}

fn with(changes: Value) -> Value {
    let mut value = active();
    for (name, change) in changes.as_object().expect("an object") {
        let members = value.as_object_mut().expect("an object");
        if change.is_null() {
            members.remove(name)
        } else {
            members.insert(name.clone(), change.clone())
        };
    }
    value
}

/// An `HttpClient` over a plain connection, as its promises say.
#[derive(Debug)]
struct Plain;

impl HttpClient for Plain {
    fn send(&self, request: Request<Bytes>, limits: ResponseLimits) -> Answer<'_> {
        Box::pin(async move {
            let exchange = tokio::time::timeout(limits.time, exchange(request, limits.body)).await;
            exchange.map_err(|_| HttpClientError::TimedOut)?.map_err(HttpClientError::Failed)
        })
    }
}

async fn exchange(
    request: Request<Bytes>,
    most: usize,
) -> Result<Response<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
    let host = request.uri().authority().expect("an authority").to_string();
    let stream = TcpStream::connect(&host).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut request = request.map(Full::new);
    request.headers_mut().insert("host", host.parse()?);
    *request.uri_mut() = request.uri().path().parse()?;
    let (parts, body) = sender.send_request(request).await?.into_parts();
    Ok(Response::from_parts(parts, Limited::new(body, most).collect().await?.to_bytes()))
}

/// What an issuer on loopback answers.
#[derive(Clone)]
enum Says {
    Raw(Vec<u8>),
    /// These bytes, and nothing more for as long as the client waits.
    ThenNothing(&'static [u8]),
    /// Chunks for as long as the client reads.
    Endless,
}

fn http(status: &str, content_type: &str, body: &str) -> Says {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n");
    Says::Raw([head.as_bytes(), body.as_bytes()].concat())
}

fn ok(body: &Value) -> Says {
    http("200 OK", "application/json", &body.to_string())
}

/// An issuer on loopback.
struct Issuer {
    address: SocketAddr,
    says: Arc<Mutex<Says>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Issuer {
    async fn new(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (says, asked) = (Arc::new(Mutex::new(says)), Arc::new(Mutex::new(Vec::new())));
        let (answers, questions) = (Arc::clone(&says), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&questions)));
            }
        });
        Self { address, says, asked }
    }

    fn say(&self, says: Says) {
        *self.says.lock().expect("unharmed") = says;
    }

    fn asked(&self) -> usize {
        self.asked.lock().expect("unharmed").len()
    }

    fn opaque(&self, policy: JwtPolicy) -> Opaque {
        let address = format!("http://{}/introspect", self.address);
        let client = ClientAuthentication::basic("orders", &"s3cret".into()).expect("credential");
        let endpoint = IntrospectionEndpoint::dangerous_http_on_loopback(&address, client).expect("endpoint");
        let opaque = IntrospectionAuthenticator::new(Arc::new(Plain), endpoint, policy).expect("opaque");
        opaque.with_mapping(map)
    }
}

async fn serve(mut stream: TcpStream, says: Arc<Mutex<Says>>, asked: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    // The form is the last thing in a request, and ends like this.
    while !request.ends_with(b"token_type_hint=access_token") {
        if stream.read_buf(&mut request).await.is_ok_and(|read| read > 0) {
            continue;
        }
        return;
    }
    asked.lock().expect("unharmed").push(String::from_utf8(request).expect("text"));
    let says = says.lock().expect("unharmed").clone();
    match says {
        Says::Raw(bytes) => drop(stream.write_all(&bytes).await),
        Says::ThenNothing(bytes) => {
            drop(stream.write_all(bytes).await);
            drop(stream.read_to_end(&mut Vec::new()).await);
        }
        Says::Endless => {
            let head =
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
            let chunk = [b"1000\r\n".as_slice(), &[b' '; 0x1000], b"\r\n"].concat();
            let mut going = stream.write_all(head).await.is_ok();
            while going {
                going = stream.write_all(&chunk).await.is_ok();
            }
        }
    }
}

fn bearer(token: &str) -> Request<Full<Bytes>> {
    get("/orders", &[("authorization", &format!("Bearer {token}"))])
}

async fn status(layer: &AuthLayer<Opaque>, token: &str) -> u16 {
    let calls = Calls::default();
    let answer = send_counted(layer, bearer(token), &calls).await;
    assert_eq!(calls.count() == 1, answer.status == 200);
    answer.status.as_u16()
}

#[tokio::test]
async fn an_active_token_passes_and_the_issuer_is_asked_as_rfc_7662_says() {
    let kit = Kit::new().await;
    let issuer = Issuer::new(ok(&active())).await;
    let layer = kit.layer(issuer.opaque(JwtPolicy::new()));
    assert_eq!(send(&layer, bearer(TOKEN)).await.body, "ada|");
    let question = issuer.asked.lock().expect("unharmed")[0].clone();
    assert!(question.starts_with("POST /introspect HTTP/1.1\r\n"), "{question}");
    for line in [
        "content-type: application/x-www-form-urlencoded\r\n",
        "accept: application/json\r\n",
        "authorization: Basic b3JkZXJzOnMzY3JldA==\r\n",
    ] {
        assert!(question.contains(line), "{line} {question}");
    }
    assert!(question.ends_with(&format!("\r\n\r\ntoken={TOKEN}&token_type_hint=access_token")), "{question}");
}

#[tokio::test]
async fn a_token_that_is_not_active_is_401() {
    let kit = Kit::new().await;
    let issuer = Issuer::new(ok(&json!({ "active": false }))).await;
    let answer = send(&kit.layer(issuer.opaque(JwtPolicy::new())), bearer(TOKEN)).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), INVALID);
}

#[tokio::test]
async fn an_endpoint_that_gives_no_answer_is_503_and_is_asked_again() {
    const GOOD: &str = r#"{"active":true,"sub":"ada","exp":1700003600}"#;
    let kit = Kit::new().await;
    let issuer = Issuer::new(Says::Endless).await;
    let opaque = issuer.opaque(JwtPolicy::new()).with_deadline(Duration::from_millis(300));
    let layer = kit.layer(opaque);
    let huge = format!(r#"{{"active":true,"sub":"ada","exp":1700003600,"x":"{}"}}"#, "x".repeat(10 << 20));
    let half =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{\"active\":true";
    let hostile = [
        ("endless chunks", Says::Endless),
        ("silence", Says::ThenNothing(b"")),
        ("half a head", Says::ThenNothing(b"HTTP/1.1 200 OK\r\ncontent-")),
        ("half a body", Says::ThenNothing(half)),
        ("a body cut off", Says::Raw(half.to_vec())),
        ("a closed connection", Says::Raw(Vec::new())),
        ("no HTTP", Says::Raw(b"SSH-2.0-x\r\n".to_vec())),
        ("10 MiB", http("200 OK", "application/json", &huge)),
        ("HTML", http("200 OK", "text/html", "<html>")),
        ("HTML that says JSON", http("200 OK", "application/json", "<html>")),
        ("another type", http("200 OK", "text/plain", GOOD)),
        ("active as text", http("200 OK", "application/json", r#"{"active":"true","sub":"ada"}"#)),
        ("not said", http("200 OK", "application/json", r#"{"sub":"ada","exp":1700003600}"#)),
        ("said twice", http("200 OK", "application/json", r#"{"active":false,"active":true}"#)),
        ("a claim of another type", ok(&with(json!({ "sub": 7 })))),
        ("nothing", http("204 No Content", "application/json", "")),
        ("a redirect", http("302 Found\r\nlocation: /introspect", "application/json", GOOD)),
        ("our credential refused", http("401 Unauthorized", "application/json", GOOD)),
        ("too many questions", http("429 Too Many Requests", "application/json", GOOD)),
        ("a failure", http("500 Internal Server Error", "application/json", GOOD)),
        ("an outage", http("503 Service Unavailable", "application/json", GOOD)),
    ];
    for (n, (what, says)) in hostile.into_iter().enumerate() {
        issuer.say(says);
        assert_eq!(status(&layer, TOKEN).await, 503, "{what}");
        assert_eq!(issuer.asked(), n + 1, "{what}");
    }
    issuer.say(http("200 OK", "Application/JSON ;charset=utf-8", GOOD));
    assert_eq!(status(&layer, TOKEN).await, 200);
    let gone = IntrospectionEndpoint::dangerous_http_on_loopback(
        "http://127.0.0.1:1/",
        ClientAuthentication::bearer(&"x".into()).expect("credential"),
    );
    let gone = IntrospectionAuthenticator::new(Arc::new(Plain), gone.expect("endpoint"), JwtPolicy::new());
    let layer = kit.layer(gone.expect("opaque").with_mapping(map));
    assert_eq!(status(&layer, TOKEN).await, 503);
}

/// An issuer without a network. It answers once the test lets it.
#[derive(Debug)]
struct Fake {
    says: Mutex<Value>,
    asked: AtomicUsize,
    gate: Semaphore,
}

impl Fake {
    fn new(says: Value) -> Arc<Self> {
        let gate = Semaphore::new(Semaphore::MAX_PERMITS);
        Arc::new(Self { says: Mutex::new(says), asked: AtomicUsize::new(0), gate })
    }

    fn gated(says: Value) -> Arc<Self> {
        Arc::new(Self { says: Mutex::new(says), asked: AtomicUsize::new(0), gate: Semaphore::new(0) })
    }

    fn say(&self, says: Value) {
        *self.says.lock().expect("unharmed") = says;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn opaque(self: &Arc<Self>, policy: JwtPolicy) -> Opaque {
        self.unmapped(policy).with_mapping(map)
    }

    /// With the mapping that there is without one of the application's.
    fn unmapped(self: &Arc<Self>, policy: JwtPolicy) -> IntrospectionAuthenticator {
        let client = ClientAuthentication::bearer(&"x".into()).expect("credential");
        let endpoint = IntrospectionEndpoint::new("https://issuer.example/i", client).expect("endpoint");
        IntrospectionAuthenticator::new(self.clone(), endpoint, policy).expect("opaque")
    }
}

impl HttpClient for Fake {
    fn send(&self, _: Request<Bytes>, limits: ResponseLimits) -> Answer<'_> {
        assert_eq!((limits.body, limits.time), (64 * 1024, Duration::from_secs(5)));
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.gate.acquire().await.expect("open").forget();
            let says = self.says.lock().expect("unharmed").to_string();
            if says == "null" {
                return Err(HttpClientError::TimedOut);
            }
            let answer = Response::builder().header("content-type", "application/json");
            Ok(answer.body(Bytes::from(says)).expect("answer"))
        })
    }
}

#[tokio::test]
async fn the_policy_is_applied_to_what_the_issuer_says() {
    let kit = Kit::new().await;
    let strict = || {
        let policy = JwtPolicy::new().with_issuer("https://issuer.example").with_audience("shop");
        policy.require_claim("client_id")
    };
    let complete = |changes: Value| {
        let mut claims = with(changes);
        if claims.get("client_id").is_none() {
            claims["client_id"] = json!("app");
        }
        claims
    };
    for (what, says, expected) in [
        ("all of it", complete(json!({})), 200),
        ("a list of audiences", complete(json!({ "aud": ["x", "shop"] })), 200),
        ("another issuer", complete(json!({ "iss": "https://other.example" })), 401),
        ("no issuer", complete(json!({ "iss": null })), 401),
        ("another audience", complete(json!({ "aud": "mail" })), 401),
        ("no audience", complete(json!({ "aud": null })), 401),
        ("ended", complete(json!({ "exp": 1_700_000_000 })), 401),
        ("without an end", complete(json!({ "exp": null })), 401),
        ("not begun", complete(json!({ "nbf": 1_700_000_001 })), 401),
        ("issued in the future", complete(json!({ "iat": 1_700_000_001 })), 401),
        ("no client", active(), 401),
        ("bound to a key", complete(json!({ "cnf": { "jkt": "A".repeat(43) } })), 401),
        ("bound to who knows what", complete(json!({ "cnf": { "kid": "k" } })), 401),
        ("no subject", complete(json!({ "sub": null })), 401),
    ] {
        let layer = kit.layer(Fake::new(says).opaque(strict()));
        assert_eq!(status(&layer, TOKEN).await, expected, "{what}");
    }
    let typed = JwtPolicy::new().with_type("at+jwt");
    let client = ClientAuthentication::bearer(&"x".into()).expect("credential");
    let endpoint = IntrospectionEndpoint::new("https://issuer.example/i", client).expect("endpoint");
    assert!(IntrospectionAuthenticator::new(Fake::new(active()), endpoint, typed).is_err());
}
