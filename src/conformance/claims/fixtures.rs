//! Keys, owners and look-ups that claims are made about.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::crypto::{HmacAlgorithm, HmacKey};
use crate::request::{BodyGate, RequestTarget, RequestView};
use crate::store::{
    IssuedKey, KeyAdmin, KeyHandle, KeyHasher, KeyOwner, KeyRecord, KeyRef, KeyStore, NewKey,
};
use crate::{KeyId, Realm, Reason, Scheme, Secret, Timestamp};

/// What a store finds.
pub(super) type Record<S> = Arc<KeyRecord<<S as KeyStore>::Principal>>;

/// A text that is an API key.
pub(super) const IMPORTED: &str = "igny8_0123456789abcdefghij0123456789abcdefghij01";

pub(super) const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

pub(super) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(super) fn default_realm(id: &KeyId) -> KeyRef {
    KeyRef { realm: Realm::default(), id: id.clone() }
}

/// An API key of nobody.
pub(super) fn api_key() -> NewKey {
    NewKey::new(Scheme::ApiKey, KeyOwner::default())
}

/// An x-auth key of nobody.
pub(super) fn signing_key() -> NewKey {
    NewKey::new(Scheme::XAuth, KeyOwner::default())
}

pub(super) async fn issue(store: &impl KeyAdmin, key: NewKey) -> IssuedKey {
    store.issue(key, at(0)).await.expect("issued")
}

/// Issues a key whose secret is known or does not matter.
pub(super) async fn keep(store: &impl KeyAdmin, key: NewKey) {
    drop(issue(store, key).await);
}

/// Looks an API key up in a realm.
pub(super) async fn find_in<S: KeyStore>(
    store: &S,
    realm: &Realm,
    key: &impl AsRef<Secret>,
) -> Option<Record<S>> {
    let digests = [KeyHasher::sha256().digest(key.as_ref().expose())];
    store.find(&KeyHandle::Digests { realm, digests: &digests }).await.expect("an answer")
}

/// Looks an API key up.
pub(super) async fn find_key<S: KeyStore>(store: &S, key: &impl AsRef<Secret>) -> Option<Record<S>> {
    find_in(store, &Realm::default(), key).await
}

/// Looks the key of a signing scheme up.
pub(super) async fn find_id<S: KeyStore>(store: &S, scheme: Scheme, id: &str) -> Option<Record<S>> {
    let realm = Realm::default();
    store.find(&KeyHandle::Id { realm: &realm, scheme, id }).await.expect("an answer")
}

/// A key of each kind: an API key, and one that signs.
pub(super) async fn both_kinds(
    store: &impl KeyAdmin,
    change: impl Fn(NewKey) -> NewKey,
) -> Vec<(Scheme, IssuedKey)> {
    vec![
        (Scheme::ApiKey, issue(store, change(api_key())).await),
        (Scheme::XAuth, issue(store, change(signing_key())).await),
    ]
}

/// Looks a key of either kind up, by what it is presented with.
pub(super) async fn find_either<S: KeyStore>(store: &S, scheme: Scheme, key: &IssuedKey) -> Record<S> {
    let found = match scheme {
        Scheme::ApiKey => find_key(store, &key.secret).await,
        _ => find_id(store, scheme, key.id.as_str()).await,
    };
    found.expect("found")
}

/// Both kinds of key, as the store finds them.
pub(super) async fn found<S: KeyStore>(store: &S, keys: &[(Scheme, IssuedKey)]) -> Vec<Record<S>> {
    let mut records = Vec::new();
    for (scheme, key) in keys {
        records.push(find_either(store, *scheme, key).await);
    }
    records
}

/// Why the key may not call the entry point from this address; nothing when it may.
pub(super) fn refused<P>(record: &KeyRecord<P>, name: &str, peer: &str) -> Option<Reason> {
    let (headers, gate) = (http::HeaderMap::new(), BodyGate::new());
    let view = RequestView::new(RequestTarget::new("GET", "/sent", None), &headers, &gate, at(0))
        .with_entry_point(Some(name))
        .with_peer(peer.parse().ok());
    record.check_request(&view).err().map(|error| error.reason())
}

/// Why the key may not be used at a moment; nothing when it may.
pub(super) fn refusal<P>(record: &KeyRecord<P>, now: Timestamp) -> Option<Reason> {
    record.check_usable(now).err().map(|error| error.reason())
}

/// Whether one of the secrets that are in force is this one.
pub(super) fn signs_with<P>(record: &KeyRecord<P>, secret: &impl AsRef<Secret>, now: Timestamp) -> bool {
    let secret = secret.as_ref();
    record.secrets_at(now).any(|live| {
        let ours = live.hmac().sign(&[b"message"]);
        let theirs = HmacKey::new(HmacAlgorithm::Sha256, secret).sign(&[b"message"]);
        live.secret().matches(secret.expose()) && ours.matches(theirs.expose())
    })
}

/// Drives futures side by side in one task, whatever the runtime, until each has answered.
pub(super) async fn at_once<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<(usize, Pin<Box<F>>)> = futures.into_iter().map(Box::pin).enumerate().collect();
    let mut answers = Vec::new();
    poll_fn(|context| {
        waiting.retain_mut(|(place, future)| match future.as_mut().poll(context) {
            Poll::Ready(answer) => {
                answers.push((*place, answer));
                false
            }
            Poll::Pending => true,
        });
        if waiting.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
