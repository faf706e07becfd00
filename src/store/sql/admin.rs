//! Issuing and changing keys in SQLite: each change is one transaction.

use std::time::Duration;

use sqlx::query;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::SqliteKeyStore;
use super::master::Place;
use super::row::{self, column, select_keys};
use crate::store::{
    AdminError, Enabled, FromKey, IssuedKey, KeyAdmin, KeyOwner, KeyRef, KeyState, KeySummary, Networks,
    NewKey, OwnerRef, StoreError, issuing,
};
use crate::{AccountId, KeyId, Realm, Scheme, Secret, SiteId, Timestamp, UserId};

impl<P: FromKey> KeyAdmin for SqliteKeyStore<P> {
    async fn add_account(&self, account: &AccountId) -> Result<(), AdminError> {
        let insert = query("INSERT INTO accounts (id) VALUES (?)").bind(account.as_str());
        insert.execute(&self.pool).await.map(drop).map_err(refused)
    }

    async fn add_user(&self, user: &UserId, account: Option<&AccountId>) -> Result<(), AdminError> {
        let mut change = self.begin().await?;
        if let Some(account) = account {
            owner(&mut change, &OwnerRef::Account(account.clone())).await?;
        }
        let insert = query("INSERT INTO users (id, account) VALUES (?, ?)").bind(user.as_str());
        insert.bind(account.map(AccountId::as_str)).execute(&mut *change).await.map_err(refused)?;
        change.commit().await.map_err(refused)
    }

    async fn add_site(&self, site: &SiteId, account: &AccountId) -> Result<(), AdminError> {
        let mut change = self.begin().await?;
        owner(&mut change, &OwnerRef::Account(account.clone())).await?;
        let insert = query("INSERT INTO sites (id, account) VALUES (?, ?)").bind(site.as_str());
        insert.bind(account.as_str()).execute(&mut *change).await.map_err(refused)?;
        change.commit().await.map_err(refused)
    }

    async fn set_owner_active(&self, owner: &OwnerRef, active: Enabled) -> Result<(), AdminError> {
        let (switch, touch, id) = match owner {
            OwnerRef::User(id) => (
                "UPDATE users SET active = ? WHERE id = ?",
                "UPDATE keys SET epoch = epoch + 1 WHERE user = ?",
                id.as_str(),
            ),
            OwnerRef::Account(id) => (
                "UPDATE accounts SET active = ? WHERE id = ?",
                "UPDATE keys SET epoch = epoch + 1 WHERE account = ?",
                id.as_str(),
            ),
            OwnerRef::Site(id) => (
                "UPDATE sites SET active = ? WHERE id = ?",
                "UPDATE keys SET epoch = epoch + 1 WHERE site = ?",
                id.as_str(),
            ),
        };
        let mut change = self.begin().await?;
        let switch = query(switch).bind(i64::from(active == Enabled::Yes)).bind(id);
        if switch.execute(&mut *change).await.map_err(refused)?.rows_affected() == 0 {
            return Err(AdminError::UnknownOwner);
        }
        query(touch).bind(id).execute(&mut *change).await.map_err(refused)?;
        change.commit().await.map_err(refused)
    }

    async fn issue(&self, mut key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
        let issued = issuing::forge(&key)?;
        let prefix = std::mem::take(&mut key.prefix);
        let owner = std::mem::take(&mut key.owner);
        let mut change = self.begin().await?;
        let owner = settle(&mut change, owner).await?;
        let key = issuing::summary(key, issued.id.clone(), owner, true, now);
        if issuing::principal::<P>(&key).is_none() {
            return Err(AdminError::MissingOwner);
        }
        let number = insert_key(&mut change, &key, &prefix).await?;
        let place = Place { realm: &key.realm, scheme: key.scheme, id: &key.id, number: 1 };
        self.insert_secret(&mut change, number, &place, &issued.secret).await?;
        change.commit().await.map_err(refused)?;
        Ok(issued)
    }

