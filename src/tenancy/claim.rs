//! What a request claims.

/// An account or a site that a request names, and where it names it.
///
/// Those that a [`TenantSource`](super::TenantSource) can read come from
/// [`Tenancy::claims`](super::Tenancy::claims); one that the application has read
/// elsewhere, out of a body perhaps, is made here.
///
/// ```
/// use portcullis::tenancy::TenantClaim;
/// assert_eq!(TenantClaim::site("shop").name(), "shop");
/// assert_ne!(TenantClaim::site("shop"), TenantClaim::site("shop").in_header());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenantClaim<'a> {
    pub(super) kind: TenantKind,
    pub(super) place: TenantPlace,
    pub(super) name: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TenantKind {
    Account,
    Site,
}

/// Where a tenant is named; decides what a wrong one is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TenantPlace {
    Path,
    Header,
}

impl<'a> TenantClaim<'a> {
    /// The account of this name, as part of the path.
    #[must_use]
    pub const fn account(name: &'a str) -> Self {
        Self { kind: TenantKind::Account, place: TenantPlace::Path, name }
    }

    /// The site of this name, as part of the path.
    #[must_use]
    pub const fn site(name: &'a str) -> Self {
        Self { kind: TenantKind::Site, place: TenantPlace::Path, name }
    }

    /// The same claim, made beside the path: a wrong one is always 403.
    #[must_use]
    pub const fn in_header(mut self) -> Self {
        self.place = TenantPlace::Header;
        self
    }

    /// The name of the account or site, as it was sent.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }
}
