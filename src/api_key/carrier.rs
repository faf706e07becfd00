//! Where API keys are read from.

use std::borrow::Cow;

use crate::canonical::query::{self, Plus};
use crate::request::{Carriers, RequestView, credentials};
use crate::{AuthError, Reason};

/// A place that API keys are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiKeyCarrier {
    /// `Authorization: Bearer <key>` (RFC 6750, section 2.1).
    Bearer,
    /// `Authorization: Api-Key <key>`.
    ApiKey,
    /// `Authorization: <key>`, without a scheme word.
    RawAuthorization,
    /// A header of its own; the name in lower case.
    Header(Cow<'static, str>),
    /// A query parameter. Keys in URLs end up in logs and histories: prefer a header.
    Parameter(Cow<'static, str>),
}

pub(super) const AUTHORIZATION: &str = "authorization";

impl ApiKeyCarrier {
    /// A header of its own, such as `X-API-Key`; names do not know case.
    #[must_use]
    pub fn header(name: &str) -> Self {
        Self::Header(name.to_ascii_lowercase().into())
    }

    /// A query parameter of this name, to the letter.
    #[must_use]
    pub fn parameter(name: impl Into<Cow<'static, str>>) -> Self {
        Self::Parameter(name.into())
    }

    /// What this carrier of a request holds; `authorization` is the value of that header.
    pub(super) fn read<'a>(
        &self,
        request: &RequestView<'a>,
        authorization: Option<&'a str>,
    ) -> Result<Option<Cow<'a, str>>, AuthError> {
        let text = match self {
            Self::Bearer => {
                let token = authorization.and_then(|value| credentials::of_word(value, "Bearer"));
                token.filter(|token| !token.starts_with("ey"))
            }
            Self::ApiKey => authorization.and_then(|value| credentials::of_word(value, "Api-Key")),
            Self::RawAuthorization => authorization.filter(|value| !value.contains([' ', '\t'])),
            Self::Header(name) => request.unique_header(name)?,
            Self::Parameter(name) => {
                let Some(value) = request.unique_parameter(name)? else { return Ok(None) };
                return match query::decode(value, Plus::Literal) {
                    None => Err(AuthError::new(Reason::UnreadableQuery)),
                    Some(Cow::Borrowed(_)) => Ok(Some(Cow::Borrowed(value))),
                    Some(Cow::Owned(bytes)) => String::from_utf8(bytes)
                        .map(|text| Some(Cow::Owned(text)))
                        .map_err(|_| AuthError::new(Reason::InvalidCharacters)),
                };
            }
        };
        Ok(text.map(Cow::Borrowed))
    }

    /// Whether the carrier is a form of `Authorization`.
    pub(super) const fn is_authorization(&self) -> bool {
        matches!(self, Self::Bearer | Self::ApiKey | Self::RawAuthorization)
    }

    pub(super) fn declare(&self, out: &mut Carriers) {
        match self {
            Self::Bearer | Self::ApiKey | Self::RawAuthorization => out.add_header(AUTHORIZATION),
            Self::Header(name) => out.add_header(name.clone()),
            Self::Parameter(name) => out.add_parameter(name.clone()),
        }
    }
}
