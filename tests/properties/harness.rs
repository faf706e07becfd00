//! Deciding without a runtime.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use portcullis::authenticator::decide;
use portcullis::request::{BodyGate, Carriers, RequestTarget, RequestView};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{IssuedKey, KeyOwner, NewKey};
use portcullis::{Authenticator, KeyAdmin, Outcome, Reason, Scheme, Timestamp, UserId};

pub(crate) const NOW: i64 = 1_700_000_000;

/// Stores in memory never wait.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a store in memory waited"),
    }
}

/// A store with one key of `scheme`.
pub(crate) fn keys(scheme: Scheme) -> (MemoryKeyStore, IssuedKey) {
    let keys = MemoryKeyStore::new();
    now(keys.add_user(&UserId::from("ada"), None)).expect("user");
    let key = NewKey::new(scheme, KeyOwner::user("ada"));
    let issued = now(keys.issue(key, Timestamp::from_unix_seconds(0))).expect("issued");
    (keys, issued)
}

pub(crate) fn verdict<A: Authenticator>(
    authenticator: &A,
    target: &str,
    headers: &[(String, Vec<u8>)],
    body: &[u8],
) -> Result<A::Principal, Reason> {
    now(waiting_verdict(authenticator, target, headers, body))
}

/// The same for a scheme that waits.
pub(crate) async fn waiting_verdict<A: Authenticator>(
    authenticator: &A,
    target: &str,
    headers: &[(String, Vec<u8>)],
    body: &[u8],
) -> Result<A::Principal, Reason> {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let headers = headers.to_vec();
    let gate = BodyGate::delivered(Bytes::copy_from_slice(body));
    let target = RequestTarget::new("POST", path, query);
    let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(NOW));
    let mut carriers = Carriers::new();
    authenticator.carriers(&mut carriers);
    match decide(authenticator, &carriers, &view).await.map_err(|error| error.reason())? {
        Outcome::Authenticated(principal) => Ok(principal),
        Outcome::Absent => Err(Reason::MissingCredential),
    }
}

/// `text` with one byte at `place` replaced by another.
pub(crate) fn with_byte(text: &[u8], place: usize, byte: u8) -> Vec<u8> {
    let mut changed = text.to_vec();
    let place = place % changed.len();
    changed[place] = if changed[place] == byte { byte.wrapping_add(1) } else { byte };
    changed
}
