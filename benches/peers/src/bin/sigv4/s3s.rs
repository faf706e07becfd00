//! `s3s`: a service that does S3 whole; a request comes to an operation, or to a route of one's
//! own.

use bytes::Bytes;
use http::{Extensions, HeaderMap, Method, Uri};
use s3s::auth::{SecretKey, SimpleAuth};
use s3s::dto::{GetObjectInput, GetObjectOutput};
use s3s::route::S3Route;
use s3s::service::S3ServiceBuilder;
use s3s::{Body, S3, S3Request, S3Response, S3Result};

use crate::request::{Known, Signed};
use crate::turns::Subject;

struct Objects;

#[async_trait::async_trait]
impl S3 for Objects {
    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        assert!(request.credentials.is_some(), "somebody was let in");
        Ok(S3Response::new(GetObjectOutput::default()))
    }
}

struct Route;

#[async_trait::async_trait]
impl S3Route for Route {
    fn is_match(&self, _: &Method, uri: &Uri, _: &HeaderMap, _: &mut Extensions) -> bool {
        uri.path().starts_with("/orders/")
    }

    async fn call(&self, request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        assert!(request.credentials.is_some(), "somebody was let in");
        Ok(S3Response::new(Body::from(Bytes::new())))
    }
}

fn builder(known: &[Known]) -> S3ServiceBuilder {
    let mut auth = SimpleAuth::new();
    for key in known {
        auth.register(key.id.clone(), SecretKey::from(key.secret.clone()));
    }
    let mut builder = S3ServiceBuilder::new(Objects);
    builder.set_auth(auth);
    builder
}

pub fn operation(known: &[Known], signed: &Signed) -> Subject {
    crate::subject("s3s 0.14.1, an operation", signed, builder(known).build())
}

pub fn route(known: &[Known], signed: &Signed) -> Subject {
    let mut builder = builder(known);
    builder.set_route(Route);
    crate::subject("s3s 0.14.1, a route", signed, builder.build())
}
