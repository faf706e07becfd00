//! The task that fetches: one fetch at a time, so that none can overtake another.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::JwksFetchError;
use super::events::Cause;
use super::fetch::{Fetched, Fetcher, Known};
use super::held::{Held, Shared};
use super::schedule::{self, Jitter};
use super::writer::Writer;
use crate::client::HttpClientError;

/// What those who wait are told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Landed {
    /// The number of the last fetch that there is an answer about.
    pub(super) number: u64,
    pub(super) succeeded: bool,
}

/// Fetches the keys whenever it is time, or somebody asks, and puts them where they are read.
/// It ends when it is aborted, and a fetch that is under way with it.
pub(super) struct Keeper {
    pub(super) shared: Arc<Shared>,
    pub(super) fetcher: Arc<Fetcher>,
    pub(super) known: Known,
    pub(super) snapshot: Option<Writer>,
    pub(super) landed: watch::Sender<Landed>,
}

impl Keeper {
    pub(super) async fn run(mut self) {
        let mut due = Instant::now();
        loop {
            while !self.shared.desk().is_wanted() && Instant::now() < due {
                let _woken_or_due = timeout_at(due, self.shared.asked.notified()).await;
            }
            due = self.fetch_once().await;
            self.shared.desk().tally.next = Some(due);
        }
    }

    /// One fetch; when the next one is due.
    async fn fetch_once(&mut self) -> Instant {
        let begun = Instant::now();
        let order = self.shared.desk().begin(begun);
        let landed = Landed { number: order.number, succeeded: false };
        // In a task of its own, so that a client that panics takes nothing else with it.
        let mut flight = JoinSet::new();
        let (fetcher, known) = (Arc::clone(&self.fetcher), self.known.clone());
        flight.spawn(async move { fetcher.fetch(known).await });
        let end = begun + self.fetcher.time;
        let mut fetched = timeout_at(order.answer_by.min(end), flight.join_next()).await;
        if fetched.is_err() && order.answer_by < end {
            // Who waits has waited for long enough; the keys are wanted all the same.
            self.landed.send_replace(landed);
            fetched = timeout_at(end, flight.join_next()).await;
        }
        let fetched = match fetched {
            Ok(Some(Ok(fetched))) => fetched,
            Ok(_) => Err(JwksFetchError::Panicked),
            Err(_) => Err(HttpClientError::TimedOut.into()),
        };
        drop(flight);
        match fetched {
            Ok(fetched) => self.take(fetched, order.cause, landed),
            Err(error) => self.fail(error, order.cause, landed),
        }
    }

    fn take(&mut self, fetched: Fetched, cause: Cause, landed: Landed) -> Instant {
        let shared = &self.shared;
        let at = shared.clock.now();
        let is_new = fetched.keys.is_some();
        let keys = fetched.keys.map(Arc::new);
        // Without new keys there are old ones: only they can be unchanged.
        let keys = keys.or_else(|| shared.held.load().as_ref().map(|held| Arc::clone(&held.keys)));
        let count = keys.as_ref().map_or(0, |keys| keys.keys().len());
        if let Some(keys) = keys {
            shared.held.store(Some(Arc::new(Held { keys, fetched_at: at, is_restored: false })));
        }
        self.known = fetched.known;
        shared.desk().end(None);
        self.landed.send_replace(Landed { succeeded: true, ..landed });
        self.fetcher.events.fetched(cause, is_new, count, at);
        if let (Some(snapshot), Some(text)) = (&self.snapshot, &self.known.text) {
            snapshot.put(Arc::clone(text), at);
        }
        Instant::now() + schedule::ahead(fetched.max_age, shared.max_stale, Jitter::random())
    }

    fn fail(&mut self, error: JwksFetchError, cause: Cause, landed: Landed) -> Instant {
        let error = Arc::new(error);
        self.known = std::mem::take(&mut self.known).after_failure();
        let in_a_row = self.shared.desk().end(Some(Arc::clone(&error)));
        self.landed.send_replace(landed);
        self.fetcher.events.failed(cause, &error, in_a_row);
        // As long as the longest wait, so that none of that length goes past their end.
        let wait_ends = self.shared.clock.now().saturating_add(schedule::LONGEST_RETRY);
        let has_keys = self.shared.current(wait_ends).is_ok();
        Instant::now() + schedule::retry(in_a_row, has_keys, Jitter::random())
    }
}

#[cfg(all(test, any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use bytes::Bytes;
    use http::{Request, Response};
    use tokio::runtime::Handle;

    use super::*;
    use crate::SystemClock;
    use crate::client::{ClientFn, ResponseLimits};
    use crate::jwt::JwkRules;
    use crate::jwt::jwks::address::{Address, Plain};
    use crate::jwt::jwks::desk::Desk;
    use crate::jwt::jwks::events::Events;
    use crate::jwt::jwks::fetch::Origin;

    const SET: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    #[tokio::test(start_paused = true)]
    async fn fetches_wait_for_no_disk() {
        let (time, events) = (Duration::from_secs(5), Events::new("a".into()));
        let client = ClientFn::new(|_: Request<Bytes>, _: ResponseLimits| async {
            Ok(Response::new(Bytes::from_static(SET.as_bytes())))
        });
        let url = Address::parse("https://a.example/", Plain::Refused).expect("url");
        let hangs = Writer::start(&Handle::current(), events.clone(), |_, _| pending());
        let desk = Desk::new(Duration::from_secs(30), time);
        let (landed, hear) = watch::channel(Landed::default());
        let mut keeper = Keeper {
            shared: Arc::new(Shared::new(desk, Duration::from_secs(3_600), Arc::new(SystemClock))),
            fetcher: Arc::new(Fetcher {
                client: Arc::new(client),
                origin: Origin::Keys(url),
                rules: JwkRules::new(),
                time,
                events,
            }),
            known: Known::default(),
            snapshot: Some(hangs),
            landed,
        };
        let begun = Instant::now();
        for number in 1..=3 {
            keeper.fetch_once().await;
            assert!(hear.borrow().succeeded && hear.borrow().number == number);
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
