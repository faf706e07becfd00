//! Hashes of foreign keys in SQL: each is sealed, and is found by its name.

use sqlx::{QueryBuilder, query};

use super::Store;
use super::admin::refused;
use super::dialect::{Connection, Database, Row};
use super::entries::{Kept, changeable, insert_kept};
use super::row::{self, column};
use super::texts::can_hold;
use crate::store::sealing::{MasterKey, SealedPlace};
use crate::store::{
    AdminError, Change, FromKey, KeyHint, KeyRef, LegacyHash, LegacyKeyStore, LegacyName, LegacyPlace,
    NewKey, StoreError, issuing,
};
use crate::{KeyId, Realm, Scheme, Secret, Timestamp};

impl<P: FromKey> LegacyKeyStore for Store<P> {
    async fn import_hash(
        &self,
        key: NewKey,
        hash: &LegacyHash,
        visible: Option<&str>,
        now: Timestamp,
    ) -> Result<KeyId, AdminError> {
        let (id, place) = issuing::forge_legacy(&key, hash, visible, &self.hasher)?;
        let mut change = self.begin().await?;
        let (number, named) = Self::add_row(&mut change, key, id.clone(), KeyHint::none(), now).await?;
        let first = SealedPlace { realm: &named.realm, scheme: Scheme::ApiKey, id: &id, number: 1 };
        let kept = match place {
            LegacyPlace::Digest(digest) => Kept::digest(digest),
            LegacyPlace::Name(name) => {
                let sealed = self.seal(&mut change, &first, &Secret::from(&*hash.expose())).await?;
                Kept::legacy(name, sealed)
            }
        };
        insert_kept(&mut change, number, &first, kept).await?;
        change.commit(Change::Secret(named)).await?;
        Ok(id)
    }

    async fn legacy_hash(
        &self,
        realm: &Realm,
        names: &[LegacyName],
    ) -> Result<Option<(KeyRef, LegacyHash)>, StoreError> {
        if names.is_empty() || !can_hold(realm.as_str()) {
            return Ok(None);
        }
        let mut query = QueryBuilder::<Database>::new(
            "SELECT k.id, x.number, x.sealed, x.legacy FROM key_secrets x \
             LEFT JOIN keys k ON k.number = x.key WHERE x.realm = ",
        );
        query.push_bind(realm.as_str()).push(" AND x.legacy IN (");
        let mut list = query.separated(", ");
        for name in names {
            list.push_bind(name.as_bytes().as_slice());
        }
        query.push(")");
        let rows = query.build().fetch_all(&self.pool).await.map_err(StoreError::unavailable)?;
        for name in names {
            for row in &rows {
                if column::<&[u8]>(row, "legacy")? == name.as_bytes() {
                    let key = KeyRef { realm: realm.clone(), id: KeyId::from(column::<&str>(row, "id")?) };
                    let hash = opened(row, &key, &self.master)?;
                    return Ok(Some((key, hash)));
                }
            }
        }
        Ok(None)
    }

    async fn adopt(&self, key: &KeyRef, hash: &LegacyHash, secret: &Secret) -> Result<(), AdminError> {
        let mut change = self.begin().await?;
        let row = changeable(&mut change, key).await?;
        let number: i64 = column(&row, "number")?;
        let Some(held) = self.holds(&mut change, number, key, hash).await? else {
            let adopted = self.holds_text(&mut change, number, secret).await?;
            return if adopted { Ok(()) } else { Err(AdminError::UnknownKey) };
        };
        let digest = self.new_digest(&mut change, &key.realm, secret).await?;
        let replace = "UPDATE key_secrets SET digest = $1, sealed = NULL, legacy = NULL \
             WHERE key = $2 AND number = $3";
        let replace = query(replace).bind(digest.as_bytes().to_vec()).bind(number).bind(held);
        replace.execute(&mut *change).await.map_err(refused)?;
        let hint = issuing::hint(Scheme::ApiKey, &row::format(&row)?, secret);
        // A hash that was rotated away is not what operators are shown.
        let show = "UPDATE keys SET prefix = $1, last_four = $2 WHERE number = $3 \
             AND NOT EXISTS (SELECT 1 FROM key_secrets x WHERE x.key = keys.number AND x.number > $4)";
        let show = query(show).bind(hint.prefix()).bind(hint.last_four()).bind(number).bind(held);
        show.execute(&mut *change).await.map_err(refused)?;
        let touch = query("UPDATE keys SET epoch = epoch + 1 WHERE number = $1").bind(number);
        touch.execute(&mut *change).await.map_err(refused)?;
        change.commit(Change::Secret(key.clone())).await
    }
}

impl<P> Store<P> {
    /// Which of a key's secrets this hash is kept as.
    async fn holds(
        &self,
        change: &mut Connection,
        number: i64,
        key: &KeyRef,
        hash: &LegacyHash,
    ) -> Result<Option<i64>, AdminError> {
        let select = "SELECT number, sealed FROM key_secrets WHERE key = $1 AND legacy IS NOT NULL";
        for row in query(select).bind(number).fetch_all(change).await.map_err(refused)? {
            if opened(&row, key, &self.master)?.is_same(hash) {
                return Ok(Some(column(&row, "number")?));
            }
        }
        Ok(None)
    }

    /// Whether a key has this text already.
    async fn holds_text(
        &self,
        change: &mut Connection,
        number: i64,
        secret: &Secret,
    ) -> Result<bool, AdminError> {
        for digest in self.hasher.digests(secret.expose()).as_slice() {
            let held = "SELECT 1 FROM key_secrets WHERE key = $1 AND digest = $2";
            let held = query(held).bind(number).bind(digest.as_bytes().to_vec());
            if held.fetch_optional(&mut *change).await.map_err(refused)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The hash of a row, opened.
fn opened(row: &Row, key: &KeyRef, master: &MasterKey) -> Result<LegacyHash, StoreError> {
    const HASH: StoreError = StoreError::corrupt("the sealed hash of a key");
    let place = SealedPlace {
        realm: &key.realm,
        scheme: Scheme::ApiKey,
        id: &key.id,
        number: column(row, "number")?,
    };
    let opened = master.open(column(row, "sealed")?, &place).ok_or(HASH)?;
    opened.expose_text().and_then(|text| text.parse().ok()).ok_or(HASH)
}
