//! Addresses in SQL.

use std::borrow::Cow;

use sqlx::{query, query_scalar};

use super::Store;
use crate::Scheme;
use crate::audit::{KeyUse, KnownAddresses};
use crate::store::StoreError;

/// How many addresses of a key are kept; of several nodes at once, each may add one more.
const MOST: i64 = 1_000;

/// The first 1,000 addresses that a key was used from are kept, a row each; later ones count
/// as known. An address that is known costs one read; only one that is kept is written.
impl<P: 'static> KnownAddresses for Store<P> {
    async fn first_use(&self, used: &KeyUse<'_>) -> Result<bool, StoreError> {
        let (realm, key, address) = (used.realm().as_str(), used.key().as_str(), used.address().to_string());
        let scheme = name(used.scheme());
        let known = query(
            "SELECT 1 FROM key_addresses WHERE realm = $1 AND scheme = $2 AND key = $3 AND address = $4",
        );
        let known = known.bind(realm).bind(&*scheme).bind(key).bind(&*address);
        if known.fetch_optional(&self.pool).await.map_err(StoreError::unavailable)?.is_some() {
            return Ok(false);
        }
        let count = "SELECT count(*) FROM key_addresses WHERE realm = $1 AND scheme = $2 AND key = $3";
        let count = query_scalar(count).bind(realm).bind(&*scheme).bind(key);
        let count: i64 = count.fetch_one(&self.pool).await.map_err(StoreError::unavailable)?;
        if count >= MOST {
            return Ok(false);
        }
        // Of several that come this far at once, one inserts.
        let insert = "INSERT INTO key_addresses (realm, scheme, key, address, first_seen) VALUES ($1, $2, $3, $4, $5) \
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
