//! What stores of keys and nonces promise, and the stores themselves.

mod admin;
mod arc;
mod budgets;
#[cfg(feature = "cached")]
pub mod cached;
mod change;
mod counter;
#[cfg(feature = "sigv4")]
pub(crate) mod derived;
mod entry_points;
mod erased;
mod error;
mod forms;
mod forward;
mod handle;
pub mod issuing;
mod key_format;
mod last_uses;
mod legacy;
mod life;
#[cfg(feature = "memory")]
pub mod memory;
mod networks;
mod nonce;
mod owner;
mod owner_filter;
#[cfg(feature = "postgres")]
pub mod postgres;
mod record;
#[cfg(feature = "redis")]
pub mod redis;
mod roles;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "redis"))]
mod sealing;
#[cfg(any(
    feature = "query-signature",
    feature = "x-auth",
    feature = "sigv4",
    feature = "message-signature"
))]
pub(crate) mod signing;
mod sites;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "query-signature", feature = "x-auth"))]
pub(crate) mod strict_form;
mod tokens;

use std::future::Future;
use std::sync::Arc;

pub(crate) use forward::{forward, forward_keys, forward_roles, forward_sites};
pub(crate) use legacy::forward_legacy_hash;

pub use admin::{
    AdminError, Direction, Enabled, IssuedKey, IssuedSecret, KeyAdmin, KeyEdit, KeyHint, KeyQuery, KeyRef,
    KeySecret, KeySort, KeyStatus, KeySummary, NewKey, OwnerKind, OwnerLimits, OwnerRef, OwnerSummary,
    Revoked,
};
pub use change::{Change, ChangeFeed, ChangeListener, ChangeMessage, InvalidChange, Silence};
pub use counter::{Budget, CounterStore, SharedCounters, Spent, Taken};
#[cfg(any(feature = "axum", feature = "actix"))]
pub(crate) use entry_points::Declared;
pub use entry_points::{
    EntryPoint, EntryPointStore, EntryPoints, InvalidName, InvalidRoutes, SavedEntryPoint, SyncReport,
};
pub use erased::{BoxListener, SharedKeyStore, SharedKeys};
pub use error::{CorruptEntry, StoreError};
pub use forms::SignatureForms;
pub use handle::{KeyDigest, KeyHandle, KeyHasher};
pub use key_format::{InvalidKeyFormat, KeyFormat};
pub use last_uses::LastUses;
pub use legacy::{
    InvalidLegacyHash, LegacyHash, LegacyKeyStore, LegacyLookup, LegacyName, LegacyPlace, VisiblePart,
};
pub use life::{BulkStop, KeyAdminExt, LeakOutcome, LeakReports, SiteKey, SiteKeys};
pub use networks::Networks;
pub use nonce::{Claim, NonceStore, SharedNonces};
pub use owner::{FromKey, KeyFacts, KeyOwner, OwnerPart, StoredPrincipal};
pub use owner_filter::OwnerFilter;
pub use record::{KeyRecord, KeyRecordBuilder, KeyState, LiveSecret};
pub use roles::{GroupSummary, InvalidLabel, Privilege, RoleAdmin, RoleStore, RoleSummary, UserRights};
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "redis"))]
pub use sealing::{InvalidMasterKey, MasterKey, SealedPlace};
pub use sites::SiteDirectory;
#[cfg(feature = "cached")]
pub use tokens::CachedRevocations;
pub use tokens::{
    FamilyId, KeyRingStore, MOST_EPOCH, RefreshFamily, RefreshStore, RefreshTurn, Revocation, RevocationName,
    SharedKeyRings, SharedRefresh, SharedRevocations, StoredRing, TokenDigest, TokenRevocations, Turned,
};

/// Where keys are found: the read path, one method, one round trip.
///
/// A store answers `Ok(None)` only when it *knows* that there is no such key. Whatever
/// keeps it from knowing is an error, which becomes a 503: an outage is neither a
/// refusal nor a welcome. A key that is disabled, revoked or expired is still found;
/// its record says so.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a key store")]
pub trait KeyStore: Send + Sync + 'static {
    /// Who a key stands for.
    type Principal: Clone + Send + Sync + 'static;

    /// Finds a key.
    ///
    /// # Errors
    /// When the store cannot answer.
    fn find(
        &self,
        handle: &KeyHandle<'_>,
    ) -> impl Future<Output = Result<Option<Arc<KeyRecord<Self::Principal>>>, StoreError>> + Send;
}
