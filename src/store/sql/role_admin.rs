//! Groups, roles and privileges in SQL: each change is one transaction.

use sqlx::query;

use super::Store;
use super::admin::refused;
use super::dialect::Connection;
use super::roles::privilege;
use super::row::column;
use super::texts::{self, can_hold};
use crate::store::roles::check_name;
use crate::store::{
    AdminError, Change, FromKey, GroupSummary, Privilege, RoleAdmin, RoleSummary, StoreError,
};
use crate::{GroupId, RoleId, Scope, Scopes, UserId};

/// Something that a change names, and that must be known.
#[derive(Clone, Copy)]
enum Named<'a> {
    User(&'a UserId),
    Group(&'a GroupId),
    Role(&'a RoleId),
    Privilege(&'a Scope),
}

impl<'a> Named<'a> {
    const fn select(self) -> &'static str {
        match self {
            Self::User(_) => "SELECT 1 FROM users WHERE id = $1",
            Self::Group(_) => "SELECT 1 FROM groups WHERE id = $1",
            Self::Role(_) => "SELECT 1 FROM roles WHERE id = $1",
            Self::Privilege(_) => "SELECT 1 FROM privileges WHERE name = $1",
        }
    }

    /// What holds its name: what points at it, and in the end itself.
    const fn rows(self) -> &'static [&'static str] {
        match self {
            // A user is switched off, not deleted.
            Self::User(_) => &[],
            Self::Group(_) => &[
                "DELETE FROM group_users WHERE group_id = $1",
                "DELETE FROM group_roles WHERE group_id = $1",
                "DELETE FROM groups WHERE id = $1",
            ],
            Self::Role(_) => &[
                "DELETE FROM group_roles WHERE role = $1",
                "DELETE FROM role_privileges WHERE role = $1",
                "DELETE FROM roles WHERE id = $1",
            ],
            Self::Privilege(_) => &[
                "DELETE FROM role_privileges WHERE privilege = $1",
                "DELETE FROM privileges WHERE name = $1",
            ],
        }
    }

    const fn unknown(self) -> AdminError {
        match self {
            Self::User(_) => AdminError::UnknownOwner,
            Self::Group(_) => AdminError::UnknownGroup,
            Self::Role(_) => AdminError::UnknownRole,
            Self::Privilege(_) => AdminError::UnknownPrivilege,
        }
    }

    fn text(self) -> &'a str {
        match self {
            Self::User(id) => id.as_str(),
            Self::Group(id) => id.as_str(),
            Self::Role(id) => id.as_str(),
            Self::Privilege(name) => name.as_str(),
        }
    }

    async fn check(self, connection: &mut Connection) -> Result<(), AdminError> {
        if !can_hold(self.text()) {
            return Err(self.unknown());
        }
        let found = query(self.select()).bind(self.text()).fetch_optional(connection).await;
        found.map_err(refused)?.map(drop).ok_or(self.unknown())
    }
}

impl<P> Store<P> {
    /// Keeps something new.
    async fn add(&self, statement: &'static str, texts: &[&str]) -> Result<(), AdminError> {
        let mut change = self.begin().await?;
        let insert = texts.iter().fold(query(statement), |insert, text| insert.bind(*text));
        insert.execute(&mut *change).await.map_err(refused)?;
        change.commit(Change::Roles).await
    }

    /// Makes or ends a relation of two that are known.
    async fn relate(&self, statement: &'static str, pair: [Named<'_>; 2]) -> Result<(), AdminError> {
        let mut change = self.begin().await?;
        let mut relation = query(statement);
        for named in pair {
            named.check(&mut change).await?;
            relation = relation.bind(named.text());
        }
        let related = relation.execute(&mut *change).await.map_err(refused)?;
        if related.rows_affected() == 0 {
            return Ok(());
        }
        change.commit(Change::Roles).await
    }

    async fn delete(&self, named: Named<'_>) -> Result<(), AdminError> {
        let mut change = self.begin().await?;
        named.check(&mut change).await?;
        for statement in named.rows() {
            query(*statement).bind(named.text()).execute(&mut *change).await.map_err(refused)?;
        }
        change.commit(Change::Roles).await
    }
}

impl<P: FromKey> RoleAdmin for Store<P> {
    async fn add_group(&self, group: &GroupId) -> Result<(), AdminError> {
        check_name(group.as_str())?;
        self.add("INSERT INTO groups (id) VALUES ($1)", &[group.as_str()]).await
    }

    async fn add_role(&self, role: &RoleId) -> Result<(), AdminError> {
        check_name(role.as_str())?;
        self.add("INSERT INTO roles (id) VALUES ($1)", &[role.as_str()]).await
    }

    async fn add_privilege(&self, privilege: &Privilege) -> Result<(), AdminError> {
        let insert = "INSERT INTO privileges (name, label) VALUES ($1, $2)";
        self.add(insert, &[privilege.name().as_str(), privilege.label()]).await
    }

    async fn remove_group(&self, group: &GroupId) -> Result<(), AdminError> {
        self.delete(Named::Group(group)).await
    }

    async fn remove_role(&self, role: &RoleId) -> Result<(), AdminError> {
        self.delete(Named::Role(role)).await
    }

    async fn remove_privilege(&self, privilege: &Scope) -> Result<(), AdminError> {
        self.delete(Named::Privilege(privilege)).await
    }