    async fn rotate(&self, key: &KeyRef, overlap: Duration, now: Timestamp) -> Result<IssuedKey, AdminError> {
        let mut change = self.begin().await?;
        let row = changeable(&mut change, key).await?;
        let scheme = row::scheme(column(&row, "scheme")?)?;
        let secret = issuing::fresh_secret(scheme, column(&row, "prefix")?)?;
        let number: i64 = column(&row, "number")?;

        let newest = "SELECT number, expires_at FROM key_secrets WHERE key = ? ORDER BY number DESC LIMIT 1";
        let newest = query(newest).bind(number).fetch_optional(&mut *change).await.map_err(refused)?;
        let newest = newest.ok_or(StoreError::Corrupt("a key without a secret"))?;
        let last: i64 = column(&newest, "number")?;
        let ends = [row::moment(&newest, "expires_at")?, row::moment(&row, "expires_at")?];
        let end = issuing::retired(now, overlap, ends).as_unix_micros();

        let drop_older =
            query("DELETE FROM key_secrets WHERE key = ? AND number < ?").bind(number).bind(last);
        drop_older.execute(&mut *change).await.map_err(refused)?;
        let retire = query("UPDATE key_secrets SET expires_at = ? WHERE key = ?").bind(end).bind(number);
        retire.execute(&mut *change).await.map_err(refused)?;
        let place = Place { realm: &key.realm, scheme, id: &key.id, number: last + 1 };
        self.insert_secret(&mut change, number, &place, &secret).await?;
        let touch = query("UPDATE keys SET epoch = epoch + 1 WHERE number = ?").bind(number);
        touch.execute(&mut *change).await.map_err(refused)?;
        change.commit().await.map_err(refused)?;
        Ok(IssuedKey { id: key.id.clone(), secret })
    }

    async fn revoke(&self, key: &KeyRef) -> Result<(), AdminError> {
        let mut change = self.begin().await?;
        match changeable(&mut change, key).await {
            Err(AdminError::Revoked) => return Ok(()),
            row => set_state(&mut change, &row?, KeyState::Revoked).await?,
        }
        change.commit().await.map_err(refused)
    }

    async fn set_enabled(&self, key: &KeyRef, enabled: Enabled) -> Result<(), AdminError> {
        let mut change = self.begin().await?;
        let row = changeable(&mut change, key).await?;
        set_state(&mut change, &row, enabled.into()).await?;
        change.commit().await.map_err(refused)
    }

    async fn assign_networks(&self, key: &KeyRef, networks: Networks) -> Result<(), AdminError> {
        let mut change = self.begin().await?;
        let number: i64 = column(&changeable(&mut change, key).await?, "number")?;
        let assign = query("UPDATE keys SET networks = ?, epoch = epoch + 1 WHERE number = ?");
        let assign = assign.bind(row::network_lines(&networks)).bind(number);
        assign.execute(&mut *change).await.map_err(refused)?;
        change.commit().await.map_err(refused)
    }

    async fn list(
        &self,
        realm: &Realm,
        after: Option<&KeyId>,
        limit: usize,
    ) -> Result<Vec<KeySummary>, AdminError> {
        let rows = query(select_keys!("", "keys k", "WHERE k.realm = ? AND k.id > ? ORDER BY k.id LIMIT ?"))
            .bind(realm.as_str())
            .bind(after.map_or("", KeyId::as_str))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await
            .map_err(refused)?;
        Ok(rows.iter().map(row::summary).collect::<Result<_, _>>()?)
    }
}

impl<P> SqliteKeyStore<P> {
    /// Keeps a secret: of an API key the digest, of a signing key the secret sealed.
    async fn insert_secret(
        &self,
        change: &mut SqliteConnection,
        key: i64,
        place: &Place<'_>,
        secret: &Secret,
    ) -> Result<(), AdminError> {
        let (mut digest, mut sealed) = (None, None);
        if place.scheme == Scheme::ApiKey {
            for known in self.hasher.digests(secret.expose()).as_slice() {
                let held = "SELECT 1 FROM key_secrets WHERE realm = ? AND digest = ?";
                let held = query(held).bind(place.realm.as_str()).bind(known.as_bytes().to_vec());
                if held.fetch_optional(&mut *change).await.map_err(refused)?.is_some() {
                    return Err(AdminError::Duplicate);
                }
            }
            digest = Some(self.hasher.digest(secret.expose()).as_bytes().to_vec());
        } else {
            sealed = Some(self.master.seal(secret, place)?);
        }
        query("INSERT INTO key_secrets (key, number, realm, digest, sealed) VALUES (?, ?, ?, ?, ?)")
            .bind(key)
            .bind(place.number)
            .bind(place.realm.as_str())
            .bind(digest)
            .bind(sealed)
            .execute(change)
            .await
            .map(drop)
            .map_err(refused)
    }
}

