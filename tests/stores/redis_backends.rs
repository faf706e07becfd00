//! Fresh stores in Redis: each in a namespace of its own, on a connection of its own.

use std::sync::Arc;

use portcullis::audit::SharedAddresses;
use portcullis::conformance::Fresh;
use portcullis::store::cached::CachedKeyStore;
use portcullis::store::redis::{
    RedisCounterStore, RedisKeyStore, RedisNonceStore, RedisServer, RedisTokenStore,
};
use portcullis::store::{MasterKey, SharedKeyStore, SharedNonces};

use crate::servers::redis_url;

pub(crate) async fn redis() -> Fresh<RedisKeyStore> {
    Fresh::new(keys(&server().await))
}

pub(crate) async fn redis_behind_arc() -> Fresh<Arc<RedisKeyStore>> {
    redis().await.map(Arc::new)
}

pub(crate) async fn redis_erased() -> Fresh<SharedKeyStore> {
    redis().await.map(SharedKeyStore::with_changes)
}

pub(crate) async fn redis_cached() -> Fresh<CachedKeyStore<RedisKeyStore>> {
    redis().await.map(CachedKeyStore::new)
}

pub(crate) async fn redis_nonces() -> Fresh<RedisNonceStore> {
    Fresh::new(RedisNonceStore::new(server().await))
}

pub(crate) async fn redis_nonces_erased() -> Fresh<SharedNonces> {
    redis_nonces().await.map(SharedNonces::new)
}

pub(crate) async fn redis_nonces_behind_arc() -> Fresh<Arc<RedisNonceStore>> {
    redis_nonces().await.map(Arc::new)
}

pub(crate) async fn redis_counters() -> Fresh<RedisCounterStore> {
    Fresh::new(RedisCounterStore::new(server().await))
}

pub(crate) async fn redis_tokens() -> Fresh<RedisTokenStore> {
    Fresh::new(RedisTokenStore::new(server().await))
}

pub(crate) async fn redis_addresses() -> Fresh<SharedAddresses> {
    redis().await.map(SharedAddresses::new)
}

/// The server that this run shares, in a namespace that nobody has used.
pub(crate) async fn server() -> RedisServer {
    server_in(&namespace()).await
}

/// The same on a new connection.
pub(crate) async fn server_in(namespace: &str) -> RedisServer {
    let server = RedisServer::connect(&redis_url()).await.expect("Redis");
    server.with_namespace(namespace).expect("a namespace")
}

/// The keys of a server.
pub(crate) fn keys(server: &RedisServer) -> RedisKeyStore {
    RedisKeyStore::new(server.clone(), MasterKey::new([7; 32]))
}

/// A namespace that nobody has used, also where the server lives on from run to run.
pub(crate) fn namespace() -> String {
    let random = MasterKey::generate().expect("random");
    random.expose().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// A plain connection to a server.
pub(crate) async fn plain(url: &str) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(url).expect("a URL");
    client.get_multiplexed_async_connection().await.expect("Redis")
}
