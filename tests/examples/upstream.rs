//! An upstream that answers as it is told, and remembers what it was asked.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{Method, StatusCode};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// How the upstream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It answers.
    Well,
    /// It answers with a status, and with everything that it knows in body and headers.
    Talkative(u16),
    /// It refuses what was asked, whoever asks.
    Refusing(u16),
    /// It sends the key back in a good answer.
    Echoing,
    /// It answers in HTML.
    Html,
    /// It hangs up.
    Gone,
}

/// What it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) authorization: Vec<String>,
    pub(crate) body: Bytes,
}

/// An upstream on a free port of 127.0.0.1. It goes when this is dropped.
pub(crate) struct Upstream {
    pub(crate) host: String,
    state: Arc<Shared>,
    _runtime: Runtime,
}

struct Shared {
    mood: Mutex<Mood>,
    asked: Mutex<Vec<Asked>>,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let state = Arc::new(Shared { mood: Mutex::new(Mood::Well), asked: Mutex::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let host = format!("http://{}", listener.local_addr().expect("an address"));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { host, state, _runtime: runtime }
    }

    pub(crate) fn is(&self, mood: Mood) {
        *self.state.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// What it was asked since this was called last.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.state.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn answer(State(state): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
    let values = head.headers.get_all("authorization");
    let authorization: Vec<String> =
        values.iter().map(|value| value.to_str().expect("text").to_owned()).collect();
    let (target, key) = (head.uri.to_string(), authorization.join(", "));
    state.asked.lock().unwrap_or_else(PoisonError::into_inner).push(Asked {
        method: head.method,
        target: target.clone(),
        authorization,
        body,
    });
    let mood = *state.mood.lock().unwrap_or_else(PoisonError::into_inner);
    let good = Response::builder().header("content-type", "application/json; charset=utf-8");
    let good = good.header("server", "their-server/1.0").header("set-cookie", "session=theirs");
    let good = good.header("x-request-key", &key);
    let data = format!(r#"{{"target":"{target}"}}"#);
    let answer = match mood {
        Mood::Well => good.body(data),
        Mood::Talkative(status) => good
            .status(StatusCode::from_u16(status).expect("a status"))
            .header("www-authenticate", format!("Api-Key error=\"{key}\""))
            .header("location", format!("http://127.0.0.1:9/?key={key}"))
            .header("retry-after", "17")
            .body(format!(r#"{{"detail":"their key {key} was refused"}}"#)),
        Mood::Refusing(status) => good
            .status(StatusCode::from_u16(status).expect("a status"))
            .body("{\"detail\":\"theirs\"}".to_owned()),
        Mood::Echoing => good.body(format!(r#"{{"you":"{key}"}}"#)),
        Mood::Html => Response::builder().header("content-type", "text/html").body("<script>".to_owned()),
        Mood::Gone => panic!("the upstream hangs up"),
    };
    answer.expect("an answer").map(Into::into)
}
