//! Two services of one call each, as tonic's generated code would have them.

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use portcullis::store::StoredPrincipal;
use portcullis::tonic::principal;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService};
use tonic::{Request, Response, Status};
use tower::{Service, service_fn};

use crate::codec::Plain;

/// `demo.Greeter`: greets who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Greeter;

/// `demo.Notes`: takes a note of who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notes;

async fn hello(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Status> {
    let me: StoredPrincipal = principal(&request)?;
    let user = me.user().as_ref().ok_or_else(|| Status::permission_denied("the key is of no user"))?;
    Ok(Response::new(format!("hello {user}\n").into_bytes()))
}

async fn write(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Status> {
    let length = request.get_ref().len();
    let me: StoredPrincipal = principal(&request)?;
    Ok(Response::new(format!("noted {length} bytes of {:?}\n", me.user()).into_bytes()))
}

/// What is generated for a service with one call.
macro_rules! unary {
    ($service:ty, $name:literal, $path:literal, $handler:ident) => {
        impl NamedService for $service {
            const NAME: &'static str = $name;
        }

        impl<B> Service<http::Request<B>> for $service
        where
            B: http_body::Body + Send + 'static,
            B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
        {
            type Response = http::Response<Body>;
            type Error = Infallible;
            type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: http::Request<B>) -> Self::Future {
                Box::pin(async move {
                    Ok(match request.uri().path() {
                        $path => Grpc::new(Plain).unary(service_fn($handler), request).await,
                        _ => Status::unimplemented("no such call").into_http(),
                    })
                })
            }
        }
    };
}

unary!(Greeter, "demo.Greeter", "/demo.Greeter/Hello", hello);
unary!(Notes, "demo.Notes", "/demo.Notes/Write", write);
