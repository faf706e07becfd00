//! A bare tower service.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use portcullis::tower::{AuthBody, AuthLayer};
use portcullis::{AuthState, Authenticator};
use tokio::runtime::Runtime;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::credentials::Credentials;
use crate::rounds::Subject;

type Sent = Request<Full<Bytes>>;

fn sent(credential: &str) -> Sent {
    Request::get("/whoami").header("authorization", credential).body(Full::default()).expect("a request")
}

fn content() -> Response<Full<Bytes>> {
    Response::builder().header("content-type", "text/plain").body(Full::from("ada")).expect("a response")
}

fn subject<'a, S, R>(
    runtime: &'a Runtime,
    around: &'static str,
    credential: &'a str,
    service: S,
) -> Subject<'a>
where
    S: Service<Sent, Response = Response<R>, Error = Infallible> + Clone + 'a,
{
    Subject::new("tower", around, move || {
        let answer = runtime.block_on(service.clone().oneshot(sent(credential))).expect("infallible");
        assert_eq!(answer.status(), 200);
    })
}

fn guarded<'a, A: Authenticator>(
    runtime: &'a Runtime,
    around: &'static str,
    credential: &'a str,
    authenticator: A,
) -> Subject<'a> {
    let inner = service_fn(|request: Request<AuthBody<Full<Bytes>>>| {
        let known = request.extensions().get::<AuthState<A::Principal>>().is_some();
        std::future::ready(if known { Ok::<_, Infallible>(content()) } else { Ok(Response::default()) })
    });
    subject(runtime, around, credential, AuthLayer::new(authenticator).layer(inner))
}

pub fn all<'a>(runtime: &'a Runtime, credentials: &'a Credentials) -> [Subject<'a>; 3] {
    let bare = service_fn(|_: Sent| std::future::ready(Ok::<_, Infallible>(content())));
    [
        subject(runtime, "bare", &credentials.token, bare),
        guarded(runtime, "portcullis, HS256", &credentials.token, credentials.jwt()),
        guarded(runtime, "portcullis, API key", &credentials.api_key, credentials.api_keys()),
    ]
}
