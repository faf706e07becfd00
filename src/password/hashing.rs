//! The slow part of checking a password, which costs the same for everybody.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::{PasswordHash, PasswordHashError};
use crate::Secret;
use crate::store::StoreError;

type Check = dyn Fn(&PasswordHash, &Secret) -> bool + Send + Sync;

/// Checks passwords on the runtime's threads for blocking work, as many at once as there
/// are processors; others wait. Clones share that limit.
#[derive(Clone)]
pub(crate) struct Hashing {
    decoy: PasswordHash,
    permits: Arc<Semaphore>,
    check: Arc<Check>,
}

impl Hashing {
    /// Where there is no hash, a decoy like `model` is checked.
    pub(crate) fn like(model: &PasswordHash) -> Result<Self, PasswordHashError> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let permits = Arc::new(Semaphore::new(processors));
        Ok(Self { decoy: model.decoy()?, permits, check: Arc::new(PasswordHash::matches) })
    }

    /// Whether there is a hash, and it is that of `password`. Either way one whole hash is
    /// computed.
    pub(crate) async fn matches(
        &self,
        hash: Option<PasswordHash>,
        password: Secret,
    ) -> Result<bool, StoreError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.clone());
        let runtime = Handle::try_current().map_err(StoreError::unavailable)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(StoreError::unavailable)?;
        let check = Arc::clone(&self.check);
        let hashing = runtime.spawn_blocking(move || {
            // The permit lives as long as the work, also where nobody waits for it any more.
            let _permit = permit;
            check(&hash, &password)
        });
        let matches = hashing.await.map_err(StoreError::unavailable)?;
        Ok(matches & known)
    }

    /// Calls `each` with every hash that is checked.
    #[cfg(all(test, feature = "api-key"))]
    pub(crate) fn watched(mut self, each: impl Fn(&PasswordHash) + Send + Sync + 'static) -> Self {
        self.check = Arc::new(move |hash, password| {
            each(hash);
            hash.matches(password)
        });
        self
    }

    /// Calls `each` with every hash that is checked, and takes every password for right.
    #[cfg(test)]
    pub(crate) fn observed(mut self, each: impl Fn(&PasswordHash) + Send + Sync + 'static) -> Self {
        self.check = Arc::new(move |hash, password| {
            each(hash);
            hash.matches(password) | true
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_runtime_there_is_an_error_and_no_panic() {
        let hash = PasswordHash::bcrypt(&"right".into(), 4).expect("hash");
        let hashing = Hashing::like(&hash).expect("hashing");
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let mut asked = std::pin::pin!(hashing.matches(Some(hash), "right".into()));
        assert!(matches!(asked.as_mut().poll(&mut context), std::task::Poll::Ready(Err(_))));
    }
}
