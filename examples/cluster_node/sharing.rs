//! What the nodes share: PostgreSQL, Redis, or both.

use portcullis::store::MasterKey;
use portcullis::store::postgres::{PostgresCounterStore, PostgresKeyStore, PostgresNonceStore};
use portcullis::store::redis::{RedisCounterStore, RedisKeyStore, RedisNonceStore, RedisServer};

use super::serve::Failure;
use super::setting;

/// Where keys are.
#[derive(Clone)]
pub(crate) enum Keys {
    Postgres(PostgresKeyStore),
    Redis(RedisKeyStore),
}

pub(crate) struct Shared {
    pub(crate) keys: Keys,
    /// Claims and counts in Redis.
    pub(crate) redis: Option<(RedisNonceStore, RedisCounterStore)>,
    /// Claims and counts in the database of the keys.
    pub(crate) database: Option<(PostgresNonceStore, PostgresCounterStore)>,
}

impl Shared {
    pub(crate) async fn connect() -> Result<Self, Failure> {
        let url = setting("DATABASE_URL").ok_or("DATABASE_URL is not set")?;
        let master = master_key()?;
        let (keys, database) = if url.starts_with("redis") {
            (Keys::Redis(RedisKeyStore::new(redis(&url).await?, master)), None)
        } else {
            let keys = PostgresKeyStore::connect(&url, master).await?;
            keys.migrate().await?;
            let pool = keys.pool().clone();
            let database = (PostgresNonceStore::new(pool.clone()), PostgresCounterStore::new(pool));
            (Keys::Postgres(keys), Some(database))
        };
        let claims = setting("REDIS_URL").or_else(|| url.starts_with("redis").then(|| url.clone()));
        let redis = match claims {
            Some(url) => {
                let server = redis(&url).await?;
                Some((RedisNonceStore::new(server.clone()), RedisCounterStore::new(server)))
            }
            None => None,
        };
        Ok(Self { keys, redis, database })
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
