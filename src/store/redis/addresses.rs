//! Addresses in Redis.

use std::borrow::Cow;

use super::RedisKeyStore;
use super::scripts::SEEN;
use crate::Scheme;
use crate::audit::{KeyUse, KnownAddresses};
use crate::store::StoreError;

/// How many addresses of a key are kept.
const MOST: usize = 1_000;

/// The first 1,000 addresses that a key was used from are kept, in a set of the key; later
/// ones count as known. Each use is one round trip.
impl<P: 'static> KnownAddresses for RedisKeyStore<P> {
    async fn first_use(&self, used: &KeyUse<'_>) -> Result<bool, StoreError> {
        let parts = [used.realm().as_str(), &scheme(used.scheme()), used.key().as_str()];
        let seen = self.server.names().name("addresses", &parts);
        let mut call = SEEN.prepare_invoke();
        call.key(seen).arg(used.address().to_string()).arg(MOST);
        let added: i64 = self.server.run(&call).await?;
        Ok(added == 1)
    }
}

/// How a name writes a scheme: one of the application's own may have the name of another.
fn scheme(scheme: Scheme) -> Cow<'static, str> {
    match scheme {
        Scheme::Other(own) => Cow::Owned(format!("other/{own}")),
        known => Cow::Borrowed(known.name()),
    }
}
