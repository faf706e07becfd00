//! Finding what users may do, in SQL: one statement, so that no change can come between.

use sqlx::query;

use super::Store;
use super::row::column;
use super::texts::can_hold;
use crate::store::{FromKey, RoleStore, StoreError, UserRights};
use crate::{Scope, Scopes};

/// A row for each privilege, and one for a user without any. A name that leads nowhere is
/// damage: without the last column, a group that is gone would still give its roles.
const RIGHTS: &str = "SELECT u.active = 1 AND coalesce(a.active, 1) = 1 AS active, p.name, \
     u.account IS DISTINCT FROM a.id OR m.group_id IS DISTINCT FROM g.id \
     OR h.role IS DISTINCT FROM r.id OR x.privilege IS DISTINCT FROM p.name AS damaged \
     FROM users u LEFT JOIN accounts a ON a.id = u.account \
     LEFT JOIN group_users m ON m.user = u.id LEFT JOIN groups g ON g.id = m.group_id \
     LEFT JOIN group_roles h ON h.group_id = m.group_id LEFT JOIN roles r ON r.id = h.role \
     LEFT JOIN role_privileges x ON x.role = h.role LEFT JOIN privileges p ON p.name = x.privilege \
     WHERE u.id = $1";

impl<P: FromKey> RoleStore for Store<P> {
    async fn rights_of(&self, user: &str) -> Result<Option<UserRights>, StoreError> {
        if !can_hold(user) {
            return Ok(None);
        }
        let rows = query(RIGHTS).bind(user).fetch_all(&self.pool).await.map_err(StoreError::unavailable)?;
        let Some(first) = rows.first() else { return Ok(None) };
        let active = column::<bool>(first, "active")?;
        let mut privileges = Vec::with_capacity(rows.len());
        for row in &rows {
            if column(row, "damaged")? {
                return Err(StoreError::corrupt("the groups and roles of a user"));
            }
            privileges.extend(column::<Option<&str>>(row, "name")?.map(privilege).transpose()?);
        }
        Ok(Some(match active {
            true => UserRights::Active(Scopes::from_iter(privileges)),
            false => UserRights::Inactive,
        }))
    }
}

/// The name of a privilege that a row holds.
pub(super) fn privilege(name: &str) -> Result<Scope, StoreError> {
    Scope::new(name).map_err(|error| StoreError::corrupt_with("the name of a privilege", error))
}
