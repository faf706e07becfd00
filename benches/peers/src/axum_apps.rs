//! The same handler in axum.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use portcullis::axum::Authenticated;
use portcullis::store::StoredPrincipal;
use portcullis::tower::AuthLayer;
use portcullis::{Principal, UserId};
use tokio::runtime::Runtime;
use tower::{Service, ServiceExt};

use crate::credentials::{ByHand, Claims, Credentials};
use crate::rounds::Subject;

fn subject<'a>(
    runtime: &'a Runtime,
    around: &'static str,
    credential: &'a str,
    mut router: Router,
) -> Subject<'a> {
    Subject::new("axum", around, move || {
        let sent = Request::get("/whoami").header("authorization", credential);
        let sent = sent.body(Body::empty()).expect("a request");
        let answer = runtime.block_on(async {
            let ready = ServiceExt::<Request>::ready(&mut router).await.expect("infallible");
            ready.call(sent).await.expect("infallible")
        });
        assert_eq!(answer.status(), 200);
    })
}

#[expect(clippy::disallowed_methods, reason = "as it is written today")]
async fn by_hand(
    State(check): State<ByHand>,
    mut request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
    let claims = check.check(token).ok_or(StatusCode::UNAUTHORIZED)?;
    request.extensions_mut().insert(claims);
    Ok(next.run(request).await)
}

pub fn all<'a>(runtime: &'a Runtime, credentials: &'a Credentials) -> [Subject<'a>; 4] {
    let route = |handler| Router::new().route("/whoami", handler);
    let bare = route(get(async || "ada"));
    let token = route(get(async |Authenticated(me): Authenticated<Principal<UserId>>| me.user().to_string()));
    let key = route(get(async |Authenticated(me): Authenticated<StoredPrincipal>| {
        me.user().as_ref().map(ToString::to_string).unwrap_or_default()
    }));
    let claims = route(get(async |Extension(claims): Extension<Claims>| claims.sub));
    [
        subject(runtime, "bare", &credentials.token, bare),
        subject(
            runtime,
            "by hand, jsonwebtoken",
            &credentials.token,
            claims.layer(from_fn_with_state(ByHand::new(), by_hand)),
        ),
        subject(
            runtime,
            "portcullis, HS256",
            &credentials.token,
            token.layer(AuthLayer::new(credentials.jwt())),
        ),
        subject(
            runtime,
            "portcullis, API key",
            &credentials.api_key,
            key.layer(AuthLayer::new(credentials.api_keys())),
        ),
    ]
}
