//! Where a request claims a tenant.

use std::borrow::Cow;

use super::TenantClaim;
use super::claim::{TenantKind, TenantPlace};
use crate::request::RequestView;
use crate::{AuthError, Reason};

/// A place in a request that names an account or a site.
///
/// ```
/// use portcullis::tenancy::TenantSource;
/// let source = TenantSource::header_account("X-Account-Id");
/// assert_eq!(source, TenantSource::header_account("x-account-id"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantSource {
    kind: TenantKind,
    place: TenantPlace,
    name: Cow<'static, str>,
}

impl TenantSource {
    /// A parameter of the route that names an account: `account` of `/accounts/{account}`.
    #[must_use]
    pub fn path_account(parameter: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: TenantKind::Account, place: TenantPlace::Path, name: parameter.into() }
    }

    /// A parameter of the route that names a site: `site` of `/sites/{site}`.
    #[must_use]
    pub fn path_site(parameter: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: TenantKind::Site, place: TenantPlace::Path, name: parameter.into() }
    }

    /// A header that names an account, such as `X-Account-Id`; names do not know case.
    #[must_use]
    pub fn header_account(name: &str) -> Self {
        let name = name.to_ascii_lowercase().into();
        Self { kind: TenantKind::Account, place: TenantPlace::Header, name }
    }

    /// A header that names a site, such as `X-Site-Id`; names do not know case.
    #[must_use]
    pub fn header_site(name: &str) -> Self {
        let name = name.to_ascii_lowercase().into();
        Self { kind: TenantKind::Site, place: TenantPlace::Header, name }
    }

    /// What the request claims here. None where a header is missing.
    pub(super) fn read<'a>(
        &self,
        request: &RequestView<'a>,
        path: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Option<TenantClaim<'a>>, AuthError> {
        let name = match self.place {
            TenantPlace::Path => {
                Some(path(&self.name).ok_or_else(|| AuthError::new(Reason::TenantParameterMissing))?)
            }
            TenantPlace::Header => match request.unique_header(&self.name) {
                Ok(Some("")) => return Err(AuthError::new(Reason::TenantNotNamed)),
                Ok(name) => name,
                // No credential is at fault, so this is no 401.
                Err(error) if error.reason() == Reason::InvalidCharacters => {
                    return Err(AuthError::new(Reason::TenantNotNamed));
                }
                Err(error) => return Err(error),
            },
        };
        Ok(name.map(|name| TenantClaim { kind: self.kind, place: self.place, name }))
    }
}
