//! The changes of a store whose type is known at run time only.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::Held;
use crate::store::{ChangeFeed, ChangeListener, ChangeMessage, StoreError};

/// The object-safe twin of [`ChangeFeed`].
#[async_trait]
trait Feed: Send + Sync {
    async fn change_number(&self) -> Result<u64, StoreError>;
    async fn listen(&self) -> Result<BoxListener, StoreError>;
}

#[async_trait]
impl<S: ChangeFeed> Feed for Held<S> {
    async fn change_number(&self) -> Result<u64, StoreError> {
        self.0.change_number().await
    }

    async fn listen(&self) -> Result<BoxListener, StoreError> {
        self.0.listen().await.map(BoxListener::new)
    }
}

/// The changes of the store that was erased, where it tells them.
#[derive(Clone, Default)]
pub(super) struct Changes(Option<Arc<dyn Feed>>);

impl Changes {
    pub(super) fn of<S: ChangeFeed>(store: &Arc<Held<S>>) -> Self {
        Self(Some(Arc::<Held<S>>::clone(store)))
    }

    /// An error rather than a number that never changes: that would confirm what is cached
    /// for ever.
    fn feed(&self) -> Result<&dyn Feed, StoreError> {
        self.0.as_deref().ok_or_else(|| StoreError::unavailable("the store was erased without its changes"))
    }

    pub(super) async fn number(&self) -> Result<u64, StoreError> {
        self.feed()?.change_number().await
    }

    pub(super) async fn listen(&self) -> Result<BoxListener, StoreError> {
        self.feed()?.listen().await
    }
}

/// The object-safe twin of [`ChangeListener`].
#[async_trait]
trait Ear: Send {
    async fn next(&mut self) -> Result<ChangeMessage, StoreError>;
}

#[async_trait]
impl<L: ChangeListener> Ear for Held<L> {
    async fn next(&mut self) -> Result<ChangeMessage, StoreError> {
        self.0.next().await
    }
}

/// Any [`ChangeListener`], whose type is known at run time only: what a shared store listens
/// with.
pub struct BoxListener(Box<dyn Ear>);

impl BoxListener {
    /// Erases the type of `listener`.
    #[must_use]
    pub fn new(listener: impl ChangeListener) -> Self {
        Self(Box::new(Held(listener)))
    }
}

impl ChangeListener for BoxListener {
    async fn next(&mut self) -> Result<ChangeMessage, StoreError> {
        self.0.next().await
    }
}

impl fmt::Debug for BoxListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxListener(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Change;

    /// Hears the number 7, once.
    struct Seven;

    impl ChangeFeed for Seven {
        type Listener = Once;

        async fn change_number(&self) -> Result<u64, StoreError> {
            Ok(7)
        }

        async fn listen(&self) -> Result<Once, StoreError> {
            Ok(Once(true))
        }
    }

    struct Once(bool);

    impl ChangeListener for Once {
        async fn next(&mut self) -> Result<ChangeMessage, StoreError> {
            match std::mem::take(&mut self.0) {
                true => Ok(ChangeMessage { number: 7, change: Change::Everything }),
                false => Err(StoreError::unavailable("the connection was lost")),
            }
        }
    }

    #[tokio::test]
    async fn an_erased_listener_hears_what_the_store_tells_and_that_it_was_lost() {
        let changes = Changes::of(&Arc::new(Held(Seven)));
        let mut listener = changes.listen().await.expect("a listener");
        assert_eq!(changes.number().await.expect("a number"), 7);
        assert_eq!(listener.next().await.expect("a message").number, 7);
        assert!(matches!(listener.next().await, Err(StoreError::Unavailable(_))));
    }
}
