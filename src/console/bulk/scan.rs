//! Looking for sites.

use crate::console::reply::Failure;
use crate::console::store::Store;
use crate::store::{OwnerKind, OwnerSummary};

/// How many sites a page shows.
pub(super) const PAGE: usize = 100;
/// How many are looked at for one page, at most.
pub(super) const MOST_LOOKED_AT: usize = 2_000;
/// How many the store is asked for at a time.
const BATCH: usize = 500;
/// How many come soon after a shorter id.
const NEAR: usize = 20;

/// Sites of one page.
pub(super) struct Found {
    pub(super) sites: Vec<OwnerSummary>,
    /// The last one that was looked at, where there are more behind it.
    pub(super) next: Option<String>,
}

/// The sites behind `after` of which id, URL or account has `part` in it.
pub(super) async fn sites(store: &Store, part: &str, after: Option<&str>) -> Result<Found, Failure> {
    let part = part.to_lowercase();
    let batch = if part.is_empty() { PAGE + 1 } else { BATCH };
    let (mut found, mut looked_at, mut after) = (Vec::new(), 0, after.map(str::to_owned));
    loop {
        let page = store.list_owners(OwnerKind::Site, after.as_deref(), batch).await?;
        let (count, full) = (page.len(), page.len() >= batch);
        for (at, site) in (1..).zip(page) {
            after = Some(site.owner.id().to_owned());
            if fits(&site, &part) {
                found.push(site);
            }
            if found.len() == PAGE {
                return Ok(Found { sites: found, next: after.filter(|_| full || at < count) });
            }
        }
        looked_at += count;
        if !full || looked_at >= MOST_LOOKED_AT {
            return Ok(Found { sites: found, next: after.filter(|_| full) });
        }
    }
}

fn fits(site: &OwnerSummary, part: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(part);
    part.is_empty()
        || has(site.owner.id())
        || site.url.as_deref().is_some_and(has)
        || site.account.as_ref().is_some_and(|account| has(account.as_str()))
}

/// The site of this id, if it is known.
pub(super) async fn site(store: &Store, id: &str) -> Result<Option<OwnerSummary>, Failure> {
    // The list is in the order of ids: this one comes soon after a shorter one.
    let mut after = id.to_owned();
    after.pop();
    loop {
        let behind = Some(after.as_str()).filter(|id| !id.is_empty());
        let page = store.list_owners(OwnerKind::Site, behind, NEAR).await?;
        let full = page.len() >= NEAR;
        let last = page.last().map(|site| site.owner.id().to_owned()).unwrap_or_default();
        if let Some(found) = page.into_iter().find(|site| site.owner.id() == id) {
            return Ok(Some(found));
        }
        if !full || last.as_str() > id {
            return Ok(None);
        }
        after = last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::store::Source;
    use crate::store::memory::MemoryKeyStore;
    use crate::store::{KeyAdmin, StoredPrincipal};
    use crate::{AccountId, SiteId};

    async fn store(count: usize) -> Source {
        let store: MemoryKeyStore<StoredPrincipal> = MemoryKeyStore::new();
        for account in ["acme", "beta"].map(AccountId::from) {
            store.add_account(&account).await.expect("added");
        }
        for number in 0..count {
            let site = SiteId::from(format!("s{number:05}"));
            let account = if number == 1_500 { "beta" } else { "acme" };
            store.add_site(&site, &account.into()).await.expect("added");
            if number == 700 {
                store.set_site_url(&site, Some("https://Shop.example/")).await.expect("set");
            }
        }
        Source::new(store)
    }

    fn ids(found: &Found) -> Vec<&str> {
        found.sites.iter().map(|site| site.owner.id()).collect()
    }

    #[tokio::test]
    async fn pages_have_every_site_once() {
        for count in [0, 1, 99, 100, 101, 250] {
            let store = store(count).await;
            let (mut seen, mut after) = (0, None);
            loop {
                let page = sites(&store, "", after.as_deref()).await.expect("a page");
                seen += page.sites.len();
                after = page.next;
                if after.is_none() {
                    break;
                }
                assert_eq!(page.sites.len(), PAGE);
            }
            assert_eq!(seen, count);
        }
    }

    #[tokio::test]
    async fn a_part_is_looked_for_in_ids_urls_and_accounts_of_so_many_sites() {
        let store = store(2_600).await;
        let of = async |part: &str, after| sites(&store, part, after).await.expect("a page");
        assert_eq!(ids(&of("S00042", None).await), ["s00042"]);
        assert_eq!(ids(&of("shop.EXAMPLE", None).await), ["s00700"]);
        assert_eq!(ids(&of("beta", None).await), ["s01500"]);
        let first = of("s02500", None).await;
        assert_eq!((ids(&first).len(), first.next.as_deref()), (0, Some("s01999")));
        let second = of("s02500", first.next.as_deref()).await;
        assert_eq!((ids(&second), second.next.as_deref()), (vec!["s02500"], None));
    }

    #[tokio::test]
    async fn a_site_is_found_by_its_id_alone() {
        let store = store(60).await;
        for known in ["s00000", "s00049", "s00059"] {
            assert!(site(&store, known).await.expect("an answer").is_some(), "{known}");
        }
        for unknown in ["", "s", "s0000", "s00060", "t", "a", "s00000x"] {
            assert!(site(&store, unknown).await.expect("an answer").is_none(), "{unknown}");
        }
    }
}
