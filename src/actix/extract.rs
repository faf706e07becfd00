//! The principal as a handler's argument.

use std::fmt;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};

use super::{answer, view};
use crate::AuthState;
use crate::guard::AnonymousRefusal;
use crate::request::BodyGate;
use crate::trace::event;

/// The principal of the request.
///
/// * Behind an [`AuthMiddleware`](super::AuthMiddleware), it is there.
/// * Behind one that allows anonymous requests, such a request is answered with the
///   middleware's 401; take [`AuthState<P>`](crate::AuthState) to see it instead, or
///   `Option<Authenticated<P>>`.
/// * With no middleware for `P` around the handler, it is a 500, and the log says what was
///   forgotten. The same holds for `AuthState<P>`, but *not* for the `Option`, which
///   actix-web makes `None` of every failure.
///
/// ```
/// use actix_web::{App, web};
/// use portcullis::actix::Authenticated;
/// use portcullis::{AuthState, Principal};
///
/// async fn whoami(Authenticated(me): Authenticated<Principal<String>>) -> String {
///     me.user().clone()
/// }
///
/// async fn feed(state: AuthState<Principal<String>>) -> String {
///     state.principal().map_or("anonymous".to_owned(), |me| me.user().clone())
/// }
/// # let _ = App::new().route("/whoami", web::get().to(whoami)).route("/feed", web::get().to(feed));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Authenticated<P>(pub P);

/// Why there is no principal for the handler. The answer is the middleware's 401, or a 500
/// where there is none.
pub struct AuthRejection(Option<Box<http::Response<bytes::Bytes>>>);

impl fmt::Debug for AuthRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthRejection").field(&self.status_code()).finish()
    }
}

impl fmt::Display for AuthRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "no credential was presented" } else { "no authentication ran" })
    }
}

impl ResponseError for AuthRejection {
    fn status_code(&self) -> StatusCode {
        if self.0.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::INTERNAL_SERVER_ERROR }
    }

    fn error_response(&self) -> HttpResponse {
        match &self.0 {
            Some(answer) => answer::convert((**answer).clone()),
            None => HttpResponse::new(self.status_code()),
        }
    }
}

impl AuthRejection {
    fn layer_missing<P>(request: &HttpRequest) -> Self {
        let (path, principal) = (request.path(), std::any::type_name::<P>());
        event!(error, path, principal, "no AuthMiddleware for this principal type is around the handler");
        Self(None)
    }

    fn anonymous(request: &HttpRequest) -> Self {
        let extensions = request.extensions();
        let refusal = extensions.get::<AnonymousRefusal>();
        let gate = BodyGate::new();
        let respond =
            |refusal: &AnonymousRefusal| refusal.respond(&view::view(request, &gate, refusal.now()));
        Self(refusal.map(respond).map(Box::new))
    }
}

impl<P: Clone + 'static> FromRequest for Authenticated<P> {
    type Error = AuthRejection;
    type Future = Ready<Result<Self, AuthRejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = state::<P>(request).and_then(|state| match state {
            AuthState::Authenticated(principal) => Ok(Self(principal)),
            AuthState::Anonymous => Err(AuthRejection::anonymous(request)),
        });
        ready(found)
    }
}

impl<P: Clone + 'static> FromRequest for AuthState<P> {
    type Error = AuthRejection;
    type Future = Ready<Result<Self, AuthRejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(state(request))
    }
}

fn state<P: Clone + 'static>(request: &HttpRequest) -> Result<AuthState<P>, AuthRejection> {
    let state = request.extensions().get::<AuthState<P>>().cloned();
    state.ok_or_else(|| AuthRejection::layer_missing::<P>(request))
}
