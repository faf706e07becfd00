//! Why a store cannot answer.

use std::error::Error;

use crate::{AuthError, Reason};

/// A store cannot answer: the request it was asked for becomes a 503.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be reached, or it failed.
    #[error("the store cannot be reached")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The store has no room for another entry.
    #[error("the store is full")]
    Full,
    /// The store holds something that cannot be read: a damaged row, a secret that the
    /// master key does not open, a key without an owner that its principal needs.
    #[error("the store holds an entry that cannot be read: {0}")]
    Corrupt(&'static str),
}

impl StoreError {
    /// Wraps the error of a backend.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }
}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        Self::new(Reason::StoreUnavailable).with_source(error)
    }
}
