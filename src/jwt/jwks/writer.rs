//! Documents on their way to disk.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;

use super::events::Events;
use super::snapshot::SnapshotError;
use crate::Timestamp;

/// After so long it is told that the disk hangs.
const PATIENCE: Duration = Duration::from_secs(10);

type Document = (Arc<str>, Timestamp);

/// Writes documents in a task of its own, one at a time, so that nothing waits for a disk. Of
/// those that come while it hangs, the newest is written next. The task ends with this and with
/// the last write.
#[derive(Debug)]
pub(super) struct Writer(watch::Sender<Option<Document>>);

impl Writer {
    /// Writes by means of `write`.
    pub(super) fn start<W>(
        runtime: &Handle,
        events: Events,
        write: impl Fn(Arc<str>, Timestamp) -> W + Send + 'static,
    ) -> Self
    where
        W: Future<Output = Result<(), SnapshotError>> + Send,
    {
        let (sender, mut newest) = watch::channel(None);
        runtime.spawn(async move {
            while newest.changed().await.is_ok() {
                let document: Option<Document> = newest.borrow_and_update().clone();
                let Some((text, at)) = document else { continue };
                let mut writing = std::pin::pin!(write(text, at));
                let written = match timeout(PATIENCE, &mut writing).await {
                    Ok(written) => written,
                    Err(_) => {
                        events.snapshot_not_written(&"the disk does not answer");
                        writing.await
                    }
                };
                if let Err(problem) = written {
                    events.snapshot_not_written(&problem);
                }
            }
        });
        Self(sender)
    }

    /// Has this document written, without waiting for it.
    pub(super) fn put(&self, text: Arc<str>, at: Timestamp) {
        self.0.send_replace(Some((text, at)));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::Semaphore;
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_hangs_has_one_write_and_then_the_newest() {
        let (begun, ended) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Semaphore::new(0)));
        let (log, gate) = (Arc::clone(&begun), Arc::clone(&ended));
        let writer =
            Writer::start(&Handle::current(), Events::new("https://a.example".into()), move |text, _| {
                log.lock().expect("log").push(text.to_string());
                let gate = Arc::clone(&gate);
                async move {
                    gate.acquire().await.expect("open").forget();
                    Ok(())
                }
            });
        let put = |text: &str| writer.put(text.into(), Timestamp::from_unix_seconds(0));
        for text in ["1", "2", "3"] {
            put(text);
            tokio::time::sleep(PATIENCE * 10).await;
            assert_eq!(*begun.lock().expect("log"), ["1"]);
        }
        ended.add_permits(1);
        while begun.lock().expect("log").len() < 2 {
            yield_now().await;
        }
        assert_eq!(*begun.lock().expect("log"), ["1", "3"]);
        // The last is written also when nobody is there any more, and then the task ends.
        put("4");
        drop(writer);
        ended.add_permits(2);
        while Arc::strong_count(&ended) > 1 {
            yield_now().await;
        }
        assert_eq!(*begun.lock().expect("log"), ["1", "3", "4"]);
    }
}
