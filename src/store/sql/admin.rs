//! Issuing and changing keys in SQL: each change is one transaction.

use std::time::Duration;

use sqlx::{QueryBuilder, query};

use super::Store;
use super::change::{Pending, start};
use super::dialect::Database;
use super::entries::{changeable, insert_key, settle};
use super::row::{self, column, list_keys, select_keys};
use super::texts::can_hold;
use crate::store::sealing::SealedPlace;
use crate::store::{
    AdminError, Change, Enabled, FromKey, IssuedKey, KeyAdmin, KeyEdit, KeyHint, KeyQuery, KeyRef, KeyState,
    KeySummary, Networks, NewKey, OwnerKind, OwnerRef, OwnerSummary, StoreError, issuing,
};
use crate::{AccountId, KeyId, Limits, SiteId, Timestamp, UserId};

/// How many uses one statement writes down.
const USES: usize = 100;

impl<P: FromKey> KeyAdmin for Store<P> {
    async fn add_account(&self, account: &AccountId) -> Result<(), AdminError> {
        self.add_owner(OwnerRef::Account(account.clone()), None).await
    }

    async fn add_user(&self, user: &UserId, account: Option<&AccountId>) -> Result<(), AdminError> {
        self.add_owner(OwnerRef::User(user.clone()), account).await
    }

    async fn add_site(&self, site: &SiteId, account: &AccountId) -> Result<(), AdminError> {
        self.add_owner(OwnerRef::Site(site.clone()), Some(account)).await
    }

    async fn set_owner_active(&self, owner: &OwnerRef, active: Enabled) -> Result<(), AdminError> {
        self.switch_owner(owner, active).await
    }

    async fn set_site_url(&self, site: &SiteId, url: Option<&str>) -> Result<(), AdminError> {
        issuing::check_site_url(url)?;
        let edit =
            query("UPDATE sites SET url = $1, epoch = epoch + 1 WHERE id = $2").bind(url.map(str::to_owned));
        self.edit_owner(&OwnerRef::Site(site.clone()), edit).await
    }

    async fn set_owner_limits(&self, owner: &OwnerRef, limits: Limits) -> Result<(), AdminError> {
        self.limit_owner(owner, &limits).await
    }

