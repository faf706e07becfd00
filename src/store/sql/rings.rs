//! An issuer's own keys in SQL: one row a ring, sealed as a whole.

use sqlx::query;

use super::Store;
use super::change::start;
use super::row::column;
use super::texts::can_hold;
use crate::store::sealing::SealedPlace;
use crate::store::tokens::LONGEST_RING;
use crate::store::{AdminError, KeyRingStore, StoreError, StoredRing};
use crate::{KeyId, Realm, Scheme};

const RING: StoreError = StoreError::corrupt("a ring of keys that the master key does not open");

impl<P: 'static> KeyRingStore for Store<P> {
    async fn load_ring(&self, name: &str) -> Result<Option<StoredRing>, StoreError> {
        check(name)?;
        let select = query("SELECT version, sealed FROM key_rings WHERE name = $1").bind(name);
        let row = select.fetch_optional(&self.pool).await.map_err(StoreError::unavailable)?;
        let Some(row) = row else { return Ok(None) };
        let number: i64 = column(&row, "version")?;
        let (realm, id) = place(name);
        let place = SealedPlace::new(&realm, Scheme::Jwt, &id, number);
        let document = self.master.open(column(&row, "sealed")?, &place).ok_or(RING)?;
        Ok(Some(StoredRing::new(u64::try_from(number).map_err(|_| RING)?, document)))
    }

    async fn replace_ring(&self, name: &str, ring: &StoredRing) -> Result<bool, StoreError> {
        check(name)?;
        let number = i64::try_from(ring.version).map_err(|_| RING)?;
        let mut change = start(&self.pool).await?;
        // Waits for other changes, and is none: whose master key it is, is settled first.
        let wait = query("UPDATE change_counter SET number = number").execute(&mut *change).await;
        wait.map_err(StoreError::unavailable)?;
        let (realm, id) = place(name);
        let place = SealedPlace::new(&realm, Scheme::Jwt, &id, number);
        let sealed = self.seal(&mut change, &place, &ring.document).await.map_err(store_error)?;
        let put = if number == 1 {
            "INSERT INTO key_rings (name, version, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        } else {
            "UPDATE key_rings SET version = $2, sealed = $3 WHERE name = $1 AND version = $2 - 1"
        };
        let put = query(put).bind(name).bind(number).bind(sealed).execute(&mut *change).await;
        let put = put.map_err(StoreError::unavailable)?.rows_affected();
        change.commit().await.map_err(StoreError::unavailable)?;
        Ok(put > 0)
    }
}

fn check(name: &str) -> Result<(), StoreError> {
    if name.is_empty() || name.len() > LONGEST_RING || !can_hold(name) {
        return Err(StoreError::unavailable("the name of a ring has 1 to 255 bytes without NUL"));
    }
    Ok(())
}

/// Where a ring is sealed: no stored key is of this scheme.
fn place(name: &str) -> (Realm, KeyId) {
    (Realm::from("key rings"), KeyId::from(name))
}

fn store_error(error: AdminError) -> StoreError {
    match error {
        AdminError::Store(error) => error,
        other => StoreError::unavailable(other),
    }
}
