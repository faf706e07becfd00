//! A token that was just verified, or one that a cache keeps.

use std::ops::Deref;
use std::sync::Arc;

use crate::jwt::VerifiedToken;

/// A verified token, whoever else has it. It is behind a pointer in any case: futures have it
/// in several places, and are moved.
#[derive(Clone, Debug)]
pub(in crate::jwt) struct Held(Arc<VerifiedToken>);

impl Held {
    pub(in crate::jwt) fn into_token(self) -> VerifiedToken {
        Arc::unwrap_or_clone(self.0)
    }
}

impl From<VerifiedToken> for Held {
    fn from(token: VerifiedToken) -> Self {
        Self(Arc::new(token))
    }
}

impl Deref for Held {
    type Target = VerifiedToken;

    fn deref(&self) -> &VerifiedToken {
        &self.0
    }
}
