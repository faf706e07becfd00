//! Found keys that were imported by a hash and not used since.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

#[cfg(feature = "password")]
use crate::password::Hashing;
use crate::store::{AdminError, KeyRef, LegacyHash, LegacyKeyStore, LegacyLookup, StoreError};
use crate::{Realm, Secret};

type Adopting<'a> = Pin<Box<dyn Future<Output = Result<Option<KeyRef>, AdminError>> + Send + 'a>>;

/// Where hashes are found. What it asks a store is bound here, for not all stores have hashes.
pub(super) struct LegacyDesk<S> {
    lookup: LegacyLookup,
    adopt: for<'a> fn(&'a S, LegacyLookup, &'a Realm, &'a [u8]) -> Adopting<'a>,
}

impl<S> LegacyDesk<S> {
    pub(super) fn new(lookup: LegacyLookup) -> Self
    where
        S: LegacyKeyStore,
    {
        Self { lookup, adopt: |store, lookup, realm, found| Box::pin(adopt(store, lookup, realm, found)) }
    }

    /// Adopts the key whose hash matches what was found, as its next use would have: then it is
    /// found like any other. One that was revoked adopts nothing, and is answered.
    pub(super) fn adopt<'a>(&self, store: &'a S, realm: &'a Realm, found: &'a [u8]) -> Adopting<'a> {
        (self.adopt)(store, self.lookup, realm, found)
    }
}

async fn adopt<S: LegacyKeyStore>(
    store: &S,
    lookup: LegacyLookup,
    realm: &Realm,
    found: &[u8],
) -> Result<Option<KeyRef>, AdminError> {
    // One after the other: where a text has both names, either may be the hash of it.
    for name in lookup.names(found) {
        let Some((key, hash)) = store.legacy_hash(realm, &[name]).await? else { continue };
        let secret = Secret::new(found);
        if !matches(&hash, &secret).await? {
            continue;
        }
        return match store.adopt(&key, &hash, &secret).await {
            // Unknown: a rotation was faster, and has ended what was found.
            Ok(()) | Err(AdminError::UnknownKey) => Ok(None),
            Err(AdminError::Revoked) => Ok(Some(key)),
            Err(error) => Err(error),
        };
    }
    Ok(None)
}

async fn matches(hash: &LegacyHash, found: &Secret) -> Result<bool, StoreError> {
    #[cfg(feature = "password")]
    if let Some(slow) = hash.password() {
        let hashing = Hashing::like(slow).map_err(StoreError::unavailable)?;
        return hashing.matches(Some(slow.clone()), found.clone()).await;
    }
    Ok(hash.matches(found.expose()))
}

impl<S> Clone for LegacyDesk<S> {
    fn clone(&self) -> Self {
        Self { lookup: self.lookup, adopt: self.adopt }
    }
}

impl<S> fmt::Debug for LegacyDesk<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegacyDesk").field("lookup", &self.lookup).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(all(feature = "memory", feature = "password"))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audit::AuditTrail;
    use crate::password::PasswordHash;
    use crate::store::memory::MemoryKeyStore;
    use crate::store::{
        KeyAdmin, KeyOwner, KeyState, LeakOutcome, LeakReports, NewKey, StoredPrincipal, VisiblePart,
    };
    use crate::{Scheme, Timestamp};

    const KEY: &str = "1a2b3c4d.a-secret-of-the-old-service";
    const LOOKUP: LegacyLookup = LegacyLookup::new().with_sha512().with_visible(VisiblePart::BeforeDot);

    type Store = MemoryKeyStore<StoredPrincipal>;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    /// A SHA-512 and a bcrypt of the key.
    fn hashes() -> [LegacyHash; 2] {
        let digest: String =
            <sha2::Sha512 as sha2::Digest>::digest(KEY).iter().map(|byte| format!("{byte:02x}")).collect();
        let slow = PasswordHash::bcrypt(&KEY.into(), 4).expect("a hash");
        [format!("sha512:{digest}"), slow.expose().to_owned()].map(|text| text.parse().expect("a hash"))
    }

    async fn imported(hash: &LegacyHash) -> (Store, AuditTrail, LeakReports<Store>, KeyRef) {
        let (store, trail) = (Store::new(), AuditTrail::new());
        let new = NewKey::new(Scheme::ApiKey, KeyOwner::default()).with_id("old");
        let visible = hash.is_slow().then_some("1a2b3c4d");
        let id = store.import_hash(new, hash, visible, at(0)).await.expect("imported");
        let reports = LeakReports::new(store.clone(), trail.clone());
        (store, trail, reports, KeyRef { realm: Realm::default(), id })
    }

    async fn report(reports: &LeakReports<Store>, text: &str, now: i64) -> LeakOutcome {
        reports.report(&text.into(), "a gist", at(now)).await.expect("an answer")
    }

    #[tokio::test]
    async fn a_found_key_that_was_imported_and_not_used_yet_is_withdrawn_for_good() {
        for hash in hashes() {
            let (store, trail, reports, key) = imported(&hash).await;
            assert_eq!(report(&reports, KEY, 1).await, LeakOutcome::NotOurs, "without the look-up");
            let reports = reports.with_legacy_keys(LOOKUP);
            for strange in ["1a2b3c4d.a-secret-of-the-old-servicE", "1a2b3c4d.", "x"] {
                assert_eq!(report(&reports, strange, 1).await, LeakOutcome::NotOurs, "{strange}");
            }
            assert!(
                matches!(report(&reports, KEY, 2).await, LeakOutcome::Revoked(held) if held.id == key.id)
            );
            let held = store.find_key(&key).await.expect("an answer").expect("the key");
            assert_eq!(held.state, KeyState::Revoked);
            assert!(matches!(store.adopt(&key, &hash, &KEY.into()).await, Err(AdminError::Revoked)));
            assert!(matches!(report(&reports, KEY, 3).await, LeakOutcome::AlreadyRevoked(_)));
            assert_eq!(trail.names(), ["key-leaked"; 2]);
        }
    }

    #[tokio::test]
    async fn one_that_was_revoked_before_it_was_used_is_ours_all_the_same() {
        for hash in hashes() {
            let (store, trail, reports, key) = imported(&hash).await;
            store.revoke(&key, "lost", at(1)).await.expect("revoked");
            let reports = reports.with_legacy_keys(LOOKUP);
            assert!(matches!(report(&reports, KEY, 2).await, LeakOutcome::AlreadyRevoked(_)));
            assert_eq!(trail.names(), ["key-leaked"]);
        }
    }

    #[tokio::test]
    async fn a_hash_that_a_rotation_has_ended_withdraws_nothing() {
        for hash in hashes() {
            let (store, _, reports, key) = imported(&hash).await;
            drop(store.rotate(&key, Duration::from_secs(10), at(1)).await.expect("rotated"));
            let reports = reports.with_legacy_keys(LOOKUP);
            let late = report(&reports, KEY, 20).await;
            assert!(matches!(late, LeakOutcome::Replaced(_)), "{late:?}");
            assert_eq!(
                store.find_key(&key).await.expect("an answer").expect("the key").state,
                KeyState::Enabled
            );
            let live = report(&reports, KEY, 5).await;
            assert!(matches!(live, LeakOutcome::Revoked(_)), "{live:?}");
        }
    }
}
