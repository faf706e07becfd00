//! `rustack-auth`: a function of the head of a request and the digest of its body.

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use rustack_auth::{AuthResult, StaticCredentialProvider, hash_payload, verify_sigv4};
use tower::Service;

use crate::request::{Known, Sent, Signed};
use crate::turns::Subject;

/// It has no layer; this is the least that one would do.
struct Verified {
    provider: StaticCredentialProvider,
}

impl Service<Sent> for Verified {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Sent) -> Self::Future {
        let (mut head, _) = request.into_parts();
        // Nothing was sent.
        let result = verify_sigv4(&head, &hash_payload(b""), &self.provider).expect("a good signature");
        head.extensions.insert(result);
        std::future::ready(Ok(crate::known(head.extensions.get::<AuthResult>().is_some())))
    }
}

pub fn verify(known: &[Known], signed: &Signed) -> Subject {
    let pairs = known.iter().map(|key| (key.id.clone(), key.secret.clone()));
    let provider = StaticCredentialProvider::new(pairs);
    crate::subject("rustack-auth 0.12.0, its function", signed, Verified { provider })
}
