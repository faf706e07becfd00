//! What is often done with keys, built of what every store can do.

mod bulk;
mod leak;
mod legacy;
mod mint;
mod outcome;
mod place;
mod scan;

use std::future::Future;
use std::time::Duration;

use super::{AdminError, IssuedKey, KeyAdmin, KeyQuery, KeyRef, KeyState, KeySummary, NewKey};
use crate::{AuthError, Realm, Reason, SiteId, Timestamp};

pub use bulk::{BulkStop, SiteKey, SiteKeys};
pub use leak::LeakReports;
pub use outcome::LeakOutcome;

/// What is often done with keys, for every [`KeyAdmin`].
pub trait KeyAdminExt: KeyAdmin {
    /// Issues a key for each of many sites, 100 in one change.
    ///
    /// `template` says how the key of a site looks; whatever site it names, the key stands
    /// for the site it was asked for. After each hundred, `progress` is told how many sites
    /// have their key, and of how many. It stops at the first change that cannot be made. The
    /// answer has every key that was issued, and says for which sites none was: nothing that
    /// was made is lost.
    ///
    /// ```
    /// use portcullis::store::{KeyAdmin, KeyAdminExt, KeyOwner, NewKey, memory::MemoryKeyStore};
    /// use portcullis::{AccountId, Scheme, SiteId, Timestamp};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let keys: MemoryKeyStore = MemoryKeyStore::new();
    /// let acme = AccountId::from("acme");
    /// keys.add_account(&acme).await?;
    /// let sites = ["blog", "shop"].map(SiteId::from);
    /// for site in &sites {
    ///     keys.add_site(site, &acme).await?;
    /// }
    /// let template = |_: &SiteId| NewKey::new(Scheme::ApiKey, KeyOwner::default()).with_prefix("igny8_");
    /// let now = Timestamp::from_unix_seconds(0);
    /// let made = keys.issue_for_sites(template, &sites, now, |done, all| eprintln!("{done} of {all}")).await;
    /// assert!(made.stopped.is_none());
    /// for made in &made.issued {
    ///     // Shown once, to the owner of `made.site`.
    ///     assert!(made.key.secret.expose().starts_with(b"igny8_"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn issue_for_sites(
        &self,
        template: impl Fn(&SiteId) -> NewKey + Send + Sync,
        sites: &[SiteId],
        now: Timestamp,
        progress: impl FnMut(usize, usize) + Send,
    ) -> impl Future<Output = SiteKeys> + Send {
        bulk::issue(self, template, sites, now, progress)
    }

    /// Gives a key a new secret; the old one ends at once.
    ///
    /// ```
    /// use portcullis::store::{KeyAdmin, KeyAdminExt, KeyOwner, KeyRef, NewKey, memory::MemoryKeyStore};
    /// use portcullis::{Realm, Scheme, Timestamp};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let keys: MemoryKeyStore = MemoryKeyStore::new();
    /// let now = Timestamp::from_unix_seconds(0);
    /// let old = keys.issue(NewKey::new(Scheme::ApiKey, KeyOwner::default()), now).await?;
    /// let key = KeyRef { realm: Realm::default(), id: old.id.clone() };
    /// let new = keys.regenerate(&key, now).await?;
    /// assert_eq!(new.id, old.id);
    /// assert!(!new.secret.matches(old.secret.expose()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`AdminError::UnknownKey`] or [`AdminError::Revoked`].
    fn regenerate(
        &self,
        key: &KeyRef,
        now: Timestamp,
    ) -> impl Future<Output = Result<IssuedKey, AdminError>> + Send {
        self.rotate(key, Duration::ZERO, now)
    }

    /// Every key that fits a query, from behind where it begins, however many pages that
    /// takes; its limit is the length of a page. Keys that are issued or changed meanwhile
    /// may be there or not.
    ///
    /// ```
    /// use portcullis::store::{KeyAdmin, KeyAdminExt, KeyOwner, KeyQuery, NewKey, memory::MemoryKeyStore};
    /// use portcullis::{Realm, Scheme, Timestamp};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let keys: MemoryKeyStore = MemoryKeyStore::new();
    /// let now = Timestamp::from_unix_seconds(0);
    /// for _ in 0..5 {
    ///     drop(keys.issue(NewKey::new(Scheme::ApiKey, KeyOwner::default()), now).await?);
    /// }
    /// let all = keys.list_all(KeyQuery::new(Realm::default()).with_limit(2), now).await?;
    /// assert_eq!(all.len(), 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the store cannot answer.
    fn list_all(
        &self,
        query: KeyQuery,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<KeySummary>, AdminError>> + Send {
        async move {
            let mut query = query;
            query.limit = query.limit.max(1);
            let mut all = Vec::new();
            loop {
                let page = self.list(&query, now).await?;
                let more = page.len() >= query.limit;
                query.after = page.last().map(|key| key.id.clone());
                all.extend(page);
                if !more {
                    return Ok(all);
                }
            }
        }
    }

    /// Every key of a realm that stands for a site, in whatever state.
    ///
    /// ```
    /// # use portcullis::store::{KeyAdminExt, StoredPrincipal, memory::MemoryKeyStore};
    /// # use portcullis::{Realm, SiteId, Timestamp};
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let keys = MemoryKeyStore::<StoredPrincipal>::new();
    /// let (realm, shop) = (Realm::default(), SiteId::from("shop"));
    /// let held = keys.keys_of_site(&realm, &shop, Timestamp::from_unix_seconds(0)).await?;
    /// assert!(held.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the store cannot answer.
    fn keys_of_site(
        &self,
        realm: &Realm,
        site: &SiteId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<KeySummary>, AdminError>> + Send {
        self.list_all(KeyQuery::new(realm.clone()).with_site(site.clone()), now)
    }

    /// Withdraws every key of a realm that stands for a site, and says how many that were.
    ///
    /// Where it fails, some may be withdrawn already; to ask again goes on. A key that is
    /// issued for the site meanwhile may stay.
    ///
    /// ```
    /// # use portcullis::store::{KeyAdminExt, StoredPrincipal, memory::MemoryKeyStore};
    /// # use portcullis::{Realm, SiteId, Timestamp};
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let keys = MemoryKeyStore::<StoredPrincipal>::new();
    /// let (realm, shop, now) = (Realm::default(), SiteId::from("shop"), Timestamp::from_unix_seconds(0));
    /// let withdrawn = keys.clear_keys_of_site(&realm, &shop, "the shop has closed", now).await?;
    /// assert_eq!(withdrawn, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the store cannot answer, or the reason cannot be one.
    fn clear_keys_of_site(
        &self,
        realm: &Realm,
        site: &SiteId,
        reason: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<usize, AdminError>> + Send {
        async move {
            let held = self.keys_of_site(realm, site, now).await?;
            let mut count = 0;
            for key in held.into_iter().filter(|key| key.state != KeyState::Revoked) {
                self.revoke(&KeyRef { realm: key.realm, id: key.id }, reason, now).await?;
                count += 1;
            }
            Ok(count)
        }
    }

    /// Issues a key in the name of another, which it can never exceed.
    ///
    /// The minter must be [active](super::KeyStatus::Active) at `now`, and of the same realm.
    /// The new key
    ///
    /// * has scopes and entry points that the minter has too;
    /// * stands for the same user, account and site. Where the minter stands for an account
    ///   and no site, it may be for any site of that account; where no account is named, it
    ///   is the minter's. A minter without a user or an account mints no key with one;
    /// * may be used from no network that the minter may not be used from: each allowed
    ///   network lies within one of the minter's, and whatever the minter is denied the new
    ///   key is denied too;
    /// * has, for each limit of the minter, one of the same period that is no higher. Each
    ///   key has counters of its own: what all keys of an owner may do together is limited
    ///   by the [owner's limits](KeyAdmin::set_owner_limits);
    /// * ends no later than the minter does;
    /// * has a generated secret, which nobody knows before it is issued.
    ///
    /// The minter is looked at again once the key is issued: where it was withdrawn or
    /// narrowed meanwhile, the new key is revoked and never shown. After that it lives on its
    /// own: it stays when its minter goes.
    ///
    /// A handler answers a request with [`AdminError::refusal`], a 403.
    ///
    /// ```
    /// use portcullis::store::{
    ///     AdminError, KeyAdmin, KeyAdminExt, KeyOwner, KeyRef, NewKey, memory::MemoryKeyStore,
    /// };
    /// use portcullis::{Realm, Scheme, Scopes, Timestamp};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let keys: MemoryKeyStore = MemoryKeyStore::new();
    /// let now = Timestamp::from_unix_seconds(0);
    /// let of = |scopes: &str| {
    ///     let scopes = Scopes::parse(scopes).expect("scopes");
    ///     NewKey::new(Scheme::ApiKey, KeyOwner::default()).with_scopes(scopes)
    /// };
    /// let reader = keys.issue(of("orders:read keys:mint"), now).await?;
    /// let reader = KeyRef { realm: Realm::default(), id: reader.id };
    /// assert!(keys.mint(&reader, of("orders:read"), now).await.is_ok());
    /// let more = keys.mint(&reader, of("orders:write"), now).await;
    /// assert!(matches!(more, Err(AdminError::ExceedsMinter)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`AdminError::ExceedsMinter`], also when the minter is not active; then there is no new
    /// key that works. [`AdminError::UnknownKey`] when there is no such minter,
    /// [`AdminError::Invalid`] when a secret is brought along, and otherwise as for
    /// [`issue`](KeyAdmin::issue). Where the store fails once the key is issued, the key may
    /// stay, and nobody has its secret.
    fn mint(
        &self,
        minter: &KeyRef,
        key: NewKey,
        now: Timestamp,
    ) -> impl Future<Output = Result<IssuedKey, AdminError>> + Send {
        mint::mint(self, minter, key, now)
    }
}

impl<S: KeyAdmin> KeyAdminExt for S {}

impl AdminError {
    /// The refusal of the request that asked for the change, where the error is about who
    /// asks: 403 where a key would exceed its minter, or its user is
    /// [not allowed](super::OwnerFilter), and 503 where it cannot be decided. Any other error
    /// is about what was asked for, and the application's to answer.
    ///
    /// ```
    /// use portcullis::Reason;
    /// use portcullis::store::AdminError;
    /// let refusal = AdminError::ExceedsMinter.refusal().expect("a refusal");
    /// assert_eq!((refusal.reason(), refusal.kind().status()), (Reason::ExceedsMinter, 403));
    /// assert!(matches!(AdminError::Duplicate.refusal(), Err(AdminError::Duplicate)));
    /// ```
    ///
    /// # Errors
    /// The error itself, where it is no refusal.
    pub fn refusal(self) -> Result<AuthError, Self> {
        match self {
            Self::ExceedsMinter | Self::OwnerNotAllowed => {
                Ok(AuthError::new(Reason::ExceedsMinter).with_source(self))
            }
            Self::Store(_) | Self::Random(_) => {
                Ok(AuthError::new(Reason::StoreUnavailable).with_source(self))
            }
            other => Err(other),
        }
    }
}
