//! Why a secret is not sent.

use super::{InvalidOutboundSecret, SecretName};
use crate::sign::SignError;

/// A secret was not put into a request, and nothing was sent. It never holds a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutboundError {
    /// The text is no name of a secret.
    #[error("no secret can have this name")]
    Unnamed,
    /// There is no secret of this name.
    #[error("there is no secret {0}")]
    Missing(SecretName),
    /// The secret is switched off.
    #[error("the secret {0} is switched off")]
    Disabled(SecretName),
    /// Both the application and its store have a secret of this name: which is meant?
    #[error("the secret {0} comes from two sources")]
    Twice(SecretName),
    /// The request goes to another origin than the secret is for.
    #[error("the request goes to another origin than the secret is for")]
    OtherOrigin,
    /// Together with the rest of its template, the value cannot be in a header.
    #[error(transparent)]
    Invalid(#[from] InvalidOutboundSecret),
}

impl From<OutboundError> for SignError {
    fn from(error: OutboundError) -> Self {
        match error {
            OutboundError::Invalid(_) => Self::InvalidHeader,
            error => Self::Other(Box::new(error)),
        }
    }
}
