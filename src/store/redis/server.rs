//! The connection that stores share, and how each call over it ends in time.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{
    Client, Cmd, FromRedisValue, IntoConnectionInfo, ProtocolVersion, RedisError, RedisResult, Script,
    ScriptInvocation,
};
use tokio::time::timeout;

use super::names::{InvalidNamespace, Names};
use crate::store::StoreError;

/// How long a call may take, with whatever it waits for.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
const CONNECTING: Duration = Duration::from_secs(1);
const QUEUE: usize = 1_024;

/// A Redis server and a namespace in it, for the stores of this module; they may share one.
/// Its clones share the connection.
///
/// Every call ends within 2 seconds: a server that hangs is an error, never a wait. After an
/// outage the connection comes back by itself.
///
/// ```no_run
/// use portcullis::store::MasterKey;
/// use portcullis::store::redis::{RedisCounterStore, RedisKeyStore, RedisNonceStore, RedisServer};
/// # async fn open(master: MasterKey) -> Result<(), Box<dyn std::error::Error>> {
/// let server = RedisServer::connect("redis://127.0.0.1").await?.with_namespace("shop")?;
/// let keys: RedisKeyStore = RedisKeyStore::new(server.clone(), master);
/// let (nonces, counters) = (RedisNonceStore::new(server.clone()), RedisCounterStore::new(server));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisServer {
    client: Client,
    connection: ConnectionManager,
    names: Names,
}

impl RedisServer {
    /// Connects to `redis://[user:password@]host[:port][/database]`, with RESP 3, which tells
    /// of a lost connection before the next call has to find out.
    ///
    /// # Errors
    /// When the server cannot be reached, or as for [`attach`](Self::attach).
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let info = url.into_connection_info().map_err(failure)?;
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).map_err(failure)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECTING))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1)
            .set_pipeline_buffer_size(QUEUE);
        let connection = in_time(ConnectionManager::new_with_config(client.clone(), config)).await?;
        Self::attach(client, connection).await
    }

    /// Takes a connection of the application's own, and the client that it was made by, which
    /// makes another one for each listener to changes. Both are of the same database.
    ///
    /// # Errors
    /// When the server does not answer, and when its `maxmemory-policy` is any other than
    /// `noeviction`, or is kept from us: a server that makes room by itself forgets claims, and
    /// a claim that is forgotten is a request that can be repeated.
    pub async fn attach(client: Client, connection: ConnectionManager) -> Result<Self, StoreError> {
        let server = Self::dangerous_allow_eviction(client, connection);
        let memory: String = server.call(Cmd::new().arg("INFO").arg("memory")).await?;
        let policy = memory.lines().find_map(|line| line.strip_prefix("maxmemory_policy:"));
        match policy.map(str::trim) {
            Some("noeviction") => Ok(server),
            _ => Err(StoreError::unavailable(Evicts)),
        }
    }

    /// As [`attach`](Self::attach), of a server that nobody asks whether it evicts, for those
    /// that do not answer this. Where it does evict, a request can be repeated while it is
    /// fresh, a budget can be used twice, revoked tokens work again, families of refresh tokens
    /// vanish, which logs their users out, and keys, owners and rings of signing keys can be lost.
    #[must_use]
    pub fn dangerous_allow_eviction(client: Client, connection: ConnectionManager) -> Self {
        Self { client, connection, names: Names::default() }
    }

    /// Sets what the names of everything begin with, `portcullis` unless it is said: stores of
    /// different namespaces know nothing of each other.
    ///
    /// # Errors
    /// When it is not of 1 to 64 ASCII letters, digits, dots, hyphens, underscores and colons.
    pub fn with_namespace(mut self, namespace: &str) -> Result<Self, InvalidNamespace> {
        self.names = Names::new(namespace)?;
        Ok(self)
    }

    pub(super) const fn names(&self) -> &Names {
        &self.names
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// Where changes are told. Channels are the same in all databases of a server, so that its
    /// name has the number of ours.
    pub(super) fn channel(&self) -> String {
        let database = self.client.get_connection_info().redis_settings().db();
        self.names.name("changes", &[&database.to_string()])
    }

    /// Runs a script, which is loaded where the server does not have it.
    pub(super) async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, StoreError> {
        let run = || async { call.invoke_async(&mut self.connection.clone()).await };
        in_time(again_if_refused(run)).await
    }

    /// Sends a command.
    pub(super) async fn call<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let call = || async { command.query_async(&mut self.connection.clone()).await };
        in_time(again_if_refused(call)).await
    }

    /// Starts the call of a script that makes names itself.
    pub(super) fn invoke<'s>(&self, script: &'s Script) -> ScriptInvocation<'s> {
        let mut call = script.prepare_invoke();
        call.arg(self.names.prefix());
        call
    }
}

/// Calls, and once more where the connection was refused: then nothing was sent, and it may
/// have been refused long ago, when the server was down.
async fn again_if_refused<T, F>(call: impl Fn() -> F) -> RedisResult<T>
where
    F: Future<Output = RedisResult<T>>,
{
    match call().await {
        Err(error) if error.is_connection_refusal() => call().await,
        answer => answer,
    }
}

/// The answer, if it comes in time.
pub(super) async fn in_time<T>(answer: impl Future<Output = RedisResult<T>>) -> Result<T, StoreError> {
    match timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(failure),
        Err(late) => Err(StoreError::unavailable(late)),
    }
}

fn failure(error: RedisError) -> StoreError {
    // Before version 7, the code of an error in a script is that of the script.
    let full = |text: &str| text.contains("OOM command not allowed");
    if error.code() == Some("OOM") || error.detail().is_some_and(full) {
        return StoreError::Full;
    }
    StoreError::unavailable(error)
}

/// The server may forget what it was told to keep.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the maxmemory-policy of the server is not known to be noeviction: it may forget what must be kept")]
struct Evicts;

impl fmt::Debug for RedisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisServer").field("names", &self.names).finish_non_exhaustive()
    }
}
