//! A token that was just verified, or one that a cache keeps.

use std::ops::Deref;
#[cfg(feature = "cached")]
use std::sync::Arc;

use crate::jwt::VerifiedToken;

/// A verified token, whoever owns it.
#[derive(Debug)]
#[cfg_attr(
    feature = "cached",
    expect(
        clippy::large_enum_variant,
        reason = "a box would cost every token that is not kept an allocation"
    )
)]
pub(in crate::jwt) enum Held {
    Own(VerifiedToken),
    #[cfg(feature = "cached")]
    Shared(Arc<VerifiedToken>),
}

impl Held {
    pub(in crate::jwt) fn into_token(self) -> VerifiedToken {
        match self {
            Self::Own(token) => token,
            #[cfg(feature = "cached")]
            Self::Shared(token) => Arc::unwrap_or_clone(token),
        }
    }
}

impl Deref for Held {
    type Target = VerifiedToken;

    fn deref(&self) -> &VerifiedToken {
        match self {
            Self::Own(token) => token,
            #[cfg(feature = "cached")]
            Self::Shared(token) => token,
        }
    }
}
