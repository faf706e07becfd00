//! Where the nodes of one test keep what they share.

use portcullis::store::postgres::PostgresKeyStore;
use portcullis::store::redis::{RedisKeyStore, RedisServer};
use portcullis::store::{
    ChangeFeed, EntryPointStore, IssuedKey, KeyOwner, KeyRef, MasterKey, NewKey, RoleAdmin, StoredPrincipal,
};
use portcullis::{Clock, KeyId, Realm, Scheme, SystemClock, Timestamp};

use crate::schema::Schema;
use crate::servers::redis_url;

/// The master key of every node here, and the same as base64.
const MASTER: [u8; 32] = [7; 32];
const MASTER_TEXT: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// A store that nodes can keep their keys in, and an operator can change.
pub(crate) trait Keys:
    EntryPointStore<Principal = StoredPrincipal> + RoleAdmin + ChangeFeed + Clone
{
    /// Issues so many keys of this kind.
    async fn issue_many(&self, count: usize, key: impl Fn() -> NewKey) -> Vec<IssuedKey> {
        let keys = (0..count).map(|_| key()).collect();
        self.issue_all(keys, now()).await.expect("issued")
    }

    /// Issues one.
    async fn issue_one(&self, key: NewKey) -> IssuedKey {
        self.issue(key, now()).await.expect("issued")
    }
}

impl Keys for PostgresKeyStore {}
impl Keys for RedisKeyStore {}

/// What the nodes of one test share, seen by the test: as by one more node.
pub(crate) struct Place<K> {
    /// How the test changes keys: no node is asked for that.
    pub(crate) keys: K,
    database: String,
    claims: Option<String>,
    namespace: String,
    _schema: Option<Schema>,
}

impl Place<PostgresKeyStore> {
    /// A schema of its own in the PostgreSQL of this run.
    pub(crate) async fn in_postgres() -> Self {
        let schema = Schema::create().await;
        let place = Self::at_postgres(&schema.url()).await;
        Self { _schema: Some(schema), ..place }
    }

    /// A whole database.
    pub(crate) async fn at_postgres(url: &str) -> Self {
        let keys = PostgresKeyStore::connect(url, MasterKey::new(MASTER)).await.expect("a database");
        keys.migrate().await.expect("the schema");
        Self { keys, database: url.to_owned(), claims: None, namespace: fresh_name(), _schema: None }
    }

    /// ... with claims and counts in the Redis of this run.
    pub(crate) fn with_claims_in_redis(self) -> Self {
        self.with_claims_at(&redis_url())
    }

    /// ... with claims and counts in this Redis.
    pub(crate) fn with_claims_at(self, url: &str) -> Self {
        Self { claims: Some(url.to_owned()), ..self }
    }
}

impl Place<RedisKeyStore> {
    /// A namespace of its own in the Redis of this run.
    pub(crate) async fn in_redis() -> Self {
        Self::at_redis(&redis_url()).await
    }

    /// A namespace of its own in this Redis.
    pub(crate) async fn at_redis(url: &str) -> Self {
        let namespace = fresh_name();
        let server = RedisServer::connect(url).await.expect("Redis");
        let server = server.with_namespace(&namespace).expect("a namespace");
        let keys = RedisKeyStore::new(server, MasterKey::new(MASTER));
        Self { keys, database: url.to_owned(), claims: None, namespace, _schema: None }
    }
}

impl<K> Place<K> {
    /// What a node has to know of it.
    pub(crate) fn settings(&self) -> Vec<(&'static str, &str)> {
        let mut settings = vec![
            ("DATABASE_URL", self.database.as_str()),
            ("NAMESPACE", &self.namespace),
            ("MASTER_KEY", MASTER_TEXT),
        ];
        settings.extend(self.claims.as_deref().map(|url| ("REDIS_URL", url)));
        settings
    }
}

/// A name that nobody has used, also where the server lives on from run to run.
fn fresh_name() -> String {
    let random = MasterKey::generate().expect("random");
    random.expose().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// An API key of nobody.
pub(crate) fn api_key() -> NewKey {
    NewKey::new(Scheme::ApiKey, KeyOwner::default()).with_prefix("node_")
}

/// An x-auth key of nobody.
pub(crate) fn signing_key() -> NewKey {
    NewKey::new(Scheme::XAuth, KeyOwner::default())
}

pub(crate) fn key_ref(id: &KeyId) -> KeyRef {
    KeyRef { realm: Realm::default(), id: id.clone() }
}
