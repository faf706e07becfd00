//! Why a store cannot answer.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

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
    #[error(transparent)]
    Corrupt(CorruptEntry),
}

/// What a store holds and cannot read, and what came of reading it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the store holds an entry that cannot be read: {what}")]
pub struct CorruptEntry {
    what: Cow<'static, str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl CorruptEntry {
    /// What cannot be read: words such as "the scopes of a key", never what is held.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl StoreError {
    /// Wraps the error of a backend.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }

    /// Says what cannot be read.
    ///
    /// ```
    /// # use portcullis::store::StoreError;
    /// let error = StoreError::corrupt("the scopes of a key");
    /// assert_eq!(error.to_string(), "the store holds an entry that cannot be read: the scopes of a key");
    /// ```
    #[must_use]
    pub const fn corrupt(what: &'static str) -> Self {
        Self::Corrupt(CorruptEntry { what: Cow::Borrowed(what), source: None })
    }

    /// Says what cannot be read, and wraps why. Logs show both: neither may be what is held.
    pub fn corrupt_with(
        what: impl Into<Cow<'static, str>>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        let source: Box<dyn Error + Send + Sync> = source.into();
        Self::Corrupt(CorruptEntry { what: what.into(), source: Some(source.into()) })
    }
}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        Self::new(Reason::StoreUnavailable).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named_and_says_why() {
        let why = "no column found for name: label";
        let error = StoreError::corrupt_with("the column label", why);
        assert_eq!(error.to_string(), "the store holds an entry that cannot be read: the column label");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some(why));
        assert!(StoreError::corrupt("a key").source().is_none());
    }
}
