//! Addresses in SQLite.

use std::borrow::Cow;

use sqlx::query;

use super::SqliteKeyStore;
use crate::Scheme;
use crate::audit::{KeyUse, KnownAddresses};
use crate::store::StoreError;

/// Every pair that was ever seen is kept, a row each. An address that is known costs one
/// read; only a new one is written.
impl<P: 'static> KnownAddresses for SqliteKeyStore<P> {
    async fn first_use(&self, used: &KeyUse<'_>) -> Result<bool, StoreError> {
        let (realm, key, address) = (used.realm().as_str(), used.key().as_str(), used.address().to_string());
        let scheme = name(used.scheme());
        let known =
            query("SELECT 1 FROM key_addresses WHERE realm = ? AND scheme = ? AND key = ? AND address = ?");
        let known = known.bind(realm).bind(&*scheme).bind(key).bind(&*address);
        if known.fetch_optional(&self.pool).await.map_err(StoreError::unavailable)?.is_some() {
            return Ok(false);
        }
        // Of several that come this far at once, one inserts.
        let insert = "INSERT INTO key_addresses (realm, scheme, key, address, first_seen) VALUES (?, ?, ?, ?, ?) \
                      ON CONFLICT DO NOTHING";
        let insert = query(insert).bind(realm).bind(&*scheme).bind(key).bind(&*address);
        let inserted = insert.bind(used.now().as_unix_micros()).execute(&self.pool).await;
        Ok(inserted.map_err(StoreError::unavailable)?.rows_affected() == 1)
    }
}

/// How a row writes a scheme: one of the application's own may have the name of another.
fn name(scheme: Scheme) -> Cow<'static, str> {
    match scheme {
        Scheme::Other(own) => Cow::Owned(format!("other/{own}")),
        known => Cow::Borrowed(known.name()),
    }
}
