//! Owners of keys in SQL.

use sqlx::query;
use sqlx::query::Query;

use super::Store;
use super::admin::refused;
use super::dialect::{Database, Row};
use super::entries::owner;
use super::row::{self, column};
use super::texts::{self, can_hold};
use crate::store::{AdminError, Change, Enabled, OwnerKind, OwnerRef, OwnerSummary, StoreError, issuing};
use crate::{AccountId, Limits, SiteId, UserId};

/// A statement that changes an owner and its epoch; its last parameter is the id.
type Statement = Query<'static, Database, <Database as sqlx::Database>::Arguments>;

impl<P> Store<P> {
    /// Makes an owner known, active.
    pub(super) async fn add_owner(
        &self,
        new: OwnerRef,
        account: Option<&AccountId>,
    ) -> Result<(), AdminError> {
        issuing::check_owner(new.id())?;
        let mut change = self.begin().await?;
        if let Some(account) = account {
            owner(&mut change, &OwnerRef::Account(account.clone())).await?;
        }
        let insert = match new.kind() {
            OwnerKind::Account => query("INSERT INTO accounts (id) VALUES ($1)").bind(new.id()),
            OwnerKind::User => query("INSERT INTO users (id, account) VALUES ($1, $2)")
                .bind(new.id())
                .bind(account.map(AccountId::as_str)),
            OwnerKind::Site => query("INSERT INTO sites (id, account) VALUES ($1, $2)")
                .bind(new.id())
                .bind(account.map(AccountId::as_str)),
        };
        insert.execute(&mut *change).await.map_err(refused)?;
        change.commit(Change::Owner(new)).await
    }

    pub(super) async fn switch_owner(&self, owner: &OwnerRef, active: Enabled) -> Result<(), AdminError> {
        let switch = query(match owner.kind() {
            OwnerKind::User => "UPDATE users SET active = $1, epoch = epoch + 1 WHERE id = $2",
            OwnerKind::Account => "UPDATE accounts SET active = $1, epoch = epoch + 1 WHERE id = $2",
            OwnerKind::Site => "UPDATE sites SET active = $1, epoch = epoch + 1 WHERE id = $2",
        });
        self.edit_owner(owner, switch.bind(i64::from(active == Enabled::Yes))).await
    }

    pub(super) async fn limit_owner(&self, owner: &OwnerRef, limits: &Limits) -> Result<(), AdminError> {
        let limit = query(match owner.kind() {
            OwnerKind::User => "UPDATE users SET limits = $1, epoch = epoch + 1 WHERE id = $2",
            OwnerKind::Account => "UPDATE accounts SET limits = $1, epoch = epoch + 1 WHERE id = $2",
            OwnerKind::Site => "UPDATE sites SET limits = $1, epoch = epoch + 1 WHERE id = $2",
        });
        self.edit_owner(owner, limit.bind(limits.to_string())).await
    }

    /// Changes an owner, and with it every key that it is behind: the statement counts in the
    /// owner's epoch, which is part of theirs.
    pub(super) async fn edit_owner(&self, owner: &OwnerRef, edit: Statement) -> Result<(), AdminError> {
        if !can_hold(owner.id()) {
            return Err(AdminError::UnknownOwner);
        }
        let mut change = self.begin().await?;
        let edited = edit.bind(owner.id().to_owned()).execute(&mut *change).await.map_err(refused)?;
        if edited.rows_affected() == 0 {
            return Err(AdminError::UnknownOwner);
        }
        change.commit(Change::Owner(owner.clone())).await
    }

    pub(super) async fn owners(
        &self,
        kind: OwnerKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<OwnerSummary>, AdminError> {
        // No id is empty: every one is behind the empty text.
        let after = after.unwrap_or_default();
        texts::check_id(after)?;
        let select = query(match kind {
            OwnerKind::User => {
                "SELECT id, account, active, NULL AS url, limits FROM users \
                 WHERE id > $1 ORDER BY id LIMIT $2"
            }
            OwnerKind::Account => {
                "SELECT id, NULL AS account, active, NULL AS url, limits FROM accounts \
                 WHERE id > $1 ORDER BY id LIMIT $2"
            }
            OwnerKind::Site => {
                "SELECT id, account, active, url, limits FROM sites WHERE id > $1 ORDER BY id LIMIT $2"
            }
        });
        let select = select.bind(after).bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = select.fetch_all(&self.pool).await.map_err(refused)?;
        Ok(rows.iter().map(|row| line(kind, row)).collect::<Result<_, _>>()?)
    }
}

fn line(kind: OwnerKind, row: &Row) -> Result<OwnerSummary, StoreError> {
    let id: &str = column(row, "id")?;
    Ok(OwnerSummary {
        owner: match kind {
            OwnerKind::User => OwnerRef::User(UserId::from(id)),
            OwnerKind::Account => OwnerRef::Account(AccountId::from(id)),
            OwnerKind::Site => OwnerRef::Site(SiteId::from(id)),
        },
        account: column::<Option<&str>>(row, "account")?.map(AccountId::from),
        // Whatever is damaged is off.
        active: if column::<i64>(row, "active")? == 1 { Enabled::Yes } else { Enabled::No },
        url: column::<Option<&str>>(row, "url")?.map(str::to_owned),
        limits: row::limits(Some(column(row, "limits")?))?,
    })
}
