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

    /// Ready once it has been waited for too long.
    pub(crate) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.timeout == Duration::MAX || (self.timer.is_none() && Handle::try_current().is_err()) {
            return Poll::Pending;
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(self.timeout)));
        if !std::mem::replace(&mut self.running, true)
            && let Some(end) = Instant::now().checked_add(self.timeout)
        {
            timer.as_mut().reset(end);
        }
        timer.as_mut().poll(cx)
    }

    /// Something came: the next wait is another one.
    pub(crate) const fn renew(&mut self) {
        self.running = false;
    }
}