    async fn list_owners(
        &self,
        kind: OwnerKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<OwnerSummary>, AdminError> {
        self.owners(kind, after, limit).await
    }

    async fn issue(&self, key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
        let issued = issuing::forge(&key)?;
        let mut change = self.begin().await?;
        let named = self.add_key(&mut change, key, &issued, now).await?;
        change.commit(Change::Secret(named)).await?;
        Ok(issued)
    }

    async fn issue_all(&self, keys: Vec<NewKey>, now: Timestamp) -> Result<Vec<IssuedKey>, AdminError> {
        let mut all = Vec::with_capacity(keys.len());
        let mut told = None;
        let mut change = self.begin().await?;
        for key in keys {
            let issued = issuing::forge(&key)?;
            let named = self.add_key(&mut change, key, &issued, now).await?;
            told = Some(if all.is_empty() { Change::Secret(named) } else { Change::Everything });
            all.push(issued);
        }
        if let Some(told) = told {
            change.commit(told).await?;
        }
        Ok(all)
    }

    async fn rotate(&self, key: &KeyRef, overlap: Duration, now: Timestamp) -> Result<IssuedKey, AdminError> {
        let mut change = self.begin().await?;
        let row = changeable(&mut change, key).await?;
        let scheme = row::scheme(column(&row, "scheme")?)?;
        let format = row::format(&row)?;
        let issued = issuing::fresh(scheme, &format, Some(&key.id))?;
        let number: i64 = column(&row, "number")?;

        let newest =
            "SELECT number, sealed, expires_at FROM key_secrets WHERE key = $1 ORDER BY number DESC LIMIT 1";
        let newest = query(newest).bind(number).fetch_optional(&mut *change).await.map_err(refused)?;
        let newest = newest.ok_or(StoreError::corrupt("a key without a secret"))?;
        let last: i64 = column(&newest, "number")?;
        if let Some(sealed) = column::<Option<&[u8]>>(&newest, "sealed")? {
            // What goes on being in force must be readable: else the key is lost with it.
            let place = SealedPlace { realm: &key.realm, scheme, id: &key.id, number: last };
            self.master.open(sealed, &place).ok_or(row::SEALED)?;
        }
        let ends = [row::moment(&newest, "expires_at")?, row::moment(&row, "expires_at")?];
        let end = issuing::retired(now, overlap, ends).as_unix_micros();

        let drop_older =
            query("DELETE FROM key_secrets WHERE key = $1 AND number < $2").bind(number).bind(last);
        drop_older.execute(&mut *change).await.map_err(refused)?;
        let retire = query("UPDATE key_secrets SET expires_at = $1 WHERE key = $2").bind(end).bind(number);
        retire.execute(&mut *change).await.map_err(refused)?;
        let place = SealedPlace { realm: &key.realm, scheme, id: &key.id, number: last + 1 };
        self.insert_secret(&mut change, number, &place, issued.secret.as_ref()).await?;
        let hint = issuing::hint(scheme, &format, issued.secret.as_ref());
        let touch = query(
            "UPDATE keys SET renewed_at = $1, previous_until = $2, prefix = $3, last_four = $4, \
             epoch = epoch + 1 WHERE number = $5",
        );
        let touch = touch.bind(now.as_unix_micros()).bind(end);
        let touch = touch.bind(hint.prefix()).bind(hint.last_four()).bind(number);
        touch.execute(&mut *change).await.map_err(refused)?;
        change.commit(Change::Secret(key.clone())).await?;
        Ok(issued)
    }

    async fn revoke(&self, key: &KeyRef, reason: &str, now: Timestamp) -> Result<(), AdminError> {
        issuing::check_reason(reason)?;
        let mut change = self.begin().await?;
        let row = match changeable(&mut change, key).await {
            Err(AdminError::Revoked) => return Ok(()),
            row => row?,
        };
        let revoke = query(
            "UPDATE keys SET state = $1, revoked_at = $2, revoked_reason = $3, epoch = epoch + 1 \
             WHERE number = $4",
        );
        let revoke = revoke.bind(row::state_name(KeyState::Revoked)).bind(now.as_unix_micros());
        let revoke = revoke.bind(reason).bind(column::<i64>(&row, "number")?);
        revoke.execute(&mut *change).await.map_err(refused)?;
        change.commit(Change::Key(key.clone())).await
    }

    async fn set_enabled(&self, key: &KeyRef, enabled: Enabled) -> Result<(), AdminError> {
        let mut change = self.begin().await?;
        let row = changeable(&mut change, key).await?;
        let switch = query("UPDATE keys SET state = $1, epoch = epoch + 1 WHERE number = $2");
        let switch = switch.bind(row::state_name(enabled.into())).bind(column::<i64>(&row, "number")?);
        switch.execute(&mut *change).await.map_err(refused)?;
        change.commit(Change::Key(key.clone())).await
    }

    async fn edit(&self, key: &KeyRef, edit: KeyEdit) -> Result<(), AdminError> {
        if !can_hold(key.realm.as_str()) || !can_hold(key.id.as_str()) {
            return Err(AdminError::UnknownKey);
        }
        let mut change = self.begin().await?;
        let select = query(list_keys!("WHERE k.realm = $1 AND k.id = $2"));
        let select = select.bind(key.realm.as_str()).bind(key.id.as_str());
        let row = select.fetch_optional(&mut *change).await.map_err(refused)?;
        let row = row.ok_or(AdminError::UnknownKey)?;
        let edited = issuing::edited(row::listed(&row)?, edit)?;
        if issuing::principal::<P>(&edited).is_none() {
            return Err(AdminError::MissingOwner);
        }
        let update = query(
            "UPDATE keys SET label = $1, note = $2, scopes = $3, not_before = $4, expires_at = $5, \
             limits = $6, signature_forms = $7, epoch = epoch + 1 WHERE number = $8",
        );
        let update = update.bind(&edited.label).bind(&edited.note).bind(edited.scopes.to_string());
        let update = update.bind(edited.not_before.map(Timestamp::as_unix_micros));
        let update = update.bind(edited.expires_at.map(Timestamp::as_unix_micros));
        let update = update.bind(edited.limits.to_string()).bind(edited.signature_forms.name());
        let update = update.bind(column::<i64>(&row, "number")?);
        update.execute(&mut *change).await.map_err(refused)?;
        change.commit(Change::Key(key.clone())).await
    }

    async fn assign_networks(&self, key: &KeyRef, networks: Networks) -> Result<(), AdminError> {
        let mut change = self.begin().await?;
        let number: i64 = column(&changeable(&mut change, key).await?, "number")?;
        let assign = query("UPDATE keys SET networks = $1, epoch = epoch + 1 WHERE number = $2");
        let assign = assign.bind(row::network_lines(&networks)).bind(number);
        assign.execute(&mut *change).await.map_err(refused)?;
        change.commit(Change::Key(key.clone())).await
    }

    async fn record_uses(&self, uses: &[(KeyRef, Timestamp)]) -> Result<(), AdminError> {
        let names = |key: &KeyRef| can_hold(key.realm.as_str()) && can_hold(key.id.as_str());
        let mut uses: Vec<_> = uses.iter().filter(|(key, _)| names(key)).collect();
        // In one order everywhere, from statement to statement and within each, so that no two
        // batches wait for each other.
        uses.sort_by(|(one, _), (other, _)| (&one.realm, &one.id).cmp(&(&other.realm, &other.id)));
        let mut transaction = start(&self.pool).await?;
        for some in uses.chunks(USES) {
            let mut insert = QueryBuilder::<Database>::new(
                "INSERT INTO key_uses (key, used_at) SELECT k.number, max(v.column3) FROM (",
            );
            insert.push_values(some, |mut values, (key, at)| {
                values
                    .push_bind(key.realm.as_str())
                    .push_bind(key.id.as_str())
                    .push_bind(at.as_unix_micros());
            });
            insert.push(
                ") AS v JOIN keys k ON k.realm = v.column1 AND k.id = v.column2 WHERE true \
                 GROUP BY k.number ORDER BY k.realm, k.id ON CONFLICT (key) DO UPDATE \
                 SET used_at = excluded.used_at WHERE key_uses.used_at < excluded.used_at",
            );
            insert.build().persistent(false).execute(&mut *transaction).await.map_err(refused)?;
        }
        transaction.commit().await.map_err(refused)
    }

    async fn find_key(&self, key: &KeyRef) -> Result<Option<KeySummary>, AdminError> {
        if !can_hold(key.realm.as_str()) || !can_hold(key.id.as_str()) {
            return Ok(None);
        }
        let select = query(list_keys!("WHERE k.realm = $1 AND k.id = $2"));
        let select = select.bind(key.realm.as_str()).bind(key.id.as_str());
        let row = select.fetch_optional(&self.pool).await.map_err(refused)?;
        Ok(row.as_ref().map(row::listed).transpose()?)
    }

    async fn list(&self, query: &KeyQuery, now: Timestamp) -> Result<Vec<KeySummary>, AdminError> {
        self.page(query, now).await
    }
}

impl<P: FromKey> Store<P> {
    /// Keeps a new key; the answer is its name.
    async fn add_key(
        &self,
        change: &mut Pending,
        key: NewKey,
        issued: &IssuedKey,
        now: Timestamp,
    ) -> Result<KeyRef, AdminError> {
        let scheme = key.scheme;
        let hint = issuing::hint(scheme, &issuing::format(&key)?, issued.secret.as_ref());
        let (number, named) = Self::add_row(change, key, issued.id.clone(), hint, now).await?;
        let place = SealedPlace { realm: &named.realm, scheme, id: &named.id, number: 1 };
        self.insert_secret(change, number, &place, issued.secret.as_ref()).await?;
        Ok(named)
    }

    /// Keeps all of a new key but its secret; the answer is the number of its row, and its name.
    pub(super) async fn add_row(
        change: &mut Pending,
        mut key: NewKey,
        id: KeyId,
        hint: KeyHint,
        now: Timestamp,
    ) -> Result<(i64, KeyRef), AdminError> {
        let format = issuing::format(&key)?;
        let owner = std::mem::take(&mut key.owner);
        let owner = settle(change, owner).await?;
        let key = KeySummary { hint, ..issuing::summary(key, id, owner, true, now) };
        if issuing::principal::<P>(&key).is_none() {
            return Err(AdminError::MissingOwner);
        }
        let number = insert_key(change, &key, &format).await?;
        Ok((number, KeyRef { realm: key.realm, id: key.id }))
    }
}

/// What the database refuses because it holds it already is a duplicate; anything else
/// is an outage.
pub(super) fn refused(error: sqlx::Error) -> AdminError {
    if error.as_database_error().is_some_and(|error| error.is_unique_violation()) {
        return AdminError::Duplicate;
    }
    StoreError::unavailable(error).into()
}
