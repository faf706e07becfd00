//! gRPC services with tonic.
//!
//! The layer is that of [`tower`](crate::tower): around a whole server, by
//! `Server::builder().layer(..)`, or around single services, for what it and
//! [`require_scopes`](crate::tower::AuthLayer::require_scopes) put around a service bears that
//! one's name. It finds the address of the peer itself. Handlers ask [`principal`] or [`state`].
//!
//! # Refusals
//!
//! With [`answer_grpc`](crate::tower::AuthLayer::answer_grpc), a refusal of a gRPC call is an
//! answer of trailers only (gRPC over HTTP2, section "Responses"): status 200, no body, and
//!
//! | refused with | `grpc-status` | why |
//! |---|---|---|
//! | 400 | 3 `INVALID_ARGUMENT` | the caller must mend the call; repeating it is no use |
//! | 401 | 16 `UNAUTHENTICATED` | |
//! | 403 | 7 `PERMISSION_DENIED` | |
//! | 404 | 5 `NOT_FOUND` | |
//! | 413 | 8 `RESOURCE_EXHAUSTED` | as tonic says of messages that are too long |
//! | 503 | 14 `UNAVAILABLE` | clients may try again |
//! | 500 | 13 `INTERNAL` | |
//!
//! The code is that of the refusal, whatever a [style](crate::guard::ResponseStyle) makes of
//! it over HTTP; `grpc-message` is one fixed text for each. Challenges and `Retry-After` are
//! metadata. A refusal does not wait for the message: HTTP/2 servers end the stream behind it
//! without an error (RFC 9113, section 8.1).
//!
//! What is no gRPC call is answered over HTTP as ever: another method than POST, another
//! content type, and gRPC-Web, whose translating layer belongs outside.

mod named;

use tonic::{Request, Status};

use crate::AuthState;
use crate::trace::event;

/// The principal of a call.
///
/// ```
/// use portcullis::store::StoredPrincipal;
/// use portcullis::tonic::principal;
/// use tonic::{Request, Response, Status};
///
/// async fn whoami(request: Request<()>) -> Result<Response<String>, Status> {
///     let me: StoredPrincipal = principal(&request)?;
///     Ok(Response::new(format!("{:?}", me.user())))
/// }
/// # let missing = principal::<StoredPrincipal>(&Request::new(())).unwrap_err();
/// # assert_eq!(missing.code(), tonic::Code::Internal);
/// # let _ = whoami;
/// ```
///
/// # Errors
/// `UNAUTHENTICATED` for anonymous calls, where they are allowed; as [`state`] where no layer is.
pub fn principal<P>(request: &Request<impl Sized>) -> Result<P, Status>
where
    P: Clone + Send + Sync + 'static,
{
    match state(request)? {
        AuthState::Authenticated(principal) => Ok(principal),
        AuthState::Anonymous => Err(Status::unauthenticated("unauthenticated")),
    }
}

/// The principal of a call, or that it is anonymous.
///
/// # Errors
/// `INTERNAL` where no [`AuthLayer`](crate::tower::AuthLayer) for `P` is around the service;
/// the log says what was forgotten.
pub fn state<P>(request: &Request<impl Sized>) -> Result<AuthState<P>, Status>
where
    P: Clone + Send + Sync + 'static,
{
    request.extensions().get::<AuthState<P>>().cloned().ok_or_else(|| {
        let principal = std::any::type_name::<P>();
        event!(error, principal, "no AuthLayer for this principal type is around the service");
        Status::internal("internal error")
    })
}
