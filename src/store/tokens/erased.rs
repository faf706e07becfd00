//! Stores of tokens whose type is known at run time only. One allocation a call is the price.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::{
    FamilyId, KeyRingStore, RefreshFamily, RefreshStore, RefreshTurn, Revocation, RevocationName, StoredRing,
    TokenDigest, TokenRevocations, Turned,
};
use crate::Timestamp;
use crate::store::StoreError;

/// The object-safe twin of [`RefreshStore`].
#[async_trait]
trait Refresh: Send + Sync {
    async fn begin(
        &self,
        id: &FamilyId,
        family: &RefreshFamily,
        token: &TokenDigest,
        until: Timestamp,
    ) -> Result<(), StoreError>;
    async fn turn(&self, turn: &RefreshTurn) -> Result<Turned, StoreError>;
    async fn family(&self, id: &FamilyId) -> Result<Option<RefreshFamily>, StoreError>;
    async fn end_family(&self, id: &FamilyId) -> Result<bool, StoreError>;
    async fn end_families_of(&self, issuer: &str, subject: &str) -> Result<u64, StoreError>;
}

#[async_trait]
impl<S: RefreshStore> Refresh for S {
    async fn begin(
        &self,
        id: &FamilyId,
        family: &RefreshFamily,
        token: &TokenDigest,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        RefreshStore::begin(self, id, family, token, until).await
    }

    async fn turn(&self, turn: &RefreshTurn) -> Result<Turned, StoreError> {
        RefreshStore::turn(self, turn).await
    }

    async fn family(&self, id: &FamilyId) -> Result<Option<RefreshFamily>, StoreError> {
        RefreshStore::family(self, id).await
    }

    async fn end_family(&self, id: &FamilyId) -> Result<bool, StoreError> {
        RefreshStore::end_family(self, id).await
    }

    async fn end_families_of(&self, issuer: &str, subject: &str) -> Result<u64, StoreError> {
        RefreshStore::end_families_of(self, issuer, subject).await
    }
}

/// The object-safe twin of [`TokenRevocations`].
#[async_trait]
trait Revocations: Send + Sync {
    async fn revoke(
        &self,
        name: &RevocationName,
        what: Revocation,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    async fn revoked(
        &self,
        names: &[RevocationName],
        now: Timestamp,
    ) -> Result<Vec<Option<Revocation>>, StoreError>;
}

#[async_trait]
impl<S: TokenRevocations> Revocations for S {
    async fn revoke(
        &self,
        name: &RevocationName,
        what: Revocation,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        TokenRevocations::revoke(self, name, what, until, now).await
    }

    async fn revoked(
        &self,
        names: &[RevocationName],
        now: Timestamp,
    ) -> Result<Vec<Option<Revocation>>, StoreError> {
        TokenRevocations::revoked(self, names, now).await
    }
}

/// The object-safe twin of [`KeyRingStore`].
#[async_trait]
trait KeyRings: Send + Sync {
    async fn load_ring(&self, name: &str) -> Result<Option<StoredRing>, StoreError>;
    async fn replace_ring(&self, name: &str, ring: &StoredRing) -> Result<bool, StoreError>;
}

#[async_trait]
impl<S: KeyRingStore> KeyRings for S {
    async fn load_ring(&self, name: &str) -> Result<Option<StoredRing>, StoreError> {
        KeyRingStore::load_ring(self, name).await
    }

    async fn replace_ring(&self, name: &str, ring: &StoredRing) -> Result<bool, StoreError> {
        KeyRingStore::replace_ring(self, name, ring).await
    }
}

macro_rules! shared {
    ($($name:ident: $store:ident, $erased:ident;)+) => {$(
        #[doc = concat!(
            "Any [`", stringify!($store), "`], whose type is known at run time only. Its clones are the same; ",
            "one allocation a call is its price."
        )]
        #[derive(Clone)]
        pub struct $name(Arc<dyn $erased>);

        impl $name {
            /// Erases the type of `store`.
            #[must_use]
            pub fn new(store: impl $store) -> Self {
                Self(Arc::new(store))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )+};
}

shared! {
    SharedRefresh: RefreshStore, Refresh;
    SharedRevocations: TokenRevocations, Revocations;
    SharedKeyRings: KeyRingStore, KeyRings;
}

impl RefreshStore for SharedRefresh {
    async fn begin(
        &self,
        id: &FamilyId,
        family: &RefreshFamily,
        token: &TokenDigest,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.0.as_ref().begin(id, family, token, until).await
    }

    async fn turn(&self, turn: &RefreshTurn) -> Result<Turned, StoreError> {
        self.0.as_ref().turn(turn).await
    }

    async fn family(&self, id: &FamilyId) -> Result<Option<RefreshFamily>, StoreError> {
        self.0.as_ref().family(id).await
    }

    async fn end_family(&self, id: &FamilyId) -> Result<bool, StoreError> {
        self.0.as_ref().end_family(id).await
    }

    async fn end_families_of(&self, issuer: &str, subject: &str) -> Result<u64, StoreError> {
        self.0.as_ref().end_families_of(issuer, subject).await
    }
}

impl TokenRevocations for SharedRevocations {
    async fn revoke(
        &self,
        name: &RevocationName,
        what: Revocation,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.0.as_ref().revoke(name, what, until, now).await
    }

    async fn revoked(
        &self,
        names: &[RevocationName],
        now: Timestamp,
    ) -> Result<Vec<Option<Revocation>>, StoreError> {
        self.0.as_ref().revoked(names, now).await
    }
}

impl KeyRingStore for SharedKeyRings {
    async fn load_ring(&self, name: &str) -> Result<Option<StoredRing>, StoreError> {
        self.0.as_ref().load_ring(name).await
    }

    async fn replace_ring(&self, name: &str, ring: &StoredRing) -> Result<bool, StoreError> {
        self.0.as_ref().replace_ring(name, ring).await
    }
}
