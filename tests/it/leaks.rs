//! What the log says, and what nothing says.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Once;

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};
use portcullis::store::NewKey;
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{AuthenticatorExt, Scheme};

use crate::kit::{Down, Kit, NOW, get, request, send};

thread_local! {
    static CAPTURED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Everything down to TRACE that is logged on this thread since it began.
///
/// There is one subscriber for the whole process, set before anything is logged: with one
/// for each thread, `tracing` may decide on one thread that nobody on another listens.
pub(crate) struct Log(());

impl Log {
    pub(crate) fn listen() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(|| Writer)
                .init();
        });
    }

    pub(crate) fn capture() -> Self {
        Self::listen();
        CAPTURED.with(|log| log.replace(Some(Vec::new())));
        Self(())
    }

    pub(crate) fn text(&self) -> String {
        CAPTURED.with(|log| String::from_utf8_lossy(log.borrow().as_deref().unwrap_or_default()).into_owned())
    }
}

struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAPTURED.with(|log| {
            if let Some(log) = log.borrow_mut().as_mut() {
                log.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nothing_of_a_secret_is_in_any_log_debug_output_or_answer() {
    let log = Log::capture();
    let kit = Kit::new().await;
    let api = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_")).await;
    let url = kit.issue(NewKey::new(Scheme::QuerySignature, Kit::ada())).await;
    let x = kit.issue(NewKey::new(Scheme::XAuth, Kit::ada())).await;
    let secrets: Vec<String> =
        [&api, &url, &x].map(|key| key.secret.expose_text().expect("text").to_owned()).into();

    let chain = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"))
        .or(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()))
        .or(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let layer = kit.layer(chain);
    let down = kit.layer(ApiKeyAuthenticator::new(Down, KeyShape::any()));

    let bearer = format!("Bearer {}", secrets[0]);
    let signer = QuerySigner::new(url.id.clone(), &url.secret);
    let signed = signer.sign("/", b"", NOW).expect("signed");
    let x_signer = XAuthSigner::new(x.id.clone(), &x.secret);
    let mut with_headers = request("POST", "/", &[], b"");
    let headers = x_signer.sign(b"", NOW).expect("signed");
    headers.insert_into(with_headers.headers_mut()).expect("headers");

    let mut shown =
        format!("{kit:?} {layer:?} {api:?} {url:?} {x:?} {signer:?} {x_signer:?}", kit = kit.keys);
    let mut statuses = Vec::new();
    let requests = [
        get("/", &[("authorization", &bearer)]),
        get("/", &[("authorization", &bearer), ("x-api-key", &secrets[0])]),
        get("/", &[("x-api-key", &format!("{}x", secrets[0]))]),
        get(&signed, &[]),
        get(&format!("{signed}&x=1"), &[]),
        with_headers.clone(),
        with_headers,
    ];
    for request in requests {
        let answer = send(&layer, request).await;
        statuses.push(answer.status.as_u16());
        shown.push_str(&format!("{answer:?}"));
    }
    kit.disable(&x.id).await;
    for (layer, request) in [(&layer, get(&signed, &[]))] {
        shown.push_str(&format!("{:?}", send(layer, request).await));
    }
    assert_eq!(send(&down, get("/", &[("authorization", &bearer)])).await.status, 503);
    assert_eq!(statuses, [200, 400, 401, 200, 401, 200, 401]);

    let text = log.text();
    for secret in &secrets {
        assert!(!text.contains(secret.as_str()) && !shown.contains(secret.as_str()), "a secret is shown");
    }
    for expected in [
        "the key is unknown",
        "the signature is wrong",
        "the request was seen before",
        "the database is down",
        url.id.as_str(),
    ] {
        assert!(text.contains(expected), "the log does not say {expected:?}: {text}");
    }
}

#[tokio::test]
async fn the_credential_headers_are_marked_as_sensitive_for_what_is_inside() {
    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::Full;
    use portcullis::tower::AuthBody;
    use tower::{Layer, ServiceExt, service_fn};

    let kit = Kit::new().await;
    let key = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await;
    let inner = service_fn(|request: Request<AuthBody<Full<Bytes>>>| async move {
        let shown = format!("{:?}", request.headers());
        Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::from(shown))))
    });
    let layer = kit.layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()));
    let value = key.secret.expose_text().expect("text");
    let response = layer.layer(inner).oneshot(get("/", &[("x-api-key", value), ("x-other", "shown")])).await;
    let shown = crate::kit::answer(response.expect("infallible")).await.body;
    assert_eq!(shown, r#"{"x-api-key": Sensitive, "x-other": "shown"}"#);
}
