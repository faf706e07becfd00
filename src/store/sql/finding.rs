//! Finding keys in SQL: one statement each.

use std::sync::Arc;

use sqlx::QueryBuilder;

use super::Store;
use super::dialect::{Database, Row};
use super::row::{self, select_keys};
use super::texts::can_hold;
use crate::store::{
    FromKey, KeyDigest, KeyHandle, KeyRecord, KeyRecordBuilder, KeyStore, KeySummary, StoreError, issuing,
};
use crate::{Realm, Scheme};

impl<P: FromKey> Store<P> {
    async fn by_digests(
        &self,
        realm: &Realm,
        digests: &[KeyDigest],
    ) -> Result<Option<KeyRecord<P>>, StoreError> {
        if digests.is_empty() {
            return Ok(None);
        }
        let mut query = QueryBuilder::<Database>::new(select_keys!(
            ", x.digest, x.expires_at AS secret_end",
            "key_secrets x LEFT JOIN keys k ON k.number = x.key",
            "WHERE x.realm = "
        ));
        query.push_bind(realm.as_str()).push(" AND x.digest IN (");
        let mut list = query.separated(", ");
        for digest in digests {
            list.push_bind(digest.as_bytes().as_slice());
        }
        query.push(")");
        let rows = query.build().fetch_all(&self.pool).await.map_err(StoreError::unavailable)?;
        for digest in digests {
            for row in &rows {
                if row::column::<&[u8]>(row, "digest")? == digest.as_bytes() {
                    return self.api_key(row, realm).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn api_key(&self, row: &Row, realm: &Realm) -> Result<KeyRecord<P>, StoreError> {
        let key = row::summary(row)?;
        if key.scheme != Scheme::ApiKey || key.realm != *realm {
            return Err(StoreError::corrupt("the digest of an API key"));
        }
        let end = row::moment(row, "secret_end")?;
        Ok(issuing::record(&key, principal(&key)?, row::epoch(row)?, end).build())
    }

    async fn by_id(
        &self,
        realm: &Realm,
        scheme: Scheme,
        id: &str,
    ) -> Result<Option<KeyRecord<P>>, StoreError> {
        let rows = sqlx::query(select_keys!(
            ", x.number, x.sealed, x.expires_at AS secret_end",
            "keys k LEFT JOIN key_secrets x ON x.key = k.number",
            "WHERE k.realm = $1 AND k.id = $2 AND k.scheme = $3 ORDER BY x.number DESC"
        ))
        .bind(realm.as_str())
        .bind(id)
        .bind(scheme.name())
        .fetch_all(&self.pool)
        .await
        .map_err(StoreError::unavailable)?;
        let Some(first) = rows.first() else { return Ok(None) };
        let key = row::summary(first)?;
        let secrets = rows.iter().map(|row| row::live_secret(row, &key, &self.master));
        let secrets = secrets.collect::<Result<Vec<_>, _>>()?;
        let record = issuing::record(&key, principal(&key)?, row::epoch(first)?, None);
        Ok(Some(secrets.into_iter().fold(record, KeyRecordBuilder::secret).build()))
    }

    /// A key of whatever scheme, without its secrets.
    async fn by_name(&self, realm: &Realm, id: &str) -> Result<Option<KeyRecord<P>>, StoreError> {
        let select = sqlx::query(select_keys!("", "keys k", "WHERE k.realm = $1 AND k.id = $2"));
        let row = select.bind(realm.as_str()).bind(id).fetch_optional(&self.pool).await;
        let Some(row) = row.map_err(StoreError::unavailable)? else { return Ok(None) };
        let key = row::summary(&row)?;
        Ok(Some(issuing::record(&key, principal(&key)?, row::epoch(&row)?, None).build()))
    }
}

fn principal<P: FromKey>(key: &KeySummary) -> Result<P, StoreError> {
    issuing::principal(key).ok_or(StoreError::corrupt("a key without an owner that its principal needs"))
}

impl<P: FromKey> KeyStore for Store<P> {
    type Principal = P;

    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<P>>>, StoreError> {
        let (realm, id) = match *handle {
            KeyHandle::Digests { realm, .. } => (realm, ""),
            KeyHandle::Id { realm, id, .. } | KeyHandle::Name { realm, id } => (realm, id),
        };
        if !can_hold(realm.as_str()) || !can_hold(id) {
            return Ok(None);
        }
        let found = match *handle {
            KeyHandle::Digests { realm, digests } => self.by_digests(realm, digests).await?,
            KeyHandle::Id { realm, scheme, id } if scheme.is_signing() => {
                self.by_id(realm, scheme, id).await?
            }
            KeyHandle::Name { realm, id } => self.by_name(realm, id).await?,
            // Keys of other schemes have no secret that could be checked.
            KeyHandle::Id { .. } => None,
        };
        Ok(found.map(Arc::new))
    }
}
