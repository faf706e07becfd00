//! What the nodes share: PostgreSQL, Redis, or both.

use portcullis::store::postgres::{PostgresCounterStore, PostgresKeyStore, PostgresNonceStore};
use portcullis::store::redis::{RedisCounterStore, RedisKeyStore, RedisNonceStore, RedisServer};
use portcullis::store::{MasterKey, SharedCounters, SharedKeyStore, SharedNonces};

use super::serve::Failure;
use super::setting;

pub(crate) struct Shared {
    pub(crate) keys: SharedKeyStore,
    pub(crate) nonces: SharedNonces,
    pub(crate) counters: SharedCounters,
}

impl Shared {
    pub(crate) async fn connect() -> Result<Self, Failure> {
        let url = setting("DATABASE_URL").ok_or("DATABASE_URL is not set")?;
        let master = master_key()?;
        let claims = match setting("REDIS_URL") {
            Some(url) => Some(redis(&url).await?),
            None => None,
        };
        if url.starts_with("redis") {
            let server = redis(&url).await?;
            let keys = RedisKeyStore::new(server.clone(), master);
            return Ok(Self::new(SharedKeyStore::with_changes(keys), claims.unwrap_or(server)));
        }
        let keys = PostgresKeyStore::connect(&url, master).await?;
        keys.migrate().await?;
        let pool = keys.pool().clone();
        let keys = SharedKeyStore::with_changes(keys);
        if let Some(server) = claims {
            return Ok(Self::new(keys, server));
        }
        let nonces = SharedNonces::new(PostgresNonceStore::new(pool.clone()));
        Ok(Self { keys, nonces, counters: SharedCounters::new(PostgresCounterStore::new(pool)) })
    }

    /// Claims and counts in Redis.
    fn new(keys: SharedKeyStore, server: RedisServer) -> Self {
        let nonces = SharedNonces::new(RedisNonceStore::new(server.clone()));
        Self { keys, nonces, counters: SharedCounters::new(RedisCounterStore::new(server)) }
    }
}

async fn redis(url: &str) -> Result<RedisServer, Failure> {
    let server = RedisServer::connect(url).await?;
    Ok(match setting("NAMESPACE") {
        Some(name) => server.with_namespace(&name)?,
        None => server,
    })
}

fn master_key() -> Result<MasterKey, Failure> {
    let text = setting("MASTER_KEY").ok_or("MASTER_KEY is not set: 32 random bytes as base64")?;
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text.trim());
    Ok(MasterKey::from_bytes(&bytes.map_err(|_| "MASTER_KEY is not base64")?)?)
}