async fn insert_key(
    change: &mut SqliteConnection,
    key: &KeySummary,
    prefix: &str,
) -> Result<i64, AdminError> {
    let insert = query(
        "INSERT INTO keys (realm, id, scheme, user, account, site, label, prefix, scopes, entry_points, \
         networks, not_before, expires_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(key.realm.as_str())
    .bind(key.id.as_str())
    .bind(key.scheme.name())
    .bind(key.owner.user.as_ref().map(UserId::as_str))
    .bind(key.owner.account.as_ref().map(AccountId::as_str))
    .bind(key.owner.site.as_ref().map(SiteId::as_str))
    .bind(&key.label)
    .bind(prefix)
    .bind(key.scopes.to_string())
    .bind(row::entry_point_lines(&key.entry_points))
    .bind(row::network_lines(&key.networks))
    .bind(key.not_before.map(Timestamp::as_unix_micros))
    .bind(key.expires_at.map(Timestamp::as_unix_micros))
    .bind(key.created_at.as_unix_micros());
    Ok(insert.execute(change).await.map_err(refused)?.last_insert_rowid())
}

/// The key's row, for a change. None can be made to a key that was revoked.
pub(super) async fn changeable(change: &mut SqliteConnection, key: &KeyRef) -> Result<SqliteRow, AdminError> {
    let select = "SELECT number, scheme, prefix, state, expires_at FROM keys WHERE realm = ? AND id = ?";
    let select = query(select).bind(key.realm.as_str()).bind(key.id.as_str());
    let row = select.fetch_optional(change).await.map_err(refused)?.ok_or(AdminError::UnknownKey)?;
    match row::state(column(&row, "state")?)? {
        KeyState::Revoked => Err(AdminError::Revoked),
        KeyState::Enabled | KeyState::Disabled => Ok(row),
    }
}

async fn set_state(
    change: &mut SqliteConnection,
    row: &SqliteRow,
    state: KeyState,
) -> Result<(), AdminError> {
    query("UPDATE keys SET state = ?, epoch = epoch + 1 WHERE number = ?")
        .bind(row::state_name(state))
        .bind(column::<i64>(row, "number")?)
        .execute(change)
        .await
        .map(drop)
        .map_err(refused)
}

/// The owner as the database knows it. Whether it is active is asked when a key is found.
async fn settle(change: &mut SqliteConnection, given: KeyOwner) -> Result<KeyOwner, AdminError> {
    let (mut site, mut user) = (None, None);
    if let Some(id) = given.site.clone() {
        site = owner(change, &OwnerRef::Site(id)).await?;
    }
    if let Some(id) = given.user.clone() {
        user = owner(change, &OwnerRef::User(id)).await?;
    }
    if let Some(id) = given.account.clone() {
        owner(change, &OwnerRef::Account(id)).await?;
    }
    issuing::settle_owner(given, site, user)
}

/// The account of an owner that must be known.
async fn owner(change: &mut SqliteConnection, owner: &OwnerRef) -> Result<Option<AccountId>, AdminError> {
    let (select, id) = match owner {
        OwnerRef::User(id) => ("SELECT account FROM users WHERE id = ?", id.as_str()),
        OwnerRef::Account(id) => ("SELECT id AS account FROM accounts WHERE id = ?", id.as_str()),
        OwnerRef::Site(id) => ("SELECT account FROM sites WHERE id = ?", id.as_str()),
    };
    let row = query(select).bind(id).fetch_optional(change).await.map_err(refused)?;
    let row = row.ok_or(AdminError::UnknownOwner)?;
    Ok(column::<Option<&str>>(&row, "account")?.map(AccountId::from))
}

/// What the database refuses because it holds it already is a duplicate; anything else
/// is an outage.
pub(super) fn refused(error: sqlx::Error) -> AdminError {
    if error.as_database_error().is_some_and(|error| error.is_unique_violation()) {
        return AdminError::Duplicate;
    }
    StoreError::unavailable(error).into()
}
