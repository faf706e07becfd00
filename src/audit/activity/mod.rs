//! What happened lately, for whoever looks at it now.

mod hours;
mod kind;
mod query;
mod recent;
mod ring;
mod weight;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;

use super::AuditEvent;
use crate::Timestamp;
use crate::store::StoreError;

pub use hours::HourCount;
pub use kind::ActivityKind;
pub use query::ActivityQuery;
pub use recent::RecentEvents;

/// An event that was kept, and its place among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecentEvent {
    /// Its number: each event has a greater one than those that were recorded before it.
    pub sequence: u64,
    /// The event.
    pub event: Arc<AuditEvent<'static>>,
}

impl RecentEvent {
    /// An event with its number.
    #[must_use]
    pub const fn new(sequence: u64, event: Arc<AuditEvent<'static>>) -> Self {
        Self { sequence, event }
    }

    /// What came of it.
    #[must_use]
    pub fn kind(&self) -> ActivityKind {
        ActivityKind::of(&self.event)
    }
}

/// Where events are looked up: [`RecentEvents`], or the audit database of an application.
///
/// An implementation *must*
///
/// * give every event a number that is greater than those before it, for pages follow it;
/// * find all events that fit and that it still has, newest first, and no more than the limit.
///   What it had to forget, it need not find.
///
/// ```
/// use portcullis::audit::{ActivityKind, ActivityLog, ActivityQuery, AuditEvent, AuditSink};
/// use portcullis::audit::{RecentEvents, RequestFacts, SharedActivity};
/// use portcullis::{AuthError, Reason, Timestamp};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let recent = RecentEvents::default();
/// let log = SharedActivity::new(recent.clone());
/// let (now, request) = (Timestamp::from_unix_seconds(7_200), RequestFacts::new("GET", "/"));
/// recent.record(&AuditEvent::refused(now, request, &AuthError::new(Reason::Expired)));
///
/// let found = log.find(&ActivityQuery::new().with_outcome(ActivityKind::Refused)).await?;
/// assert_eq!(found.len(), 1);
/// let hours = log.hours(now, 2).await?;
/// let refused: Vec<_> = hours.iter().map(|hour| hour.of(ActivityKind::Refused)).collect();
/// assert_eq!(refused, [0, 1]);
/// # Ok::<(), portcullis::store::StoreError>(())
/// # }).unwrap();
/// ```
pub trait ActivityLog: Send + Sync + 'static {
    /// The newest events that fit, newest first: in the order of their numbers, from the
    /// greatest.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn find(
        &self,
        query: &ActivityQuery,
    ) -> impl Future<Output = Result<Vec<RecentEvent>, StoreError>> + Send;

    /// How many events of each kind there were in each of the last `hours` hours, the oldest
    /// first; the last one is that of `now`, which is not over yet. A log may keep fewer hours
    /// than are asked for, and then has fewer to tell. An hour without events is there too.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn hours(
        &self,
        now: Timestamp,
        hours: usize,
    ) -> impl Future<Output = Result<Vec<HourCount>, StoreError>> + Send;
}

impl<L: ActivityLog> ActivityLog for Arc<L> {
    fn find(
        &self,
        query: &ActivityQuery,
    ) -> impl Future<Output = Result<Vec<RecentEvent>, StoreError>> + Send {
        L::find(self, query)
    }

    fn hours(
        &self,
        now: Timestamp,
        hours: usize,
    ) -> impl Future<Output = Result<Vec<HourCount>, StoreError>> + Send {
        L::hours(self, now, hours)
    }
}

impl ActivityLog for RecentEvents {
    async fn find(&self, query: &ActivityQuery) -> Result<Vec<RecentEvent>, StoreError> {
        Ok(Self::find(self, query))
    }

    async fn hours(&self, now: Timestamp, hours: usize) -> Result<Vec<HourCount>, StoreError> {
        Ok(Self::hours(self, now, hours))
    }
}

/// The object-safe twin of [`ActivityLog`].
#[async_trait]
trait Erased: Send + Sync {
    async fn find(&self, query: &ActivityQuery) -> Result<Vec<RecentEvent>, StoreError>;
    async fn hours(&self, now: Timestamp, hours: usize) -> Result<Vec<HourCount>, StoreError>;
}

#[async_trait]
impl<L: ActivityLog> Erased for L {
    async fn find(&self, query: &ActivityQuery) -> Result<Vec<RecentEvent>, StoreError> {
        ActivityLog::find(self, query).await
    }

    async fn hours(&self, now: Timestamp, hours: usize) -> Result<Vec<HourCount>, StoreError> {
        ActivityLog::hours(self, now, hours).await
    }
}

/// Any [`ActivityLog`], whose type is known at run time only. Its clones are the same; one
/// allocation a call is its price.
#[derive(Clone)]
pub struct SharedActivity(Arc<dyn Erased>);

impl SharedActivity {
    /// Erases the type of `log`.
    #[must_use]
    pub fn new(log: impl ActivityLog) -> Self {
        Self(Arc::new(log))
    }
}

impl ActivityLog for SharedActivity {
    async fn find(&self, query: &ActivityQuery) -> Result<Vec<RecentEvent>, StoreError> {
        self.0.as_ref().find(query).await
    }

    async fn hours(&self, now: Timestamp, hours: usize) -> Result<Vec<HourCount>, StoreError> {
        self.0.as_ref().hours(now, hours).await
    }
}

impl fmt::Debug for SharedActivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedActivity(..)")
    }
}
