//! The middleware and its settings.

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, Ready, poll_fn, ready};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::Uri;
use actix_web::{Error, HttpMessage, HttpResponse};

use super::failure::Failure;
use super::payload::PayloadBody;
use super::{RequireScopes, RequireTenant, answer, headers, payload, view};
use crate::guard::{BodyState, Guard, Passing, Remarks, Stopwatch, guard_settings, poll_drive};
use crate::request::Notes;
use crate::tenancy::Tenancy;
use crate::{AuthState, Authenticator, Identity};

/// Decides about every request before the wrapped service sees it.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use portcullis::actix::{AuthMiddleware, Authenticated};
/// use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
/// use portcullis::store::{StoredPrincipal, memory::MemoryKeyStore};
///
/// async fn whoami(Authenticated(me): Authenticated<StoredPrincipal>) -> HttpResponse {
///     HttpResponse::Ok().body(format!("{:?}", me.user()))
/// }
///
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let auth = AuthMiddleware::new(ApiKeyAuthenticator::new(keys, KeyShape::prefix("igny8_")));
/// let app = App::new()
///     .service(
///         web::scope("/api")
///             .route("/whoami", web::get().to(whoami))
///             .service(
///                 web::resource("/orders")
///                     .wrap(auth.require_scopes(["orders:write"]))
///                     .route(web::post().to(whoami)),
///             )
///             .wrap(auth.clone()),
///     )
///     .service(web::resource("/feed").wrap(auth.allow_anonymous()).route(web::get().to(whoami)));
/// ```
pub struct AuthMiddleware<A: Authenticator> {
    guard: Guard<A>,
}

impl<A: Authenticator> AuthMiddleware<A> {
    /// Lets through what `authenticator` finds a principal for, and nothing else.
    #[must_use]
    pub fn new(authenticator: A) -> Self {
        Self { guard: Guard::new(authenticator) }
    }

    guard_settings!();

    /// A middleware for single scopes and resources inside this one, which refuses
    /// principals that lack one of `scopes`: 403, and 401 to anonymous requests. A text that
    /// is no scope is held by nobody.
    #[must_use]
    pub fn require_scopes<T>(&self, scopes: impl IntoIterator<Item = T>) -> RequireScopes<A>
    where
        T: Into<Cow<'static, str>>,
    {
        RequireScopes::new(self.guard.clone(), scopes.into_iter().map(Into::into).collect())
    }

    /// A middleware for single scopes and resources inside this one, which refuses
    /// principals on routes of other tenants, by the rules of [`tenancy`](crate::tenancy),
    /// and anonymous requests with a 401. Without this middleware around it, every request
    /// is a 500.
    ///
    /// ```
    /// use actix_web::{App, web};
    /// use portcullis::actix::AuthMiddleware;
    /// use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
    /// use portcullis::store::memory::MemoryKeyStore;
    /// use portcullis::tenancy::{Tenancy, TenantSource};
    ///
    /// let keys: MemoryKeyStore = MemoryKeyStore::new();
    /// let auth = AuthMiddleware::new(ApiKeyAuthenticator::new(keys.clone(), KeyShape::prefix("igny8_")));
    /// let tenancy = Tenancy::new(TenantSource::path_site("site")).with_sites(keys);
    /// let app = App::new().service(
    ///     web::scope("/sites/{site}")
    ///         .route("/orders", web::get().to(async |site: web::Path<String>| site.into_inner()))
    ///         .wrap(auth.require_tenant(tenancy))
    ///         .wrap(auth),
    /// );
    /// # let _ = app;
    /// ```
    ///
    /// * It sees what has been matched *around* it: on a scope, the parameters of that
    ///   scope's own path and of those it is in. On an `App` there are none: 500. Give no
    ///   parameter further in the name of the tenant's. Where there is one name twice, it
    ///   is a 500.
    /// * Names are compared as actix-web has decoded them. It leaves `%2F`, `%2B` and `%25`
    ///   to `web::Path`, so a name that has one of these, or any other `%`, is as unknown
    ///   as one that is no UTF-8.
    /// * A header that this middleware removes (`with_identity_headers`) is missing there.
    #[must_use]
    pub fn require_tenant<D>(&self, tenancy: Tenancy<D>) -> RequireTenant<A, D>
    where
        A::Principal: Identity,
    {
        RequireTenant::new(self.guard.clone(), tenancy)
    }
}

