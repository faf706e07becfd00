//! This crate.

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use portcullis::sigv4::SigV4Authenticator;
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{KeyOwner, NewKey, StoredPrincipal};
use portcullis::tower::{AuthBody, AuthLayer};
use portcullis::{AuthState, Clock, KeyAdmin, Scheme, SystemClock, UserId};
use tower::{Layer, service_fn};

use crate::request::{Known, REGION, SERVICE, Signed};
use crate::turns::Subject;

/// Stores in memory never wait.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a store in memory waited"),
    }
}

/// A thousand keys, in a store and as everybody wants them.
pub fn keys() -> (MemoryKeyStore, Vec<Known>) {
    let keys = MemoryKeyStore::new();
    now(keys.add_user(&UserId::from("ada"), None)).expect("a user");
    let issue = |_| {
        let key = NewKey::new(Scheme::SigV4, KeyOwner::user("ada"));
        let issued = now(keys.issue(key, SystemClock.now())).expect("a key");
        let secret = issued.secret.expose_text().expect("text").to_owned();
        Known { id: issued.id.as_str().to_owned(), secret }
    };
    let known = (0..1000).map(issue).collect();
    (keys, known)
}

pub fn portcullis(keys: MemoryKeyStore, signed: &Signed) -> Subject {
    let sigv4 = SigV4Authenticator::new(keys, MemoryNonceStore::new(), REGION, SERVICE).for_s3();
    let inner = service_fn(|request: Request<AuthBody<Full<Bytes>>>| {
        let state = request.extensions().get::<AuthState<StoredPrincipal>>();
        let answer = crate::known(state.and_then(AuthState::principal).is_some());
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    crate::subject("portcullis, its layer", signed, AuthLayer::new(sigv4).layer(inner))
}
