//! Tests of actix-web applications.
//!
//! ```
//! use actix_web::{App, test, web};
//! use portcullis::actix::{AuthMiddleware, Authenticated};
//! use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
//! use portcullis::store::StoredPrincipal;
//! use portcullis::testing::{TestKit, actix::request};
//!
//! async fn greet(Authenticated(me): Authenticated<StoredPrincipal>) -> String {
//!     format!("hello {}", me.user().as_ref().map_or("nobody", |user| user.as_str()))
//! }
//!
//! # actix_web::rt::System::new().block_on(async {
//! let kit = TestKit::new();
//! let auth = AuthMiddleware::new(ApiKeyAuthenticator::new(kit.keys(), KeyShape::any()));
//! let auth = auth.with_clock(kit.clock());
//! let app = test::init_service(App::new().wrap(auth).route("/", web::get().to(greet))).await;
//!
//! let signed = kit.api_key("ada").sign(http::Request::get("/").body("").unwrap());
//! let answer = test::call_and_read_body(&app, request(signed).to_request()).await;
//! assert_eq!(answer, "hello ada");
//! # });
//! ```

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error};
use http::Request;

use super::must;
use super::probe::{Ended, Stranger};

/// A request, such as a [`TestKey`](super::TestKey) signed it, as actix-web's tests take it.
///
/// # Panics
/// When actix-web has another opinion of what a request is.
#[must_use]
pub fn request<B: AsRef<[u8]>>(request: Request<B>) -> TestRequest {
    let (parts, body) = request.into_parts();
    let mut converted = TestRequest::default()
        .method(must(Method::from_bytes(parts.method.as_str().as_bytes())))
        .uri(&parts.uri.to_string());
    for (name, value) in &parts.headers {
        let name = must(HeaderName::from_bytes(name.as_ref()));
        converted = converted.append_header((name, must(HeaderValue::from_bytes(value.as_bytes()))));
    }
    converted.set_payload(body.as_ref().to_vec())
}

/// Which of these routes do *not* end in a refusal by a guard of this crate, when a stranger
/// asks without a credential, or with one that nobody has.
///
/// A refusal by the handler is none: it is known by [`Refused`](crate::guard::Refused). What
/// answers 404 or 405 is `unknown`, for nobody can say whether it would be guarded; in an
/// `App` that is wrapped as a whole, what has no route is guarded like one.
///
/// ```
/// use actix_web::{App, web};
/// use portcullis::actix::AuthMiddleware;
/// use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
/// use portcullis::testing::{TestKit, actix::unguarded};
///
/// # actix_web::rt::System::new().block_on(async {
/// let auth = AuthMiddleware::new(ApiKeyAuthenticator::new(TestKit::new().keys(), KeyShape::any()));
/// let orders = web::scope("/api").wrap(auth).route("/orders", web::get().to(async || "orders"));
/// let app = App::new().service(orders).route("/upload", web::post().to(async || "forgotten"));
///
/// let routes = [("GET", "/api/orders"), ("POST", "/upload"), ("GET", "/lost")];
/// let open = unguarded(app, routes).await;
/// assert_eq!(open, ["POST /upload: 200 without a credential", "GET /lost: unknown"]);
/// # });
/// ```
///
/// # Panics
/// When the application cannot be started, or the system has no randomness.
pub async fn unguarded<'r, T, B>(
    app: App<T>,
    routes: impl IntoIterator<Item = (&'r str, &'r str)>,
) -> Vec<String>
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    T::Future: 'static,
    B: MessageBody,
{
    let service = init_service(app).await;
    let mut open = Vec::new();
    for route in routes {
        for stranger in Stranger::both() {
            let ended = match probe(route, &stranger) {
                None => Ended::NotSent,
                Some(request) => match service.call(request.to_request()).await {
                    Ok(answer) => {
                        let answer = answer.response();
                        Ended::of(answer.status().as_u16(), answer.extensions().get())
                    }
                    // What is refused in the middle is an error that answers by itself.
                    Err(error) => {
                        let answer = error.error_response();
                        Ended::of(answer.status().as_u16(), answer.extensions().get())
                    }
                },
            };
            if let Some(line) = stranger.line(route, ended) {
                open.push(line);
                break;
            }
        }
    }
    open
}

fn probe((method, path): (&str, &str), stranger: &Stranger) -> Option<TestRequest> {
    let method = Method::from_bytes(method.as_bytes()).ok()?;
    path.parse::<Uri>().ok()?;
    let request = TestRequest::default().method(method).uri(path);
    Some(match stranger.authorization() {
        Some(value) => request.insert_header((AUTHORIZATION, value)),
        None => request,
    })
}
