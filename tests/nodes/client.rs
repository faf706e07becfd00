//! What a client of a node sends, over a connection that it keeps.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use portcullis::x_auth::{XAuthHeaders, XAuthSigner};
use portcullis::{Clock, Secret, SystemClock};
use tokio::net::TcpStream;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

/// Longer than any answer takes: a node that has nothing to say by then has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request that can be sent again.
pub(crate) type Ask = Request<Full<Bytes>>;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The one line of this name, where there is one.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.get_all(name).iter();
        let line = lines.next();
        assert!(lines.next().is_none(), "{name} twice");
        line.map(|line| line.to_str().expect("text"))
    }
}

/// One connection to one node.
pub(crate) struct Client(SendRequest<Full<Bytes>>);

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("set");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("a handshake");
        tokio::spawn(connection);
        Self(sender)
    }

    /// Asks a node that is up.
    pub(crate) async fn ask(&mut self, ask: &Ask) -> Answer {
        self.try_ask(ask).await.expect("an answer")
    }

    /// Asks a node that may be going.
    ///
    /// # Errors
    /// When the connection has ended before there was a whole answer.
    pub(crate) async fn try_ask(&mut self, ask: &Ask) -> hyper::Result<Answer> {
        let answering = async {
            self.0.ready().await?;
            let (head, body) = self.0.send_request(ask.clone()).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok(Answer { status: head.status, headers: head.headers, body })
        };
        timeout(PATIENCE, answering).await.expect("an answer in time")
    }
}

/// What to wait for between two requests. Who asks without a pause keeps the store itself from
/// its turn, where it shares a processor.
pub(crate) fn pause(length: Duration) -> Interval {
    let mut pause = interval(length);
    pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pause
}

/// `GET /me` with an API key.
pub(crate) fn me(key: &impl AsRef<Secret>) -> Ask {
    let request =
        Request::get("/me").header("host", "nodes.example").header("x-api-key", key.as_ref().expose());
    request.body(Full::default()).expect("a request")
}

/// `POST /orders` with headers of x-auth.
pub(crate) fn order(headers: &XAuthHeaders, body: &str) -> Ask {
    let mut request = Request::post("/orders").header("host", "nodes.example");
    headers.insert_into(request.headers_mut().expect("headers")).expect("headers");
    request.body(Full::from(body.to_owned())).expect("a request")
}

/// The same, signed now.
pub(crate) fn signed_order(signer: &XAuthSigner, body: &str) -> Ask {
    order(&signer.sign(body.as_bytes(), SystemClock.now()).expect("signed"), body)
}

/// The same request, of a client behind the proxy that the node trusts.
pub(crate) fn from_address(mut ask: Ask, address: &str) -> Ask {
    ask.headers_mut().insert("x-forwarded-for", address.parse().expect("a value"));
    ask
}
