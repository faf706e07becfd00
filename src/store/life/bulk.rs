//! Keys for many sites.

use crate::store::{AdminError, IssuedKey, KeyAdmin, NewKey};
use crate::{SiteId, Timestamp};

/// How many keys are issued in one change.
const BATCH: usize = 100;

/// The key that was just issued for a site.
#[derive(Debug)]
#[must_use = "the secret of this key cannot be shown again"]
pub struct SiteKey {
    /// The site.
    pub site: SiteId,
    /// Its key.
    pub key: IssuedKey,
}

/// What came of issuing keys for many sites.
#[derive(Debug)]
#[must_use = "the secrets of these keys cannot be shown again"]
pub struct SiteKeys {
    /// The keys that were issued, in the order of the sites.
    pub issued: Vec<SiteKey>,
    /// Where it stopped, if it did: then the rest of the sites have no new key.
    pub stopped: Option<BulkStop>,
}

/// Where issuing keys for many sites stopped.
#[derive(Debug)]
pub struct BulkStop {
    /// Why.
    pub error: AdminError,
    /// The sites of the change that failed. They have no new key, but for one case: where the
    /// error is [`AdminError::Store`], the store may have made the change and its answer may
    /// be lost. Then there are keys whose secrets nobody has: clear them, or
    /// issue their secrets anew.
    pub failed: Vec<SiteId>,
    /// The sites behind, for which nothing was tried.
    pub untried: Vec<SiteId>,
}

pub(super) async fn issue<S: KeyAdmin + ?Sized>(
    store: &S,
    template: impl Fn(&SiteId) -> NewKey + Send + Sync,
    sites: &[SiteId],
    now: Timestamp,
    mut progress: impl FnMut(usize, usize) + Send,
) -> SiteKeys {
    let mut issued = Vec::with_capacity(sites.len());
    let mut rest = sites;
    while !rest.is_empty() {
        let (batch, behind) = rest.split_at_checked(BATCH).unwrap_or((rest, &[]));
        let keys = batch.iter().map(|site| {
            let mut key = template(site);
            key.owner.site = Some(site.clone());
            key
        });
        match store.issue_all(keys.collect(), now).await {
            Ok(keys) => {
                let of_batch = batch.iter().cloned().zip(keys);
                issued.extend(of_batch.map(|(site, key)| SiteKey { site, key }));
            }
            Err(error) => {
                let stopped = BulkStop { error, failed: batch.to_vec(), untried: behind.to_vec() };
                return SiteKeys { issued, stopped: Some(stopped) };
            }
        }
        progress(issued.len(), sites.len());
        rest = behind;
    }
    SiteKeys { issued, stopped: None }
}

#[cfg(test)]
#[cfg(feature = "memory")]
mod tests {
    use super::*;
    use crate::store::memory::MemoryKeyStore;
    use crate::store::{KeyAdminExt, KeyOwner, StoredPrincipal};
    use crate::{AccountId, Realm, Scheme};

    const NOW: Timestamp = Timestamp::from_unix_seconds(0);

    async fn store(sites: impl Iterator<Item = &SiteId>) -> MemoryKeyStore<StoredPrincipal> {
        let (store, acme) = (MemoryKeyStore::new(), AccountId::from("acme"));
        store.add_account(&acme).await.expect("added");
        for site in sites {
            store.add_site(site, &acme).await.expect("added");
        }
        store
    }

    fn template(_: &SiteId) -> NewKey {
        NewKey::new(Scheme::ApiKey, KeyOwner::default().for_site("another"))
    }

    fn sites(count: usize) -> Vec<SiteId> {
        (0..count).map(|number| SiteId::from(format!("site-{number:03}"))).collect()
    }

    #[tokio::test]
    async fn every_site_gets_a_key_of_its_own_and_progress_is_told() {
        let sites = sites(250);
        let store = store(sites.iter()).await;
        let mut told = Vec::new();
        let made = store.issue_for_sites(template, &sites, NOW, |done, all| told.push((done, all))).await;
        assert!(made.stopped.is_none());
        assert_eq!(told, [(100, 250), (200, 250), (250, 250)]);
        assert_eq!(made.issued.len(), 250);
        for (made, site) in made.issued.iter().zip(&sites) {
            assert_eq!(made.site, *site);
            let held = store.keys_of_site(&Realm::default(), site, NOW).await.expect("a list");
            assert_eq!(held.iter().map(|key| &key.id).collect::<Vec<_>>(), [&made.key.id]);
        }
    }

    #[tokio::test]
    async fn what_a_failure_in_the_middle_leaves_is_told() {
        let sites = sites(250);
        let known = sites.iter().filter(|site| site.as_str() != "site-150");
        let store = store(known).await;
        let mut told = Vec::new();
        let made = store.issue_for_sites(template, &sites, NOW, |done, all| told.push((done, all))).await;
        let stopped = made.stopped.expect("stopped");
        assert!(matches!(stopped.error, AdminError::UnknownOwner), "{:?}", stopped.error);
        assert_eq!(
            (stopped.failed.as_slice(), stopped.untried.as_slice()),
            (&sites[100..200], &sites[200..])
        );
        assert_eq!((made.issued.len(), told), (100, vec![(100, 250)]));
        for (number, site) in sites.iter().enumerate() {
            let held = store.keys_of_site(&Realm::default(), site, NOW).await.expect("a list");
            assert_eq!(held.len(), usize::from(number < 100), "{site}");
        }
        let none = store.issue_for_sites(template, &[], NOW, |_, _| unreachable!()).await;
        assert!(none.issued.is_empty() && none.stopped.is_none());
    }

    #[tokio::test]
    async fn the_keys_of_a_site_are_cleared_in_whatever_state_and_those_of_another_stay() {
        let sites = sites(2);
        let store = store(sites.iter()).await;
        for _ in 0..3 {
            let made = store.issue_for_sites(template, &sites, NOW, |_, _| {}).await;
            assert!(made.stopped.is_none());
        }
        let realm = Realm::default();
        let clear = || store.clear_keys_of_site(&realm, &sites[0], "closed", NOW);
        let first = store.keys_of_site(&realm, &sites[0], NOW).await.expect("a list");
        let off = crate::store::KeyRef { realm: realm.clone(), id: first[0].id.clone() };
        store.set_enabled(&off, crate::store::Enabled::No).await.expect("off");
        assert_eq!((clear().await.expect("cleared"), clear().await.expect("cleared")), (3, 0));
        for key in store.keys_of_site(&realm, &sites[0], NOW).await.expect("a list") {
            assert_eq!(key.revoked.map(|revoked| revoked.reason).as_deref(), Some("closed"));
        }
        let other = store.keys_of_site(&realm, &sites[1], NOW).await.expect("a list");
        assert!(other.len() == 3 && other.iter().all(|key| key.revoked.is_none()));
    }
}
