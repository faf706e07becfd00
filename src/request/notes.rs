//! What an authenticator leaves behind for the log and for the guard.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::RequestView;
use crate::{Credential, KeyBudget};

/// What became known of a request's credential while it was looked at: whoever made the
/// [`RequestView`](super::RequestView) reads it afterwards.
#[derive(Debug, Default)]
pub struct Notes {
    credential: OnceLock<Credential>,
    /// Of every key that was accepted: a request may need two.
    budgets: Mutex<Vec<Arc<[KeyBudget]>>>,
}

impl Notes {
    /// Nothing noted yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { credential: OnceLock::new(), budgets: Mutex::new(Vec::new()) }
    }

    /// The credential that was accepted, where its authenticator said so.
    #[must_use]
    pub fn credential(&self) -> Option<&Credential> {
        self.credential.get()
    }

    /// What the accepted keys may use up, and their owners; nothing where they are not
    /// limited.
    #[must_use]
    pub fn budgets(&self) -> Vec<Arc<[KeyBudget]>> {
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first word stands.
    pub(super) fn accept(&self, credential: impl FnOnce() -> Credential) {
        self.credential.get_or_init(credential);
    }

    pub(super) fn limit(&self, budgets: Arc<[KeyBudget]>) {
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner).push(budgets);
    }
}

impl<'a> RequestView<'a> {
    /// Notes which credential is about to be accepted, for the log. The first note stands.
    pub fn note(&self, credential: impl FnOnce() -> Credential) {
        if let Some(notes) = self.notes {
            notes.accept(credential);
        }
    }

    /// Notes what the accepted key may use up, and its owners, for the guard to count.
    pub fn note_budgets(&self, budgets: Arc<[KeyBudget]>) {
        if let Some(notes) = self.notes {
            notes.limit(budgets);
        }
    }

    /// What was noted that the request uses up.
    #[must_use]
    pub fn noted_budgets(&self) -> Vec<Arc<[KeyBudget]>> {
        self.notes.map(Notes::budgets).unwrap_or_default()
    }

    /// The credential that was noted, where the view was given notes.
    #[must_use]
    pub fn noted(&self) -> Option<&'a Credential> {
        self.notes.and_then(Notes::credential)
    }
}
