//! Behind actix-web: the middleware on scopes, on single resources and on nested scopes.

use std::io::{Read, Write};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderName;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App as ActixApp, HttpRequest, HttpResponse, HttpServer, web};
use portcullis::AuthState;
use portcullis::actix::{AuthMiddleware, Authenticated};
use portcullis::store::StoredPrincipal;

use super::app::{App, Seen, set_up};
use super::client::{Ask, connect};
use super::server::{Framework, Server};

pub(crate) struct Actix;

impl Framework for Actix {
    const NAME: &'static str = "actix";

    fn serve(app: &App) -> Server {
        let app = app.clone();
        serving(move || application(&app))
    }
}

/// Serves an application that has a route `/health`.
pub(crate) fn serving<T>(application: impl Fn() -> ActixApp<T> + Clone + Send + 'static) -> Server
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
{
    let listener = Server::listen();
    let own = listener.try_clone().expect("the same port");
    let (running, handle) = std::sync::mpsc::channel::<ServerHandle>();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(application).workers(1).disable_signals();
            let server = server.listen(own).expect("it listens").run();
            running.send(server.handle()).expect("the test waits");
            server.await.expect("it serves");
        });
    });
    let handle = handle.recv().expect("it runs");
    let address = listener.local_addr().expect("an address");
    let stop = move || {
        // actix-server counts a connection after it was handed on, and a worker that is to
        // stop in between counts less than none. One that stays open prevents that.
        let mut held = connect(address);
        let said = Ask::new("GET", "/health").bytes();
        held.write_all(&said).and_then(|()| held.read(&mut [0; 1])).expect("it serves");
        // The order is given at once; what is returned only waits for the end.
        drop(handle.stop(false));
        Some(held)
    };
    Server::new(&listener, stop, thread)
}

fn application(
    app: &App,
) -> ActixApp<
    impl actix_web::dev::ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    let auth = set_up!(AuthMiddleware::new(app.chain()), app);
    let open = auth.clone().allow_anonymous();
    let writers = || auth.require_scopes(["orders:write"]);
    let route = || web::route().to(handle);
    ActixApp::new()
        .app_data(web::Data::new(app.clone()))
        .app_data(web::PayloadConfig::new(8 << 20))
        .route("/health", web::route().to(async || "healthy"))
        .route("/bare", web::route().to(strict))
        .service(web::resource("/bare-scopes").wrap(writers()).route(route()))
        .service(web::resource("/open").wrap(open.clone()).route(route()))
        .service(web::resource("/twice").wrap(auth.clone()).wrap(open.clone()).route(route()))
        .service(web::resource("/strict").wrap(open).route(web::route().to(strict)))
        .service(
            web::scope("/nested").service(web::resource("/items/{id}").wrap(auth.clone()).route(route())),
        )
        .service(
            web::scope("")
                .route("/echo", route())
                .route("/cached", route())
                .route("/private", route())
                .route("/varied", route())
                .service(web::resource("/failing").wrap(from_fn(failing)).route(route()))
                .route("/unread", web::route().to(unread))
                .service(web::resource("/scopes").wrap(writers()).route(route()))
                .wrap(auth.clone()),
        )
}

/// A middleware inside that gives an error back, and no answer.
async fn failing(
    _: ServiceRequest,
    _: Next<impl MessageBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    Err(actix_web::error::ErrorNotFound("no such thing"))
}

type State = AuthState<StoredPrincipal>;

async fn strict(
    _: Authenticated<StoredPrincipal>,
    app: web::Data<App>,
    state: State,
    request: HttpRequest,
) -> HttpResponse {
    answer(&app, &request, Some(&state), Ok(Vec::new()))
}

async fn unread(app: web::Data<App>, state: State, request: HttpRequest) -> HttpResponse {
    answer(&app, &request, Some(&state), Ok(Vec::new()))
}

async fn handle(
    app: web::Data<App>,
    state: State,
    request: HttpRequest,
    body: Result<web::Bytes, actix_web::Error>,
) -> HttpResponse {
    answer(&app, &request, Some(&state), body.map(|body| body.to_vec()).map_err(|_| ()))
}

fn answer(
    app: &App,
    request: &HttpRequest,
    state: Option<&State>,
    body: Result<Vec<u8>, ()>,
) -> HttpResponse {
    let seen = Seen {
        method: request.method().as_str(),
        target: request.uri().path_and_query().map_or("", |target| target.as_str()),
        names: request.headers().keys().map(HeaderName::as_str).collect(),
        state,
    };
    let reply = app.handle(seen, body);
    let status = actix_web::http::StatusCode::from_u16(reply.status).expect("a status");
    let mut response = HttpResponse::build(status);
    response.insert_header(("content-type", "text/plain"));
    if let Some(said) = reply.cache_control {
        response.insert_header(("cache-control", said));
    }
    if let Some(vary) = reply.vary {
        response.insert_header(("vary", vary));
    }
    response.body(reply.body)
}