    async fn add_user_to_group(&self, user: &UserId, group: &GroupId) -> Result<(), AdminError> {
        let insert = "INSERT INTO group_users (\"user\", group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.relate(insert, [Named::User(user), Named::Group(group)]).await
    }

    async fn remove_user_from_group(&self, user: &UserId, group: &GroupId) -> Result<(), AdminError> {
        let delete = "DELETE FROM group_users WHERE \"user\" = $1 AND group_id = $2";
        self.relate(delete, [Named::User(user), Named::Group(group)]).await
    }

    async fn give_role_to_group(&self, role: &RoleId, group: &GroupId) -> Result<(), AdminError> {
        let insert = "INSERT INTO group_roles (role, group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.relate(insert, [Named::Role(role), Named::Group(group)]).await
    }

    async fn take_role_from_group(&self, role: &RoleId, group: &GroupId) -> Result<(), AdminError> {
        let delete = "DELETE FROM group_roles WHERE role = $1 AND group_id = $2";
        self.relate(delete, [Named::Role(role), Named::Group(group)]).await
    }

    async fn give_privilege_to_role(&self, privilege: &Scope, role: &RoleId) -> Result<(), AdminError> {
        let insert = "INSERT INTO role_privileges (privilege, role) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.relate(insert, [Named::Privilege(privilege), Named::Role(role)]).await
    }

    async fn take_privilege_from_role(&self, privilege: &Scope, role: &RoleId) -> Result<(), AdminError> {
        let delete = "DELETE FROM role_privileges WHERE privilege = $1 AND role = $2";
        self.relate(delete, [Named::Privilege(privilege), Named::Role(role)]).await
    }

    async fn list_groups(&self) -> Result<Vec<GroupSummary>, AdminError> {
        let select = "SELECT g.id, h.role FROM groups g LEFT JOIN group_roles h ON h.group_id = g.id \
                      ORDER BY g.id, h.role";
        let rows = query(select).fetch_all(&self.pool).await.map_err(refused)?;
        let mut groups = Vec::<GroupSummary>::new();
        for row in &rows {
            let id: &str = column(row, "id")?;
            let role = column::<Option<&str>>(row, "role")?.map(RoleId::from);
            match groups.last_mut().filter(|last| last.id.as_str() == id) {
                Some(last) => last.roles.extend(role),
                None => {
                    groups.push(GroupSummary { id: GroupId::from(id), roles: role.into_iter().collect() })
                }
            }
        }
        Ok(groups)
    }

    async fn list_roles(&self) -> Result<Vec<RoleSummary>, AdminError> {
        let select = "SELECT r.id, x.privilege FROM roles r LEFT JOIN role_privileges x ON x.role = r.id \
                      ORDER BY r.id";
        let rows = query(select).fetch_all(&self.pool).await.map_err(refused)?;
        let mut roles = Vec::<(&str, Vec<Scope>)>::new();
        for row in &rows {
            let id = column(row, "id")?;
            let held = column::<Option<&str>>(row, "privilege")?.map(privilege).transpose()?;
            match roles.last_mut().filter(|(last, _)| *last == id) {
                Some((_, privileges)) => privileges.extend(held),
                None => roles.push((id, held.into_iter().collect())),
            }
        }
        let line =
            |(id, held)| RoleSummary { id: RoleId::from(id), privileges: Scopes::from_iter::<Vec<_>>(held) };
        Ok(roles.into_iter().map(line).collect())
    }

    async fn list_privileges(&self) -> Result<Vec<Privilege>, AdminError> {
        let select = query("SELECT name, label FROM privileges ORDER BY name");
        let rows = select.fetch_all(&self.pool).await.map_err(refused)?;
        let line = |row| {
            let known = Privilege::new(privilege(column(row, "name")?)?).with_label(column(row, "label")?);
            known.map_err(|error| StoreError::corrupt_with("the label of a privilege", error))
        };
        Ok(rows.iter().map(line).collect::<Result<_, _>>()?)
    }

    async fn list_groups_of_user(&self, user: &UserId) -> Result<Vec<GroupId>, AdminError> {
        let mut connection = self.pool.acquire().await.map_err(refused)?;
        Named::User(user).check(&mut connection).await?;
        let select = query("SELECT group_id FROM group_users WHERE \"user\" = $1 ORDER BY group_id");
        let rows = select.bind(user.as_str()).fetch_all(&mut *connection).await.map_err(refused)?;
        let groups = rows.iter().map(|row| column::<&str>(row, "group_id").map(GroupId::from));
        Ok(groups.collect::<Result<_, _>>()?)
    }

    async fn list_users_of_group(
        &self,
        group: &GroupId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, AdminError> {
        let mut connection = self.pool.acquire().await.map_err(refused)?;
        Named::Group(group).check(&mut connection).await?;
        texts::check_id(after.map_or("", UserId::as_str))?;
        let select = match after {
            Some(_) => {
                "SELECT m.user FROM group_users m WHERE m.group_id = $1 AND m.user > $2 \
                 ORDER BY m.user LIMIT $3"
            }
            None => {
                "SELECT m.user FROM group_users m WHERE m.group_id = $1 AND m.user >= $2 \
                 ORDER BY m.user LIMIT $3"
            }
        };
        let rows = query(select)
            .bind(group.as_str())
            .bind(after.map_or("", UserId::as_str))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&mut *connection)
            .await
            .map_err(refused)?;
        let users = rows.iter().map(|row| column::<&str>(row, "user").map(UserId::from));
        Ok(users.collect::<Result<_, _>>()?)
    }
}
