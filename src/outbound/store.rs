//! Secrets of other services in the store of this one.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{OutboundSecret, OutboundSecretSummary, SecretName, document};
use crate::Timestamp;
use crate::audit::{AuditEvent, AuditSink, SecretChange};
use crate::store::{Enabled, KeyRingStore, StoreError, StoredRing};

/// Where they are: no name of an issuer, whose keys are kept in the same way.
const PLACE: &str = "outbound secrets";
/// How often a change begins anew because somebody else has made one meanwhile.
const TRIES: usize = 20;

type Secrets = BTreeMap<SecretName, OutboundSecret>;

/// Keeps secrets of other services in a store: every one that keeps rings of keys, which are
/// those of memory, SQLite, PostgreSQL and Redis.
///
/// All secrets are one document. A store outside of the process seals it under its
/// [`MasterKey`](crate::store::MasterKey), names and switches included, and replaces it as a
/// whole: of two changes at once, one is made on top of the other, and none is lost. It is meant
/// for dozens of secrets, not for thousands.
///
/// ```
/// use portcullis::Timestamp;
/// use portcullis::outbound::{OutboundSecret, OutboundSecretStore, OutboundSecrets};
/// use portcullis::store::memory::MemoryKeyRings;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = OutboundSecretStore::new(MemoryKeyRings::new());
/// let now = Timestamp::from_unix_seconds(1_700_000_000);
/// store.put(&OutboundSecret::new("MAPS_KEY".parse()?, "correct horse".into())?, now).await?;
/// assert_eq!(store.list().await?[0].updated_at, Some(now));
///
/// let secrets = OutboundSecrets::new();
/// secrets.reload(&store).await?;
/// assert!(secrets.find("MAPS_KEY")?.matches(b"correct horse"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct OutboundSecretStore<S> {
    rings: S,
    sink: Option<Arc<dyn AuditSink>>,
    by: Option<Arc<str>>,
}

impl<S: KeyRingStore> OutboundSecretStore<S> {
    /// Secrets in `store`.
    #[must_use]
    pub const fn new(store: S) -> Self {
        Self { rings: store, sink: None, by: None }
    }

    /// Records each change, once it is made, as [`AuditEvent::SecretChanged`].
    #[must_use]
    pub fn with_audit(mut self, sink: impl AuditSink) -> Self {
        self.sink = Some(Arc::new(sink));
        self
    }

    /// Says who makes the changes, for the events.
    #[must_use]
    pub fn acting_as(mut self, by: impl Into<Arc<str>>) -> Self {
        self.by = Some(by.into());
        self
    }

    /// Gives a secret its value. One that is new comes with its switch; one that is there keeps
    /// the switch that it has in the store, so that to renew a value brings nothing back that was
    /// switched off.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn put(&self, secret: &OutboundSecret, now: Timestamp) -> Result<(), StoreError> {
        let secret = secret.clone().with_updated_at(now);
        self.change(|secrets| {
            let switch = secrets.get(secret.name()).map_or(secret.enabled(), OutboundSecret::enabled);
            secrets.insert(secret.name().clone(), secret.clone().with_enabled(switch));
            true
        })
        .await?;
        self.record(secret.name(), SecretChange::Set, now);
        Ok(())
    }

    /// Switches a secret on or off; `false` where there is none of this name.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn switch(
        &self,
        name: &SecretName,
        enabled: Enabled,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let known = self
            .change(|secrets| match secrets.get_mut(name) {
                Some(secret) => {
                    *secret = secret.clone().with_enabled(enabled).with_updated_at(now);
                    true
                }
                None => false,
            })
            .await?;
        if known {
            let on = enabled == Enabled::Yes;
            self.record(name, if on { SecretChange::SwitchedOn } else { SecretChange::SwitchedOff }, now);
        }
        Ok(known)
    }

    /// Removes a secret; `false` where there is none of this name.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn remove(&self, name: &SecretName, now: Timestamp) -> Result<bool, StoreError> {
        let known = self.change(|secrets| secrets.remove(name).is_some()).await?;
        if known {
            self.record(name, SecretChange::Removed, now);
        }
        Ok(known)
    }

    /// Every secret without its value, in the order of their names.
    ///
    /// # Errors
    /// When the store cannot answer, or what it has does not open.
    pub async fn list(&self) -> Result<Vec<OutboundSecretSummary>, StoreError> {
        Ok(self.load().await?.iter().map(OutboundSecret::summary).collect())
    }

    /// Every secret with its value, in the order of their names.
    ///
    /// # Errors
    /// When the store cannot answer, or what it has does not open.
    pub async fn load(&self) -> Result<Vec<OutboundSecret>, StoreError> {
        Ok(self.held().await?.1.into_values().collect())
    }

    async fn held(&self) -> Result<(u64, Secrets), StoreError> {
        match self.rings.load_ring(PLACE).await? {
            Some(held) => Ok((held.version, document::read(&held.document)?)),
            None => Ok((0, Secrets::new())),
        }
    }

    fn record(&self, name: &SecretName, change: SecretChange, at: Timestamp) {
        if let Some(sink) = &self.sink {
            let (by, name) = (self.by.clone(), name.as_str().into());
            sink.record(&AuditEvent::SecretChanged { at, by, name, change });
        }
    }

    /// Makes a change, on top of every other; one that answers `false` changes nothing.
    async fn change(&self, change: impl Fn(&mut Secrets) -> bool) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            let (version, mut secrets) = self.held().await?;
            if !change(&mut secrets) {
                return Ok(false);
            }
            let next = StoredRing::new(version.saturating_add(1), document::write(&secrets));
            if self.rings.replace_ring(PLACE, &next).await? {
                return Ok(true);
            }
        }
        Err(StoreError::unavailable("others kept changing the secrets of other services"))
    }
}

impl<S> fmt::Debug for OutboundSecretStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutboundSecretStore(..)")
    }
}
