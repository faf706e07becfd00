//! As much of S3 as a client needs to see what it stored.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::header::{CONTENT_TYPE, ETAG, LAST_MODIFIED};
use http::{Method, StatusCode};
use portcullis::Authenticator;
use portcullis::axum::Authenticated;
use portcullis::store::StoredPrincipal;
use portcullis::tower::AuthLayer;

/// What is stored, by its path as it was sent.
type Objects = Arc<Mutex<HashMap<String, Bytes>>>;

const LISTING: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
    <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>shelf</Name>\
    <KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>";

/// The bucket behind a layer of ours.
pub(crate) fn bucket(authenticator: impl Authenticator<Principal = StoredPrincipal>) -> Router {
    let objects = Objects::default();
    Router::new().fallback(any(answer)).with_state(objects).layer(AuthLayer::new(authenticator))
}

async fn answer(
    State(objects): State<Objects>,
    Authenticated(_me): Authenticated<StoredPrincipal>,
    request: Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let stored = || objects.lock().expect("objects").get(&path).cloned();
    match head.method {
        Method::PUT => {
            // A body that is not what was signed has no end, and is not stored.
            let Ok(body) = to_bytes(body, usize::MAX).await else {
                return StatusCode::BAD_REQUEST.into_response();
            };
            objects.lock().expect("objects").insert(path, body);
            [(ETAG, "\"stored\"")].into_response()
        }
        _ if head.uri.query().unwrap_or_default().contains("list-type=2") => {
            ([(CONTENT_TYPE, "application/xml")], LISTING).into_response()
        }
        _ => match stored() {
            Some(object) => {
                let modified = (LAST_MODIFIED, "Sun, 22 Nov 2026 18:00:00 GMT");
                ([(ETAG, "\"stored\""), modified], object).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
    }
}
