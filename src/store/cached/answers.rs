//! The answers to one kind of question: those that found something and those that did
//! not, in caches of their own, so that a flood of the one does not wash out the other.

use std::future::Future;
use std::sync::Arc;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, UnitWeighter};

use super::CacheSettings;
use super::flights::{Flights, Turn, shared};
use super::question::{Asked, Question};
use super::subjects::Subjects;
use super::validity::{Origin, Validity, micros};
use crate::store::StoreError;

/// How many parts a cache has, each with a lock of its own.
const SHARDS: usize = 16;
/// How few answers make parts not worth their while.
const FEW: usize = 32 * SHARDS;
/// How often an answer that others asked for may be overtaken before one asks for itself.
const PATIENCE: usize = 3;

/// Everything that is known of one kind of question.
#[derive(Debug)]
pub(super) struct Answers<V> {
    found: Cache<Asked, Kept<V>>,
    missing: Cache<Asked, Kept<()>>,
    flights: Flights<Answer<V>>,
    found_ttl: i64,
    missing_ttl: i64,
}

#[derive(Clone, Debug)]
struct Kept<V> {
    value: V,
    origin: Origin,
}

/// What a store said, and when.
#[derive(Clone, Debug)]
struct Answer<V> {
    value: Option<V>,
    origin: Origin,
}

impl<V: Clone> Answers<V> {
    pub(super) fn new(settings: &CacheSettings) -> Self {
        Self {
            found: bounded(settings.capacity),
            missing: bounded(settings.missing_capacity),
            flights: Flights::default(),
            found_ttl: micros(settings.ttl),
            missing_ttl: micros(settings.missing_ttl.min(settings.ttl)),
        }
    }

    /// How many answers are kept, those that found something first.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.found.len(), self.missing.len())
    }

    /// The answer that is known, if one is.
    pub(super) fn known(&self, question: &Question<'_>, validity: &Validity) -> Option<Option<V>> {
        self.kept(question, validity).map(|answer| answer.value)
    }

    fn kept(&self, question: &Question<'_>, validity: &Validity) -> Option<Answer<V>> {
        let now = validity.now();
        if let Some(Kept { value, origin }) = self.found.get(question)
            && validity.holds(&origin, self.found_ttl, now)
        {
            return Some(Answer { value: Some(value), origin });
        }
        let Kept { origin, .. } = self.missing.get(question)?;
        validity.holds(&origin, self.missing_ttl, now).then_some(Answer { value: None, origin })
    }

    /// Asks the store, or waits for whoever asks it already.
    pub(super) async fn ask<F: Future<Output = Result<Option<V>, StoreError>>>(
        &self,
        question: &Question<'_>,
        validity: &Validity,
        fetch: impl Fn() -> F,
        subjects: impl Fn(Option<&V>) -> Subjects,
    ) -> Result<Option<V>, StoreError> {
        let mut overtaken = 0;
        while overtaken < PATIENCE {
            let lead = match self.flights.join(question) {
                Turn::Lead(lead) => lead,
                Turn::Wait(wait) => match wait.answer().await {
                    None => continue,
                    Some(Err(error)) => return Err(shared(&error)),
                    // What was asked for before a change is no answer to whoever came after it.
                    Some(Ok(answer)) if self.counts_now(&answer, validity) => return Ok(answer.value),
                    Some(Ok(_)) => {
                        overtaken += 1;
                        continue;
                    }
                },
            };
            // Another one may have landed between our look and our lead.
            if let Some(answer) = self.kept(question, validity) {
                let value = answer.value.clone();
                lead.land(Ok(answer));
                return Ok(value);
            }
            let origin = validity.begin();
            match fetch().await {
                Ok(value) => {
                    let origin = origin.with(subjects(value.as_ref()));
                    self.keep(question, value.as_ref(), origin);
                    lead.land(Ok(Answer { value: value.clone(), origin }));
                    return Ok(value);
                }
                Err(error) => {
                    let error = Arc::new(error);
                    lead.land(Err(Arc::clone(&error)));
                    return Err(shared(&error));
                }
            }
        }
        fetch().await
    }

    fn counts_now(&self, answer: &Answer<V>, validity: &Validity) -> bool {
        let ttl = if answer.value.is_some() { self.found_ttl } else { self.missing_ttl };
        validity.holds(&answer.origin, ttl, validity.now())
    }

    fn keep(&self, question: &Question<'_>, value: Option<&V>, origin: Origin) {
        match value {
            Some(value) => {
                self.missing.remove(question);
                self.found.insert(question.to_asked(), Kept { value: value.clone(), origin });
            }
            None => {
                self.found.remove(question);
                self.missing.insert(question.to_asked(), Kept { value: (), origin });
            }
        }
    }
}

/// A cache of at most `capacity` answers. Memory is taken as it fills.
fn bounded<V: Clone>(capacity: usize) -> Cache<Asked, V> {
    let (shards, capacity) =
        if capacity < FEW { (1, capacity) } else { (SHARDS, capacity - capacity % SHARDS) };
    let weight = u64::try_from(capacity).unwrap_or(u64::MAX);
    let options = OptionsBuilder::new()
        .shards(shards)
        .estimated_items_capacity(capacity)
        .weight_capacity(weight)
        .build();
    let (weighter, hasher, lifecycle) =
        (UnitWeighter, DefaultHashBuilder::default(), DefaultLifecycle::default());
    match options {
        Ok(options) => Cache::with_options(options, weighter, hasher, lifecycle),
        // Both numbers are set, so there are options.
        Err(_) => Cache::with(capacity, weight, weighter, hasher, lifecycle),
    }
}
