//! What answers say besides what the handler says.

use http::HeaderMap;

use super::Caching;
use crate::limit::RateLimitFields;

/// What the answer to a request that goes on has to say besides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remarks {
    /// To caches.
    pub(crate) caching: Option<Caching>,
    /// About the budgets that it was counted in.
    pub(crate) fields: Option<Box<RateLimitFields>>,
}

impl Remarks {
    /// Whether there is nothing to say.
    #[cfg(feature = "actix")]
    pub(crate) const fn is_empty(&self) -> bool {
        self.caching.is_none() && self.fields.is_none()
    }

    /// Says it.
    pub(crate) fn apply(self, headers: &mut HeaderMap) {
        if let Some(caching) = self.caching {
            caching.apply(headers);
        }
        if let Some(fields) = self.fields {
            fields.apply(headers);
        }
    }
}
