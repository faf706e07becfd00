//! Comparing what is claimed with who claims it.

use super::claim::{TenantKind, TenantPlace};
use super::{TenantClaim, TenantSource};
use crate::request::RequestView;
use crate::store::{SiteDirectory, StoreError};
use crate::{AccountId, AuthError, Identity, Reason, SiteId};

/// Where requests name tenants, and which principal may be on which; the rules are those
/// of the [module](super).
///
/// ```
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::tenancy::{Tenancy, TenantSource};
///
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// // /accounts/{account}/sites/{site}
/// let tenancy = Tenancy::new(TenantSource::path_account("account"))
///     .add_source(TenantSource::path_site("site"))
///     .with_sites(keys);
/// # let _ = tenancy;
/// ```
#[derive(Clone, Debug)]
pub struct Tenancy<D = NoSites> {
    sources: Vec<TenantSource>,
    sites: D,
    foreign_path: Reason,
    is_header_optional: bool,
}

/// The directory of a [`Tenancy`] that was given none: it knows no site. Only principals
/// of a site may then be on one, their own.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSites;

impl SiteDirectory for NoSites {
    async fn account_of_site(&self, _: &SiteId) -> Result<Option<AccountId>, StoreError> {
        Ok(None)
    }
}

impl Tenancy {
    /// Reads claims from `source`, where every request must have one.
    #[must_use]
    pub fn new(source: TenantSource) -> Self {
        Self {
            sources: vec![source],
            sites: NoSites,
            foreign_path: Reason::ForeignTenant,
            is_header_optional: false,
        }
    }
}

impl<D> Tenancy<D> {
    /// Reads claims from this source too. All that are claimed must hold.
    #[must_use]
    pub fn add_source(mut self, source: TenantSource) -> Self {
        self.sources.push(source);
        self
    }

    /// Says where the accounts of sites are looked up: for principals of an account that
    /// are on one of its sites.
    #[must_use]
    pub fn with_sites<E: SiteDirectory>(self, sites: E) -> Tenancy<E> {
        let Self { sources, foreign_path, is_header_optional, .. } = self;
        Tenancy { sources, sites, foreign_path, is_header_optional }
    }

    /// Answers a path of another tenant with 403 instead of 404.
    #[must_use]
    pub fn answer_forbidden(mut self) -> Self {
        self.foreign_path = Reason::TenantNotAllowed;
        self
    }

    /// Lets requests through that lack a header which could name a tenant. They are about
    /// the principal's own: take it from the principal, never from the header.
    #[must_use]
    pub fn allow_missing_header(mut self) -> Self {
        self.is_header_optional = true;
        self
    }

    /// What a request claims. `path` answers with the parameters of the matched route,
    /// decoded.
    ///
    /// # Errors
    /// [`Reason::RepeatedHeader`] and [`Reason::TenantNotNamed`] about a header,
    /// [`Reason::TenantParameterMissing`] when the route has no such parameter.
    pub fn claims<'a>(
        &self,
        request: &RequestView<'a>,
        path: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Vec<TenantClaim<'a>>, AuthError> {
        let mut claims = Vec::with_capacity(self.sources.len());
        for source in &self.sources {
            match source.read(request, &path)? {
                None if !self.is_header_optional => return Err(AuthError::new(Reason::TenantNotNamed)),
                claim => claims.extend(claim),
            }
        }
        Ok(claims)
    }
}

impl<D: SiteDirectory> Tenancy<D> {
    /// Whether the principal may be where all the claims say. `Ok` is also an answer about
    /// the principal: it has an account or a site.
    ///
    /// # Errors
    /// [`Reason::ForeignTenant`] or [`Reason::TenantNotAllowed`]; and
    /// [`Reason::StoreUnavailable`] when the directory of sites cannot answer.
    pub async fn check(
        &self,
        principal: &impl Identity,
        claims: &[TenantClaim<'_>],
    ) -> Result<(), AuthError> {
        let named = |id: Option<&str>| id.is_some_and(|id| !id.is_empty());
        let refuse = |reason| AuthError::new(reason).with_credential(principal.credential());
        if claims.is_empty() && !named(principal.account_id()) && !named(principal.site_id()) {
            return Err(refuse(Reason::TenantNotAllowed));
        }
        for claim in claims {
            let theirs = named(Some(claim.name)) && self.is_of(principal, claim).await?;
            if !theirs {
                return Err(refuse(match claim.place {
                    TenantPlace::Path => self.foreign_path,
                    TenantPlace::Header => Reason::TenantNotAllowed,
                }));
            }
        }
        Ok(())
    }

    /// Whether the claim, which is not empty, is the principal's.
    async fn is_of(&self, principal: &impl Identity, claim: &TenantClaim<'_>) -> Result<bool, AuthError> {
        match (claim.kind, principal.site_id(), principal.account_id()) {
            (TenantKind::Account, _, account) => Ok(account == Some(claim.name)),
            (TenantKind::Site, Some(site), _) => Ok(site == claim.name),
            (TenantKind::Site, None, Some(account)) => {
                let owner = self.sites.account_of_site(&SiteId::from(claim.name)).await?;
                Ok(!account.is_empty() && owner.is_some_and(|owner| owner.as_str() == account))
            }
            (TenantKind::Site, None, None) => Ok(false),
        }
    }
}
