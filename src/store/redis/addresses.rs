//! Addresses in Redis.

use std::borrow::Cow;

use redis::Cmd;

use super::RedisKeyStore;
use crate::Scheme;
use crate::audit::{KeyUse, KnownAddresses};
use crate::store::StoreError;

/// Every address that a key was ever used from is kept, in a set of the key; each use is one
/// round trip.
impl<P: 'static> KnownAddresses for RedisKeyStore<P> {
    async fn first_use(&self, used: &KeyUse<'_>) -> Result<bool, StoreError> {
        let parts = [used.realm().as_str(), &scheme(used.scheme()), used.key().as_str()];
        let seen = self.server.names().name("addresses", &parts);
        let added: i64 =
            self.server.call(Cmd::new().arg("SADD").arg(seen).arg(used.address().to_string())).await?;
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
