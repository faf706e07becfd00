//! Keys, owners and look-ups that claims are made about.

use std::sync::Arc;
use std::time::Duration;

use portcullis::store::{
    EntryPointStore, IssuedKey, KeyHandle, KeyHasher, KeyOwner, KeyRecord, KeyRef, KeyStore, NewKey,
    RoleAdmin, SiteDirectory, StoredPrincipal,
};
use portcullis::{KeyId, Realm, Reason, Scheme, Secret, Timestamp};

/// A store that passes the battery.
pub(crate) trait Store:
    EntryPointStore<Principal = StoredPrincipal> + RoleAdmin + SiteDirectory
{
}

impl<S: EntryPointStore<Principal = StoredPrincipal> + RoleAdmin + SiteDirectory> Store for S {}

pub(crate) type Record = Arc<KeyRecord<StoredPrincipal>>;

/// A text that is an API key.
pub(crate) const IMPORTED: &str = "igny8_0123456789abcdefghij0123456789abcdefghij01";

pub(crate) const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

pub(crate) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn default_realm(id: &KeyId) -> KeyRef {
    KeyRef { realm: Realm::default(), id: id.clone() }
}

/// An API key of nobody.
pub(crate) fn api_key() -> NewKey {
    NewKey::new(Scheme::ApiKey, KeyOwner::default())
}

/// An x-auth key of nobody.
pub(crate) fn signing_key() -> NewKey {
    NewKey::new(Scheme::XAuth, KeyOwner::default())
}

pub(crate) async fn issue(store: &impl Store, key: NewKey) -> IssuedKey {
    store.issue(key, at(0)).await.expect("issued")
}

/// Issues a key whose secret is known or does not matter.
pub(crate) async fn keep(store: &impl Store, key: NewKey) {
    drop(issue(store, key).await);
}

/// Looks an API key up in a realm.
pub(crate) async fn find_in(
    store: &impl KeyStore<Principal = StoredPrincipal>,
    realm: &Realm,
    key: &Secret,
) -> Option<Record> {
    let digests = [KeyHasher::sha256().digest(key.expose())];
    store.find(&KeyHandle::Digests { realm, digests: &digests }).await.expect("an answer")
}

/// Looks an API key up.
pub(crate) async fn find_key(
    store: &impl KeyStore<Principal = StoredPrincipal>,
    key: &Secret,
) -> Option<Record> {
    find_in(store, &Realm::default(), key).await
}

/// Looks the key of a signing scheme up.
pub(crate) async fn find_id(
    store: &impl KeyStore<Principal = StoredPrincipal>,
    scheme: Scheme,
    id: &str,
) -> Option<Record> {
    let realm = Realm::default();
    store.find(&KeyHandle::Id { realm: &realm, scheme, id }).await.expect("an answer")
}

/// Why the key may not be used at a moment; nothing when it may.
pub(crate) fn refusal(record: &Record, now: Timestamp) -> Option<Reason> {
    record.check_usable(now).err().map(|error| error.reason())
}

/// Whether one of the secrets that are in force is this one.
pub(crate) fn signs_with(record: &Record, secret: &Secret, now: Timestamp) -> bool {
    record.secrets_at(now).any(|live| {
        let ours = live.hmac().sign(&[b"message"]);
        let theirs = portcullis::crypto::HmacKey::new(portcullis::crypto::HmacAlgorithm::Sha256, secret);
        live.secret().matches(secret.expose()) && ours.matches(theirs.sign(&[b"message"]).expose())
    })
}
