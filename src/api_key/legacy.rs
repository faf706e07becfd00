//! Keys that are kept by the hash of another system until they are used.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

#[cfg(feature = "password")]
use crate::password::Hashing;
use crate::store::{
    AdminError, InvalidLegacyHash, KeyHandle, KeyRecord, KeyRef, KeyStore, LegacyHash, LegacyKeyStore,
    LegacyLookup, LegacyName, StoreError,
};
use crate::{AuthError, Realm, Reason, Secret};

/// Where an authenticator looks for hashes, and how it checks them.
pub(super) struct LegacyKeys<P> {
    store: Arc<dyn Erased<P>>,
    lookup: LegacyLookup,
    #[cfg(feature = "password")]
    hashing: Option<Hashing>,
}

/// The object-safe twin of a [`LegacyKeyStore`], as far as a request needs it.
#[async_trait]
trait Erased<P>: Send + Sync {
    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<P>>>, StoreError>;
    async fn hash(
        &self,
        realm: &Realm,
        names: &[LegacyName],
    ) -> Result<Option<(KeyRef, LegacyHash)>, StoreError>;
    async fn adopt(&self, key: &KeyRef, hash: &LegacyHash, secret: &Secret) -> Result<(), AdminError>;
}

struct Held<S>(S);

#[async_trait]
impl<S: LegacyKeyStore> Erased<S::Principal> for Held<S> {
    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<S::Principal>>>, StoreError> {
        self.0.find(handle).await
    }

    async fn hash(
        &self,
        realm: &Realm,
        names: &[LegacyName],
    ) -> Result<Option<(KeyRef, LegacyHash)>, StoreError> {
        self.0.legacy_hash(realm, names).await
    }

    async fn adopt(&self, key: &KeyRef, hash: &LegacyHash, secret: &Secret) -> Result<(), AdminError> {
        self.0.adopt(key, hash, secret).await
    }
}

impl<P> LegacyKeys<P> {
    pub(super) fn new<S>(
        store: S,
        lookup: LegacyLookup,
        model: Option<&LegacyHash>,
    ) -> Result<Self, InvalidLegacyHash>
    where
        S: LegacyKeyStore + KeyStore<Principal = P>,
    {
        if lookup.is_visible() && !model.is_some_and(LegacyHash::is_slow) {
            return Err(InvalidLegacyHash::NoModel);
        }
        #[cfg(feature = "password")]
        let hashing = match model.and_then(LegacyHash::password) {
            Some(model) => Some(Hashing::like(model).map_err(|_| InvalidLegacyHash::NoModel)?),
            None => None,
        };
        Ok(Self {
            store: Arc::new(Held(store)),
            lookup,
            #[cfg(feature = "password")]
            hashing,
        })
    }

    /// Adopts a key that was found under none of its digests, if there is a hash that it
    /// matches, and looks it up again. The second look-up is made whatever came of the first:
    /// another request may have adopted the key in between.
    pub(super) async fn find(
        &self,
        presented: &[u8],
        handle: &KeyHandle<'_>,
    ) -> Result<Option<Arc<KeyRecord<P>>>, AuthError> {
        let names: Vec<_> = self.lookup.names(presented).collect();
        if names.is_empty() {
            return Ok(None);
        }
        let held = self.store.hash(handle.realm(), &names).await?;
        let secret = Secret::new(presented);
        let matches = self.matches(held.as_ref().map(|(_, hash)| hash), &secret).await?;
        if let Some((key, hash)) = held.filter(|_| matches) {
            match self.store.adopt(&key, &hash, &secret).await {
                // Unknown: a rotation was faster, and has ended what was presented.
                Ok(()) | Err(AdminError::UnknownKey) => {}
                Err(AdminError::Revoked) => {
                    return Err(AuthError::new(Reason::KeyRevoked).with_key(key.id));
                }
                Err(error) => return Err(AuthError::new(Reason::StoreUnavailable).with_source(error)),
            }
        }
        Ok(self.store.find(handle).await?)
    }

    /// Whether there is a hash, and it is that of what was presented. Where hashes are slow,
    /// one whole hash is computed, also where there is none: the time does not tell which
    /// visible parts exist.
    #[cfg(feature = "password")]
    async fn matches(&self, hash: Option<&LegacyHash>, presented: &Secret) -> Result<bool, StoreError> {
        let quick = hash.filter(|hash| !hash.is_slow());
        match (quick, &self.hashing) {
            (Some(quick), _) => Ok(quick.matches(presented.expose())),
            (None, Some(hashing)) => {
                hashing.matches(hash.and_then(LegacyHash::password).cloned(), presented.clone()).await
            }
            (None, None) => Ok(false),
        }
    }

