//! Reading rows. What cannot be read is an error, never absent.

use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

use super::master::{MasterKey, Place};
use crate::store::{EntryPoints, KeyOwner, KeyState, KeySummary, LiveSecret, StoreError};
use crate::{KeyId, Realm, Scheme, Scopes, Timestamp};

/// A query for keys, from its `FROM` on; each owner is joined.
macro_rules! select_keys {
    ($columns:literal, $from:literal, $rest:literal) => {
        concat!(
            "SELECT k.realm, k.id, k.scheme, k.user, k.account, k.site, k.label, k.scopes, k.entry_points, ",
            "k.state, k.not_before, k.expires_at, k.created_at, k.epoch, u.active AS user_active, ",
            "a.active AS account_active, s.active AS site_active",
            $columns,
            " FROM ",
            $from,
            " LEFT JOIN users u ON u.id = k.user LEFT JOIN accounts a ON a.id = k.account",
            " LEFT JOIN sites s ON s.id = k.site ",
            $rest
        )
    };
}

pub(super) use select_keys;

/// A column, where it has the type that is asked for.
pub(super) fn column<'r, T>(row: &'r SqliteRow, name: &str) -> Result<T, StoreError>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
{
    row.try_get(name).map_err(|_| StoreError::Corrupt("a column"))
}

/// A moment, where there is one.
pub(super) fn moment(row: &SqliteRow, name: &str) -> Result<Option<Timestamp>, StoreError> {
    Ok(column::<Option<i64>>(row, name)?.map(Timestamp::from_unix_micros))
}

/// The key of a row of [`select_keys`].
pub(super) fn summary(row: &SqliteRow) -> Result<KeySummary, StoreError> {
    let text = |name| column::<&str>(row, name);
    let (user, user_active) = owner(row, "user", "user_active")?;
    let (account, account_active) = owner(row, "account", "account_active")?;
    let (site, site_active) = owner(row, "site", "site_active")?;
    Ok(KeySummary {
        realm: Realm::from(text("realm")?),
        id: KeyId::from(text("id")?),
        scheme: scheme(text("scheme")?)?,
        owner: KeyOwner { user, account, site },
        label: text("label")?.to_owned(),
        scopes: Scopes::parse(text("scopes")?).map_err(|_| StoreError::Corrupt("the scopes of a key"))?,
        entry_points: entry_points(column(row, "entry_points")?)?,
        state: state(text("state")?)?,
        owner_active: user_active && account_active && site_active,
        not_before: moment(row, "not_before")?,
        expires_at: moment(row, "expires_at")?,
        created_at: Timestamp::from_unix_micros(column(row, "created_at")?),
    })
}

/// The number of the last change.
pub(super) fn epoch(row: &SqliteRow) -> Result<u64, StoreError> {
    u64::try_from(column::<i64>(row, "epoch")?).map_err(|_| StoreError::Corrupt("the epoch of a key"))
}

/// The sealed secret of a row, opened.
pub(super) fn live_secret(
    row: &SqliteRow,
    key: &KeySummary,
    master: &MasterKey,
) -> Result<LiveSecret, StoreError> {
    let place = Place { realm: &key.realm, scheme: key.scheme, id: &key.id, number: column(row, "number")? };
    let sealed = column::<&[u8]>(row, "sealed")?;
    let secret = master.open(sealed, &place).ok_or(StoreError::Corrupt("a sealed secret"))?;
    Ok(LiveSecret::new(secret, moment(row, "secret_end")?))
}

/// The scheme of a name that a row holds.
pub(super) fn scheme(name: &str) -> Result<Scheme, StoreError> {
    let known = [Scheme::ApiKey, Scheme::QuerySignature, Scheme::XAuth];
    known.into_iter().find(|scheme| scheme.name() == name).ok_or(StoreError::Corrupt("the scheme of a key"))
}

/// The state of a name that a row holds.
pub(super) fn state(name: &str) -> Result<KeyState, StoreError> {
    let known = [KeyState::Enabled, KeyState::Disabled, KeyState::Revoked];
    known
        .into_iter()
        .find(|state| state_name(*state) == name)
        .ok_or(StoreError::Corrupt("the state of a key"))
}

/// How a row writes a state.
pub(super) const fn state_name(state: KeyState) -> &'static str {
    match state {
        KeyState::Enabled => "enabled",
        KeyState::Disabled => "disabled",
        KeyState::Revoked => "revoked",
    }
}

/// One part of the owner, and whether it is active. No part is in nobody's way; one that
/// is named must be there.
fn owner<Id>(row: &SqliteRow, name: &str, active: &str) -> Result<(Option<Id>, bool), StoreError>
where
    Id: for<'a> From<&'a str>,
{
    match (column::<Option<&str>>(row, name)?, column::<Option<i64>>(row, active)?) {
        (None, _) => Ok((None, true)),
        (Some(id), Some(active)) => Ok((Some(Id::from(id)), active == 1)),
        (Some(_), None) => Err(StoreError::Corrupt("the owner of a key")),
    }
}

/// The patterns, each followed by a line feed, so that no pattern and one that is empty
/// are told apart.
pub(super) fn entry_point_lines(entry_points: &EntryPoints) -> Option<String> {
    entry_points.patterns().map(|patterns| patterns.flat_map(|pattern| [pattern, "\n"]).collect())
}

fn entry_points(lines: Option<&str>) -> Result<EntryPoints, StoreError> {
    let Some(lines) = lines else { return Ok(EntryPoints::any()) };
    EntryPoints::only(lines.split_terminator('\n'))
        .ok()
        .filter(|_| lines.is_empty() || lines.ends_with('\n'))
        .ok_or(StoreError::Corrupt("the entry points of a key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_points_are_read_as_they_are_written() {
        let only = |patterns: &[&str]| EntryPoints::only(patterns.iter().copied()).expect("patterns");
        for written in
            [EntryPoints::any(), only(&[]), only(&[""]), only(&["", ""]), only(&["/a/{id}", "b/{*rest}"])]
        {
            let read = entry_points(entry_point_lines(&written).as_deref());
            assert_eq!(read.expect("readable"), written);
        }
    }

    #[test]
    fn names_that_no_row_may_hold_are_errors() {
        assert!(scheme("jwt").is_err() && state("Enabled").is_err());
        assert!(entry_points(Some("/cut off")).is_err() && entry_points(Some("/{")).is_err());
    }
}
