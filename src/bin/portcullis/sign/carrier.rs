//! Where an API key is put.

use clap::ValueEnum;

use super::further::is_name;
use crate::failure::Failure;

/// The usual places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Carrier {
    /// X-API-Key: <key>
    #[default]
    Header,
    /// Authorization: Bearer <key>
    Bearer,
    /// Authorization: Api-Key <key>
    ApiKey,
    /// Authorization: <key>
    RawAuthorization,
}

/// A place in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// A header, and what stands in it before the key.
    Header { name: &'a str, word: &'a str },
    /// A parameter of the query.
    Parameter(&'a str),
}

impl Carrier {
    pub(crate) const fn place(self) -> Place<'static> {
        let (name, word) = match self {
            Self::Header => ("X-API-Key", ""),
            Self::Bearer => ("Authorization", "Bearer "),
            Self::ApiKey => ("Authorization", "Api-Key "),
            Self::RawAuthorization => ("Authorization", ""),
        };
        Place::Header { name, word }
    }
}

impl<'a> Place<'a> {
    pub(crate) fn header(name: &'a str) -> Result<Self, Failure> {
        match is_name(name) {
            true => Ok(Self::Header { name, word: "" }),
            false => Err(Failure::usage("--api-key-header is no name of a header")),
        }
    }

    pub(crate) fn parameter(name: &'a str) -> Result<Self, Failure> {
        match is_unreserved(name) {
            true => Ok(Self::Parameter(name)),
            false => Err(Failure::usage("--api-key-parameter is letters, digits, -, ., _ and ~")),
        }
    }
}

/// Whether the text means itself wherever it stands in a URL (RFC 3986, section 2.3).
pub(crate) fn is_unreserved(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
