//! One question at a time: who asks first asks for all that ask meanwhile.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::question::{Asked, Question};
use crate::store::StoreError;

/// What came of a flight. Its failure is the failure of everybody who waited.
pub(super) type Landed<T> = Result<T, Arc<StoreError>>;

/// The questions that are under way.
#[derive(Debug)]
pub(super) struct Flights<T>(Mutex<HashMap<Asked, watch::Receiver<Option<Landed<T>>>>>);

/// What a caller has to do.
pub(super) enum Turn<'a, T> {
    /// Ask the store, and land.
    Lead(Lead<'a, T>),
    /// Wait for the one who asks.
    Wait(Wait<T>),
}

/// Who asks. One that is dropped without landing, because its client went away, hands
/// over: whoever of the waiting ones is awake first takes its place.
pub(super) struct Lead<'a, T> {
    flights: &'a Flights<T>,
    asked: Asked,
    answer: Option<Landed<T>>,
    done: watch::Sender<Option<Landed<T>>>,
}

/// Who waits.
pub(super) struct Wait<T>(watch::Receiver<Option<Landed<T>>>);

impl<T> Flights<T> {
    pub(super) fn join(&self, question: &Question<'_>) -> Turn<'_, T> {
        let asked = question.to_asked();
        let mut flying = self.lock();
        if let Some(flight) = flying.get(&asked) {
            return Turn::Wait(Wait(flight.clone()));
        }
        let (done, flight) = watch::channel(None);
        flying.insert(asked.clone(), flight);
        Turn::Lead(Lead { flights: self, asked, answer: None, done })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Asked, watch::Receiver<Option<Landed<T>>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Lead<'_, T> {
    /// Tells the answer to all who wait.
    pub(super) fn land(mut self, answer: Landed<T>) {
        self.answer = Some(answer);
    }
}

impl<T> Drop for Lead<'_, T> {
    /// First nobody can join any more, then the waiting ones hear of it.
    fn drop(&mut self) {
        self.flights.lock().remove(&self.asked);
        if let Some(answer) = self.answer.take() {
            self.done.send_replace(Some(answer));
        }
    }
}

impl<T: Clone> Wait<T> {
    /// The answer; none when the one who asked has given up.
    pub(super) async fn answer(mut self) -> Option<Landed<T>> {
        self.0.wait_for(Option::is_some).await.ok().and_then(|answer| answer.clone())
    }
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// The failure of one question, as each of those who waited for it gets it.
pub(super) fn shared(error: &Arc<StoreError>) -> StoreError {
    match &**error {
        StoreError::Full => StoreError::Full,
        StoreError::Corrupt(entry) => StoreError::Corrupt(entry.clone()),
        StoreError::Unavailable(_) => StoreError::unavailable(Shared(Arc::clone(error))),
    }
}

/// Stands for the source of an error that several have.
#[derive(Debug)]
struct Shared(Arc<StoreError>);

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            StoreError::Unavailable(source) => source.fmt(f),
            other => other.fmt(f),
        }
    }
}

impl std::error::Error for Shared {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            StoreError::Unavailable(source) => source.source(),
            _ => None,
        }
    }
}
