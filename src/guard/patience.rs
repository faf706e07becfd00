//! How long a body is waited for.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep};

/// A timer that is made when a body is waited for the first time, so that bodies that are there
/// cost nothing. Outside of a Tokio runtime it never ends.
pub(crate) struct Patience {
    timeout: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    running: bool,
}

impl Patience {
    pub(crate) const fn new(timeout: Duration) -> Self {
        Self { timeout, timer: None, running: false }
    }

    /// Whether there is anybody to keep time here.
    pub(crate) fn is_kept() -> bool {
        Handle::try_current().is_ok()
    }

    /// Ready once it has been waited for too long.
    pub(crate) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.timeout == Duration::MAX || (self.timer.is_none() && !Self::is_kept()) {
            return Poll::Pending;
        }
        let again = !std::mem::replace(&mut self.running, true);
        match &mut self.timer {
            Some(timer) => {
                if again && let Some(end) = Instant::now().checked_add(self.timeout) {
                    timer.as_mut().reset(end);
                }
                timer.as_mut().poll(cx)
            }
            None => self.timer.insert(Box::pin(sleep(self.timeout))).as_mut().poll(cx),
        }
    }

    /// Something came: the next wait is another one.
    pub(crate) const fn renew(&mut self) {
        self.running = false;
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_was_renewed_is_another_one_and_one_that_was_not_goes_on() {
        let mut patience = Patience::new(Duration::from_secs(30));
        let mut waits = async |seconds| {
            let over = poll_fn(|cx| patience.poll_over(cx));
            tokio::time::timeout(Duration::from_secs(seconds), over).await.is_err()
        };
        assert!(waits(20).await && !waits(11).await);
        patience.renew();
        let over = poll_fn(|cx| patience.poll_over(cx));
        let start = Instant::now();
        over.await;
        assert_eq!(start.elapsed().as_secs(), 30);
    }
}
