//! The principal as a handler's argument.

use ::axum::body::Body;
use ::axum::extract::{FromRequestParts, OptionalFromRequestParts};
use ::axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;

use crate::AuthState;
use crate::guard::AnonymousRefusal;
use crate::request::BodyGate;
use crate::tower::Ambient;
use crate::trace::event;

/// The principal of the request.
///
/// * Behind an [`AuthLayer`](crate::tower::AuthLayer), it is there.
/// * Behind one that allows anonymous requests, such a request is answered with the
///   layer's 401; take `Option<Authenticated<P>>` to see it instead.
/// * With no layer for `P` around the handler, both are a 500, and the log says what was
///   forgotten. Never is that taken for anonymous.
///
/// ```
/// use axum::{Router, routing::get};
/// use portcullis::Principal;
/// use portcullis::axum::Authenticated;
///
/// async fn whoami(Authenticated(me): Authenticated<Principal<String>>) -> String {
///     me.user().clone()
/// }
/// # let _: Router = Router::new().route("/whoami", get(whoami));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Authenticated<P>(pub P);

/// Why there is no principal for the handler.
#[derive(Debug)]
pub struct AuthRejection(Response);

impl IntoResponse for AuthRejection {
    fn into_response(self) -> Response {
        self.0
    }
}

impl AuthRejection {
    fn layer_missing<P>(parts: &Parts) -> Self {
        let (path, principal) = (parts.uri.path(), std::any::type_name::<P>());
        event!(error, path, principal, "no AuthLayer for this principal type is around the handler");
        Self(StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }

    fn anonymous(parts: &Parts) -> Self {
        Self(match parts.extensions.get::<AnonymousRefusal>() {
            Some(refusal) => {
                let gate = BodyGate::new();
                let view = Ambient::default().view(parts, &gate, refusal.now());
                refusal.respond(&view).map(Body::from)
            }
            None => StatusCode::UNAUTHORIZED.into_response(),
        })
    }
}

impl<P, S> FromRequestParts<S> for Authenticated<P>
where
    P: Clone + Send + Sync + 'static,
    S: Send + Sync,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        match parts.extensions.get::<AuthState<P>>() {
            Some(AuthState::Authenticated(principal)) => Ok(Self(principal.clone())),
            Some(AuthState::Anonymous) => Err(AuthRejection::anonymous(parts)),
            None => Err(AuthRejection::layer_missing::<P>(parts)),
        }
    }
}

impl<P, S> OptionalFromRequestParts<S> for Authenticated<P>
where
    P: Clone + Send + Sync + 'static,
    S: Send + Sync,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, AuthRejection> {
        match parts.extensions.get::<AuthState<P>>() {
            Some(state) => Ok(state.principal().cloned().map(Self)),
            None => Err(AuthRejection::layer_missing::<P>(parts)),
        }
    }
}
