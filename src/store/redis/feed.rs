//! Telling and hearing what changed.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{Cmd, RedisResult};
use tokio::time::timeout;

use super::RedisKeyStore;
use super::server::in_time;
use crate::store::{ChangeFeed, ChangeListener, ChangeMessage, StoreError};

/// How long a connection may be silent before it is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(10);

/// What hears the changes of a [`RedisKeyStore`], on a connection of its own.
///
/// A connection that was cut without a word is noticed within about 12 seconds, and until
/// then nothing is heard on it: who must know sooner compares
/// [`change_number`](ChangeFeed::change_number) now and then.
pub struct RedisListener {
    sink: PubSubSink,
    messages: PubSubStream,
}

impl<P: 'static> ChangeFeed for RedisKeyStore<P> {
    type Listener = RedisListener;

    async fn change_number(&self) -> Result<u64, StoreError> {
        let number: Option<u64> =
            self.server.call(Cmd::new().arg("GET").arg(self.server.names().changes())).await?;
        Ok(number.unwrap_or(0))
    }

    async fn listen(&self) -> Result<RedisListener, StoreError> {
        let channel = self.server.channel();
        let subscribed = async {
            let mut connection = self.server.client().get_async_pubsub().await?;
            connection.subscribe(channel).await?;
            RedisResult::Ok(connection.split())
        };
        let (sink, messages) = in_time(subscribed).await?;
        Ok(RedisListener { sink, messages })
    }
}

impl ChangeListener for RedisListener {
    async fn next(&mut self) -> Result<ChangeMessage, StoreError> {
        loop {
            let next = poll_fn(|context| Pin::new(&mut self.messages).poll_next(context));
            match timeout(SILENCE, next).await {
                Ok(Some(message)) => {
                    let text: Result<String, _> = message.get_payload();
                    let change = text.ok().and_then(|text| text.parse().ok());
                    return change.ok_or(StoreError::corrupt("a message of a change"));
                }
                Ok(None) => return Err(StoreError::unavailable(Lost)),
                Err(_) => in_time(self.sink.ping::<redis::Value>()).await.map(drop)?,
            }
        }
    }
}

/// The connection has ended.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection that changes are heard on was lost")]
struct Lost;

impl fmt::Debug for RedisListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisListener").finish_non_exhaustive()
    }
}