impl<S, B, A> Transform<S, ServiceRequest> for AuthMiddleware<A>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
    A: Authenticator,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = AuthService<S, A>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(AuthService { service: Rc::new(service), guard: self.guard.clone() }))
    }
}

/// The service that [`AuthMiddleware`] puts around another.
pub struct AuthService<S, A: Authenticator> {
    service: Rc<S>,
    guard: Guard<A>,
}

/// The answer to a request, later.
type Answering<B> = Pin<Box<dyn Future<Output = Result<ServiceResponse<EitherBody<B>>, Error>>>>;

impl<S, B, A> Service<ServiceRequest> for AuthService<S, A>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
    A: Authenticator,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Answering<B>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let (service, guard) = (Rc::clone(&self.service), self.guard.clone());
        Box::pin(async move {
            match resolve(&guard, &mut request).await {
                Err(refusal) => Ok(request.into_response(refusal).map_into_right_body()),
                Ok(remarks) if remarks.is_empty() => Ok(service.call(request).await?.map_into_left_body()),
                Ok(remarks) => match service.call(request).await {
                    Ok(mut response) => {
                        answer::say(&remarks, response.headers_mut());
                        Ok(response.map_into_left_body())
                    }
                    Err(error) => Err(Failure::new(error, remarks).into()),
                },
            }
        })
    }
}

/// Decides about one request, and makes it what the handler is to see.
async fn resolve<A: Authenticator>(
    guard: &Guard<A>,
    request: &mut ServiceRequest,
) -> Result<Remarks, HttpResponse> {
    let payload = request.take_payload();
    let mut body = BodyState::Untouched(PayloadBody::new(payload, request.headers()));
    let (gate, notes, watch) = (body.gate(), Notes::new(), Stopwatch::start());
    let route = if guard.is_named() { None } else { view::entry_point(request.request()) };
    let Passing { admission, body, decoded } = {
        let certificate = view::certificate(request.request());
        let view = view::view(request.request(), &gate, guard.now())
            .with_notes(&notes)
            .with_client_certificate(certificate.as_ref());
        let view = guard.place(view.with_entry_point(route.as_deref()));
        let decision = {
            let mut deciding = pin!(guard.decide(&view));
            let (limits, now) = (guard.body_limits(), || guard.now());
            poll_fn(|cx| poll_drive(deciding.as_mut(), &gate, &mut body, limits, now, cx)).await
        };
        match decision.and_then(|admission| guard.pass(admission, &mut body, &gate, &view)) {
            Ok(passing) => {
                guard.admitted(&view, &passing.admission.state, watch);
                passing
            }
            Err(error) => {
                let refusal = answer::convert(guard.refuse(&error, &view, watch));
                payload::drain(guard, request.version(), body).await;
                return Err(refusal);
            }
        }
    };
    request.set_payload(payload::passing(body));
    headers::decode(&decoded, request.headers_mut());
    clean(guard, request);
    if let AuthState::Anonymous = admission.state {
        request.extensions_mut().insert(guard.anonymous_refusal());
    }
    request.extensions_mut().insert(admission.state);
    Ok(admission.remarks)
}

/// Removes what the handler must not see, and marks what nobody should print.
fn clean<A: Authenticator>(guard: &Guard<A>, request: &mut ServiceRequest) {
    let query = guard.query_without_credential(request.uri().query());
    let head = request.head_mut();
    head.headers.retain(|name, value| {
        if guard.is_unwanted(name.as_str()) {
            return false;
        }
        if guard.is_sensitive(name.as_str()) {
            value.set_sensitive(true);
        }
        true
    });
    if let Some(query) = query {
        let path = head.uri.path();
        let kept = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let mut uri = head.uri.clone().into_parts();
        uri.path_and_query = kept.parse().ok();
        // Parts of a URI that was read, with a shorter query, are one.
        head.uri = Uri::from_parts(uri).unwrap_or_default();
    }
}

impl<A: Authenticator> Clone for AuthMiddleware<A> {
    fn clone(&self) -> Self {
        Self { guard: self.guard.clone() }
    }
}

impl<A: Authenticator> fmt::Debug for AuthMiddleware<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthMiddleware").field("carriers", self.guard.carriers()).finish_non_exhaustive()
    }
}

impl<S, A: Authenticator> fmt::Debug for AuthService<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthService(..)")
    }
}
