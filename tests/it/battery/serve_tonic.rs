//! Behind tonic: the layer around single services. The routes of the table are services here.

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::HeaderName;
use http_body::Body;
use portcullis::store::StoredPrincipal;
use portcullis::tonic::state;
use portcullis::tower::AuthLayer;
use tonic::server::{Grpc, NamedService};
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tower::{Layer, Service, service_fn};

use super::app::{App, Seen, set_up};
use super::server::{Framework, Server};

#[path = "../../../examples/grpc/codec.rs"]
mod codec;

pub(crate) struct Tonic;

/// The routes of the table that are services.
pub(crate) const SERVICES: [(&str, &str); 3] =
    [("/echo", "battery.Echo"), ("/open", "battery.Open"), ("/scopes", "battery.Scopes")];

impl Framework for Tonic {
    const NAME: &'static str = "tonic";

    fn serve(app: &App) -> Server {
        let auth = set_up!(AuthLayer::new(app.chain()), app).answer_grpc();
        let open = auth.clone().allow_anonymous();
        let writers = auth.require_scopes(["orders:write"]);
        let routes = Routes::new(auth.layer(Say::<0>(app.clone())))
            .add_service(open.layer(Say::<1>(app.clone())))
            .add_service(auth.layer(writers.layer(Say::<2>(app.clone()))));
        Server::on_tokio(async move |listener| {
            let server = tonic::transport::Server::builder().add_routes(routes);
            server.serve_with_incoming(TcpIncoming::from(listener)).await.expect("it serves");
        })
    }
}

/// A service whose one call, `Say`, is the handler of the table.
#[derive(Clone)]
pub(crate) struct Say<const SERVICE: usize>(pub(crate) App);

impl<const SERVICE: usize> NamedService for Say<SERVICE> {
    const NAME: &'static str = SERVICES[SERVICE].1;
}

impl<B, const SERVICE: usize> Service<http::Request<B>> for Say<SERVICE>
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let app = self.0.clone();
        let target = request.uri().path().to_owned();
        Box::pin(async move {
            let say = service_fn(move |request| std::future::ready(say(&app, &target, request)));
            Ok(Grpc::new(codec::Plain).unary(say, request).await)
        })
    }
}

fn say(app: &App, target: &str, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Status> {
    let state = state::<StoredPrincipal>(&request)?;
    let (metadata, _, body) = request.into_parts();
    let headers = metadata.into_headers();
    let names = headers.keys().map(HeaderName::as_str).collect();
    let seen = Seen { method: "POST", target, names, state: Some(&state) };
    Ok(Response::new(app.handle(seen, Ok(body)).body))
}
