//! One question at a time about one token: who asks first asks for all that ask meanwhile.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// The SHA-256 of a token.
pub(super) type Digest = [u8; 32];

/// The questions that are under way.
#[derive(Debug)]
pub(super) struct Flights<T>(Mutex<HashMap<Digest, watch::Receiver<Option<T>>>>);

/// What a caller has to do.
enum Turn<'a, T> {
    Lead(Lead<'a, T>),
    Wait(watch::Receiver<Option<T>>),
}

/// Who asks. One that is dropped without an answer, because its client went away, hands
/// over: whoever of the waiting ones is awake first takes its place.
struct Lead<'a, T> {
    flights: &'a Flights<T>,
    digest: Digest,
    answer: Option<T>,
    done: watch::Sender<Option<T>>,
}

impl<T: Clone> Flights<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// The answer of `ask`, or of whoever asks the same already.
    pub(super) async fn join<F: Future<Output = T>>(&self, digest: Digest, ask: impl Fn() -> F) -> T {
        loop {
            match self.turn(digest) {
                Turn::Lead(mut lead) => {
                    let answer = ask().await;
                    lead.answer = Some(answer.clone());
                    return answer;
                }
                Turn::Wait(mut flight) => {
                    let landed = flight.wait_for(Option::is_some).await;
                    if let Some(answer) = landed.ok().and_then(|answer| answer.clone()) {
                        return answer;
                    }
                }
            }
        }
    }

    fn turn(&self, digest: Digest) -> Turn<'_, T> {
        let mut flying = self.lock();
        if let Some(flight) = flying.get(&digest) {
            return Turn::Wait(flight.clone());
        }
        let (done, flight) = watch::channel(None);
        flying.insert(digest, flight);
        Turn::Lead(Lead { flights: self, digest, answer: None, done })
    }
}

impl<T> Flights<T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, watch::Receiver<Option<T>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Drop for Lead<'_, T> {
    /// First nobody can join any more, then the waiting ones hear of it.
    fn drop(&mut self) {
        self.flights.lock().remove(&self.digest);
        if let Some(answer) = self.answer.take() {
            self.done.send_replace(Some(answer));
        }
    }
}