    /// Whether there is a hash, and it is that of what was presented.
    #[cfg(not(feature = "password"))]
    async fn matches(&self, hash: Option<&LegacyHash>, presented: &Secret) -> Result<bool, StoreError> {
        Ok(hash.is_some_and(|hash| hash.matches(presented.expose())))
    }
}

impl<P> Clone for LegacyKeys<P> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            lookup: self.lookup,
            #[cfg(feature = "password")]
            hashing: self.hashing.clone(),
        }
    }
}

impl<P> fmt::Debug for LegacyKeys<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegacyKeys").field("lookup", &self.lookup).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(all(feature = "memory", feature = "password"))]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::api_key::{ApiKeyAuthenticator, KeyShape};
    use crate::password::PasswordHash;
    use crate::request::{BodyGate, RequestTarget, RequestView};
    use crate::store::memory::MemoryKeyStore;
    use crate::store::{
        KeyAdmin, KeyOwner, NewKey, StoredPrincipal, VisiblePart, forward, forward_legacy_hash,
    };
    use crate::{Authenticator, KeyId, Scheme, Timestamp};

    const KEY: &str = "1a2b3c4d.a-secret-of-the-old-service";
    const NOW: Timestamp = Timestamp::from_unix_seconds(0);

    type Store = MemoryKeyStore<StoredPrincipal>;
    type Checked = Arc<Mutex<Vec<String>>>;

    /// A store that can fail to adopt, and in which another request can be faster.
    #[derive(Clone)]
    struct Unsteady {
        store: Store,
        fails: Arc<AtomicBool>,
        overtaken: Arc<AtomicBool>,
    }

    impl KeyStore for Unsteady {
        type Principal = StoredPrincipal;

        async fn find(
            &self,
            handle: &KeyHandle<'_>,
        ) -> Result<Option<Arc<KeyRecord<StoredPrincipal>>>, StoreError> {
            let found = self.store.find(handle).await;
            if self.overtaken.swap(false, Ordering::Relaxed) {
                let held = self.store.legacy_hash(&Realm::default(), &names()).await?;
                let (key, hash) = held.expect("a hash");
                self.store.adopt(&key, &hash, &KEY.into()).await.expect("adopted");
            }
            found
        }
    }

    impl KeyAdmin for Unsteady {
        forward! { self => self.store;
            add_account add_user add_site set_site_url set_owner_limits list_owners set_owner_active issue
            issue_all rotate revoke set_enabled edit assign_networks record_uses find_key list
        }
    }

    impl LegacyKeyStore for Unsteady {
        async fn adopt(&self, key: &KeyRef, hash: &LegacyHash, secret: &Secret) -> Result<(), AdminError> {
            if self.fails.load(Ordering::Relaxed) {
                return Err(StoreError::unavailable("the database is down").into());
            }
            self.store.adopt(key, hash, secret).await
        }

        forward! { self => self.store; import_hash }
        forward_legacy_hash!(self => self.store);
    }

    fn hash() -> LegacyHash {
        let hash = PasswordHash::bcrypt(&KEY.into(), 4).expect("a hash");
        hash.expose().parse().expect("a hash")
    }

    fn names() -> Vec<LegacyName> {
        LegacyLookup::new().with_visible(VisiblePart::BeforeDot).names(KEY.as_bytes()).collect()
    }

    /// A store with the hash of the key, the authenticator, and which hashes it checks.
    async fn imported() -> (Unsteady, ApiKeyAuthenticator<Unsteady>, Checked) {
        let store = Unsteady { store: Store::new(), fails: Arc::default(), overtaken: Arc::default() };
        let key = NewKey::new(Scheme::ApiKey, KeyOwner::default()).with_id("old");
        store.import_hash(key, &hash(), Some("1a2b3c4d"), NOW).await.expect("imported");
        let lookup = LegacyLookup::new().with_visible(VisiblePart::BeforeDot);
        let mut keys = LegacyKeys::new(store.clone(), lookup, Some(&hash())).expect("a model");
        let checked = Checked::default();
        let log = Arc::clone(&checked);
        keys.hashing = keys.hashing.map(|hashing| {
            hashing.watched(move |hash| log.lock().expect("log").push(hash.expose().to_owned()))
        });
        let authenticator = ApiKeyAuthenticator::new(store.clone(), KeyShape::any()).legacy_keys(keys);
        (store, authenticator, checked)
    }

    async fn ask(authenticator: &ApiKeyAuthenticator<Unsteady>, key: &str) -> Result<(), Reason> {
        let headers = http::HeaderMap::from_iter([(
            http::HeaderName::from_static("x-api-key"),
            http::HeaderValue::from_str(key).expect("a value"),
        )]);
        let (target, gate) = (RequestTarget::new("GET", "/", None), BodyGate::new());
        let view = RequestView::new(target, &headers, &gate, NOW);
        authenticator.authenticate(&view).await.map(drop).map_err(|error| error.reason())
    }

    #[tokio::test]
    async fn the_first_request_adopts_the_key_and_the_second_computes_no_slow_hash() {
        let (store, authenticator, checked) = imported().await;
        assert_eq!(ask(&authenticator, KEY).await, Ok(()));
        assert_eq!(checked.lock().expect("log").len(), 1);
        assert!(store.legacy_hash(&Realm::default(), &names()).await.expect("an answer").is_none());
        assert_eq!(ask(&authenticator, KEY).await, Ok(()));
        assert_eq!(checked.lock().expect("log").len(), 1);
    }

    #[tokio::test]
    async fn a_wrong_key_costs_one_hash_of_the_same_kind_whether_its_visible_part_exists_or_not() {
        let (_, authenticator, checked) = imported().await;
        for wrong in ["1a2b3c4d.a-secret-of-the-old-servicE", "00000000.a-secret-of-the-old-service"] {
            assert_eq!(ask(&authenticator, wrong).await, Err(Reason::UnknownKey), "{wrong}");
            let checked = std::mem::take(&mut *checked.lock().expect("log"));
            assert_eq!(checked.iter().map(|hash| &hash[..7]).collect::<Vec<_>>(), ["$2b$04$"], "{wrong}");
        }
        // Without a visible part there is nothing to find out.
        assert_eq!(ask(&authenticator, "no-visible-part-in-this-key").await, Err(Reason::UnknownKey));
        assert!(checked.lock().expect("log").is_empty());
    }

    #[tokio::test]
    async fn a_key_that_cannot_be_adopted_is_an_outage_and_not_let_through() {
        let (store, authenticator, _) = imported().await;
        store.fails.store(true, Ordering::Relaxed);
        assert_eq!(ask(&authenticator, KEY).await, Err(Reason::StoreUnavailable));
        store.fails.store(false, Ordering::Relaxed);
        assert_eq!(ask(&authenticator, KEY).await, Ok(()));
    }

    #[tokio::test]
    async fn a_revoked_key_is_not_adopted() {
        let (store, authenticator, _) = imported().await;
        let key = KeyRef { realm: Realm::default(), id: KeyId::from("old") };
        store.store.revoke(&key, "lost", NOW).await.expect("revoked");
        assert_eq!(ask(&authenticator, KEY).await, Err(Reason::KeyRevoked));
    }

    #[tokio::test]
    async fn a_request_that_another_overtakes_is_let_through() {
        let (store, authenticator, _) = imported().await;
        // The key is found under no digest, and adopted before the hash is looked for.
        store.overtaken.store(true, Ordering::Relaxed);
        assert_eq!(ask(&authenticator, KEY).await, Ok(()));
    }

    #[tokio::test]
    async fn eight_first_requests_at_once_are_all_let_through() {
        let (_, authenticator, _) = imported().await;
        let asked: Vec<_> = (0..8)
            .map(|_| {
                let authenticator = authenticator.clone();
                tokio::spawn(async move { ask(&authenticator, KEY).await })
            })
            .collect();
        for answer in asked {
            assert_eq!(answer.await.expect("no panic"), Ok(()));
        }
    }

    #[test]
    fn without_a_hash_to_imitate_no_key_is_found_by_its_visible_part() {
        let lookup = LegacyLookup::new().with_visible(VisiblePart::BeforeDot);
        let digest = format!("sha256:{}", "0".repeat(64)).parse().expect("a hash");
        for model in [None, Some(&digest)] {
            let refused = LegacyKeys::new(Store::new(), lookup, model).err();
            assert_eq!(refused, Some(InvalidLegacyHash::NoModel));
        }
    }
}
