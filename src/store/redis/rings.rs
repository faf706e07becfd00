//! An issuer's own keys in Redis.

use redis::cmd;

use super::RedisKeyStore;
use super::scripts::RING;
use crate::store::sealing::SealedPlace;
use crate::store::tokens::LONGEST_RING;
use crate::store::{KeyRingStore, StoreError, StoredRing};
use crate::{KeyId, Realm, Scheme};

const UNOPENED: StoreError = StoreError::corrupt("a ring of keys that the master key does not open");

impl<P: 'static> KeyRingStore for RedisKeyStore<P> {
    async fn load_ring(&self, name: &str) -> Result<Option<StoredRing>, StoreError> {
        check(name)?;
        let mut get = cmd("HMGET");
        get.arg(self.server.names().name("key-ring", &[name])).arg("version").arg("sealed");
        let held: (Option<i64>, Option<Vec<u8>>) = self.server.call(&get).await?;
        let (number, sealed) = match held {
            (None, None) => return Ok(None),
            (Some(number), Some(sealed)) => (number, sealed),
            _ => return Err(UNOPENED),
        };
        let (realm, id) = place(name);
        let place = SealedPlace::new(&realm, Scheme::Jwt, &id, number);
        let document = self.master.open(&sealed, &place).ok_or(UNOPENED)?;
        Ok(Some(StoredRing::new(u64::try_from(number).map_err(|_| UNOPENED)?, document)))
    }

    async fn replace_ring(&self, name: &str, ring: &StoredRing) -> Result<bool, StoreError> {
        check(name)?;
        self.check_master().await?;
        let number = i64::try_from(ring.version).map_err(|_| UNOPENED)?;
        let (realm, id) = place(name);
        let place = SealedPlace::new(&realm, Scheme::Jwt, &id, number);
        let sealed = self.master.seal(&ring.document, &place).map_err(StoreError::unavailable)?;
        let mut call = RING.key(self.server.names().name("key-ring", &[name]));
        call.arg(number).arg(sealed);
        Ok(self.server.run::<i64>(&call).await? == 1)
    }
}

impl<P> RedisKeyStore<P> {
    /// Refuses to seal under another master key than others here; of the first there is, the
    /// proof is kept.
    async fn check_master(&self) -> Result<(), StoreError> {
        let name = self.server.names().master_key();
        let proof = self.master.proof().map_err(StoreError::unavailable)?;
        let mut put = cmd("SETNX");
        put.arg(&name).arg(proof);
        let _: i64 = self.server.call(&put).await?;
        let mut get = cmd("GET");
        get.arg(&name);
        let held: Option<Vec<u8>> = self.server.call(&get).await?;
        self.master.check_proof(&held.ok_or(UNOPENED)?)
    }
}

fn check(name: &str) -> Result<(), StoreError> {
    if name.is_empty() || name.len() > LONGEST_RING {
        return Err(StoreError::unavailable("the name of a ring has 1 to 255 bytes"));
    }
    Ok(())
}

/// Where a ring is sealed: no stored key is of this scheme.
fn place(name: &str) -> (Realm, KeyId) {
    (Realm::from("key rings"), KeyId::from(name))
}
