//! Keys, owners and look-ups that claims are made about.

use std::sync::Arc;
use std::time::Duration;

use portcullis::store::{
    ChangeFeed, EntryPointStore, IssuedKey, KeyHandle, KeyHasher, KeyOwner, KeyRecord, KeyRef, KeyStore,
    LegacyHash, LegacyKeyStore, LegacyLookup, LegacyName, NewKey, RoleAdmin, SiteDirectory, StoreError,
    StoredPrincipal,
};
use portcullis::{KeyId, Realm, Reason, Scheme, Secret, Timestamp};
use sha2::{Digest, Sha512};
use tokio::task::JoinSet;

/// A store that passes the battery.
pub(crate) trait Store:
    EntryPointStore<Principal = StoredPrincipal> + RoleAdmin + SiteDirectory + LegacyKeyStore
{
}

impl<S> Store for S where
    S: EntryPointStore<Principal = StoredPrincipal> + RoleAdmin + SiteDirectory + LegacyKeyStore
{
}

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
    key: &impl AsRef<Secret>,
) -> Option<Record> {
    let digests = [KeyHasher::sha256().digest(key.as_ref().expose())];
    store.find(&KeyHandle::Digests { realm, digests: &digests }).await.expect("an answer")
}

/// Looks an API key up.
pub(crate) async fn find_key(
    store: &impl KeyStore<Principal = StoredPrincipal>,
    key: &impl AsRef<Secret>,
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
pub(crate) fn signs_with(record: &Record, secret: &impl AsRef<Secret>, now: Timestamp) -> bool {
    let secret = secret.as_ref();
    record.secrets_at(now).any(|live| {
        let ours = live.hmac().sign(&[b"message"]);
        let theirs = portcullis::crypto::HmacKey::new(portcullis::crypto::HmacAlgorithm::Sha256, secret);
        live.secret().matches(secret.expose()) && ours.matches(theirs.sign(&[b"message"]).expose())
    })
}

/// What another system kept of a key.
pub(crate) fn sha512(text: &str) -> LegacyHash {
    format!("sha512:{}", hex(&Sha512::digest(text))).parse().expect("a hash")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the hash of a key is found by.
pub(crate) fn legacy_names(text: &str) -> Vec<LegacyName> {
    LegacyLookup::new().with_sha512().names(text.as_bytes()).collect()
}

/// Imports a key by the hash of its text.
pub(crate) async fn import(store: &impl LegacyKeyStore, text: &str) -> KeyRef {
    let id = store.import_hash(api_key(), &sha512(text), None, at(0)).await.expect("imported");
    default_realm(&id)
}

/// The key that a text is the hash of.
pub(crate) async fn legacy_key(
    store: &impl LegacyKeyStore,
    text: &str,
) -> Result<Option<KeyRef>, StoreError> {
    let found = store.legacy_hash(&Realm::default(), &legacy_names(text)).await?;
    Ok(found.map(|(key, hash)| {
        assert!(hash.matches(text.as_bytes()));
        key
    }))
}

/// Adopts one key through two handles eight times at once, `rounds` times: each is one change.
pub(crate) async fn adopt_at_once<S>(stores: [S; 2], rounds: usize)
where
    S: LegacyKeyStore + KeyStore<Principal = StoredPrincipal> + ChangeFeed + Clone,
{
    for round in 0..rounds {
        let text = format!("{IMPORTED}{round}");
        let key = import(&stores[0], &text).await;
        let before = stores[0].change_number().await.expect("a number");
        let mut adoptions = JoinSet::new();
        for number in 0..8 {
            let (store, key, text) = (stores[number % 2].clone(), key.clone(), text.clone());
            adoptions
                .spawn(async move { store.adopt(&key, &sha512(&text), &Secret::from(text.as_str())).await });
        }
        let answers = adoptions.join_all().await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(stores[1].change_number().await.expect("a number"), before + 1);
        let found = find_key(&stores[1], &Secret::from(text.as_str())).await.expect("found");
        assert_eq!((found.id(), found.epoch()), (&key.id, 1));
    }
}
