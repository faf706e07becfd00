//! Reading rows, in SQL. What cannot be read is an error, never absent.

use sqlx::{Decode, Row as _, Type};

use super::dialect::{Database, Row};
use crate::store::sealing::{MasterKey, SealedPlace};
use crate::store::{
    EntryPoints, KeyFormat, KeyHint, KeyOwner, KeyState, KeySummary, LiveSecret, Networks, OwnerLimits,
    Revoked, SignatureForms, StoreError, issuing,
};
use crate::{KeyId, Limits, Realm, Scheme, Scopes, Timestamp};

/// A query for keys, from its `FROM` on; each owner is joined.
macro_rules! select_keys {
    ($columns:literal, $from:literal, $rest:literal) => {
        concat!(
            "SELECT k.realm, k.id, k.scheme, k.user, k.account, k.site, k.label, k.scopes, k.entry_points, ",
            "k.networks, k.signature_forms, k.limits, k.state, k.not_before, k.expires_at, k.created_at, ",
            // A change of an owner is a change of its keys: each of these numbers only grows.
            "k.epoch + coalesce(u.epoch, 0) + coalesce(a.epoch, 0) + coalesce(s.epoch, 0) AS epoch, ",
            "u.active AS user_active, u.limits AS user_limits, a.active AS account_active, ",
            "a.limits AS account_limits, s.active AS site_active, s.limits AS site_limits",
            $columns,
            " FROM ",
            $from,
            " LEFT JOIN users u ON u.id = k.user LEFT JOIN accounts a ON a.id = k.account",
            " LEFT JOIN sites s ON s.id = k.site ",
            $rest
        )
    };
}

/// A query for all that lists say of keys, from its `WHERE` on.
macro_rules! list_keys {
    ($rest:literal) => {
        select_keys!(
            ", k.number, k.note, k.prefix, k.last_four, k.renewed_at, k.previous_until, k.revoked_at, k.revoked_reason, \
             s.url AS site_url, w.used_at",
            "keys k LEFT JOIN key_uses w ON w.key = k.number",
            $rest
        )
    };
}

pub(super) use {list_keys, select_keys};

/// A column, where it has the type that is asked for.
pub(super) fn column<'r, T>(row: &'r Row, name: &str) -> Result<T, StoreError>
where
    T: Decode<'r, Database> + Type<Database>,
{
    row.try_get(name).map_err(|error| StoreError::corrupt_with(format!("the column {name}"), error))
}

/// A moment, where there is one.
pub(super) fn moment(row: &Row, name: &str) -> Result<Option<Timestamp>, StoreError> {
    Ok(column::<Option<i64>>(row, name)?.map(Timestamp::from_unix_micros))
}

/// The key of a row of [`list_keys`].
pub(super) fn listed(row: &Row) -> Result<KeySummary, StoreError> {
    let mut key = summary(row)?;
    column::<&str>(row, "note")?.clone_into(&mut key.note);
    key.hint = issuing::kept_hint(column(row, "prefix")?, column(row, "last_four")?)?;
    key.site_url = column::<Option<&str>>(row, "site_url")?.map(str::to_owned);
    key.renewed_at = Timestamp::from_unix_micros(column(row, "renewed_at")?);
    key.previous_until = moment(row, "previous_until")?;
    // The least number is never: so that every key has a place in the order of last uses.
    key.last_used = moment(row, "used_at")?.filter(|used| used.as_unix_micros() > i64::MIN);
    let reason = column::<Option<&str>>(row, "revoked_reason")?;
    key.revoked = match (moment(row, "revoked_at")?, reason) {
        (Some(at), Some(reason)) => Some(Revoked { at, reason: reason.to_owned() }),
        (None, None) => None,
        _ => return Err(StoreError::corrupt("the revocation of a key")),
    };
    Ok(key)
}

/// The key of a row of [`select_keys`], without what lists alone say of it.
pub(super) fn summary(row: &Row) -> Result<KeySummary, StoreError> {
    let text = |name| column::<&str>(row, name);
    let created_at = Timestamp::from_unix_micros(column(row, "created_at")?);
    let (user, user_active) = owner(row, "user", "user_active")?;
    let (account, account_active) = owner(row, "account", "account_active")?;
    let (site, site_active) = owner(row, "site", "site_active")?;
    Ok(KeySummary {
        realm: Realm::from(text("realm")?),
        id: KeyId::from(text("id")?),
        scheme: scheme(text("scheme")?)?,
        hint: KeyHint::none(),
        owner: KeyOwner { user, account, site },
        label: text("label")?.to_owned(),
        note: String::new(),
        site_url: None,
        limits: limits(Some(text("limits")?))?,
        owner_limits: OwnerLimits {
            user: limits(column(row, "user_limits")?)?,
            account: limits(column(row, "account_limits")?)?,
            site: limits(column(row, "site_limits")?)?,
        },
        scopes: Scopes::parse(text("scopes")?)
            .map_err(|error| StoreError::corrupt_with("the scopes of a key", error))?,
        entry_points: entry_points(column(row, "entry_points")?)?,
        networks: networks(column(row, "networks")?)?,
        signature_forms: signature_forms(text("signature_forms")?)?,
        state: state(text("state")?)?,
        owner_active: user_active && account_active && site_active,
        not_before: moment(row, "not_before")?,
        expires_at: moment(row, "expires_at")?,
        created_at,
        renewed_at: created_at,
        previous_until: None,
        last_used: None,
        revoked: None,
    })
}

/// The format of the next secret of a key. A key from before there were formats has the one
/// that was meant then.
pub(super) fn format(row: &Row) -> Result<KeyFormat, StoreError> {
    let read = match column::<Option<&str>>(row, "format")? {
        Some(format) => format.parse(),
        None => KeyFormat::plain(column(row, "prefix")?, 40),
    };
    read.map_err(|error| StoreError::corrupt_with("the format of a key", error))
}

/// The forms of signature that a row names.
fn signature_forms(name: &str) -> Result<SignatureForms, StoreError> {
    SignatureForms::of_name(name).ok_or(StoreError::corrupt("the forms of signature of a key"))
}

/// The limits of a text that a row holds; no owner has none.
pub(super) fn limits(text: Option<&str>) -> Result<Limits, StoreError> {
    text.unwrap_or_default()
        .parse()
        .map_err(|error| StoreError::corrupt_with("the limits of a key or its owner", error))
}

/// The number of the last change of a key.
pub(super) fn epoch(row: &Row) -> Result<u64, StoreError> {
    u64::try_from(column::<i64>(row, "epoch")?)
        .map_err(|error| StoreError::corrupt_with("the epoch of a key", error))
}

pub(super) const SEALED: StoreError = StoreError::corrupt("a secret that the master key does not open");

/// The sealed secret of a row, opened.
pub(super) fn live_secret(row: &Row, key: &KeySummary, master: &MasterKey) -> Result<LiveSecret, StoreError> {
    let place =
        SealedPlace { realm: &key.realm, scheme: key.scheme, id: &key.id, number: column(row, "number")? };
    let sealed = column::<&[u8]>(row, "sealed")?;
    let secret = master.open(sealed, &place).ok_or(SEALED)?;
    Ok(LiveSecret::new(secret, moment(row, "secret_end")?))
}

/// The scheme of a name that a row holds.
pub(super) fn scheme(name: &str) -> Result<Scheme, StoreError> {
    Scheme::of_stored(name).ok_or(StoreError::corrupt("the scheme of a key"))
}

/// The state of a name that a row holds.
pub(super) fn state(name: &str) -> Result<KeyState, StoreError> {
    let known = [KeyState::Enabled, KeyState::Disabled, KeyState::Revoked];
    known
        .into_iter()
        .find(|state| state_name(*state) == name)
        .ok_or(StoreError::corrupt("the state of a key"))
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
fn owner<Id>(row: &Row, name: &str, active: &str) -> Result<(Option<Id>, bool), StoreError>
where
    Id: for<'a> From<&'a str>,
{
    match (column::<Option<&str>>(row, name)?, column::<Option<i64>>(row, active)?) {
        (None, _) => Ok((None, true)),
        (Some(id), Some(active)) => Ok((Some(Id::from(id)), active == 1)),
        (Some(_), None) => Err(StoreError::corrupt("the owner of a key")),
    }
}

/// The names, each followed by a line feed, so that a text that was cut off shows.
pub(super) fn entry_point_lines(entry_points: &EntryPoints) -> Option<String> {
    entry_points.names().map(|names| names.flat_map(|name| [name, "\n"]).collect())
}

fn entry_points(lines: Option<&str>) -> Result<EntryPoints, StoreError> {
    let Some(lines) = lines else { return Ok(EntryPoints::any()) };
    EntryPoints::only(lines.split_terminator('\n'))
        .ok()
        .filter(|_| lines.is_empty() || lines.ends_with('\n'))
        .ok_or(StoreError::corrupt("the entry points of a key"))
}

/// The networks, each behind its word and followed by a line feed.
pub(super) fn network_lines(networks: &Networks) -> Option<String> {
    let allowed = networks.allowed().iter().map(|network| format!("allow {network}\n"));
    let denied = networks.denied().iter().map(|network| format!("deny {network}\n"));
    (!networks.is_any()).then(|| allowed.chain(denied).collect())
}

/// No line is not no limit: that is null.
fn networks(lines: Option<&str>) -> Result<Networks, StoreError> {
    let Some(lines) = lines else { return Ok(Networks::any()) };
    let read = |networks: Networks, line: &str| match line.split_once(' ')? {
        ("allow", network) => networks.with_allowed([network]).ok(),
        ("deny", network) => networks.with_denied([network]).ok(),
        _ => None,
    };
    let whole = lines.strip_suffix('\n').ok_or(StoreError::corrupt("the networks of a key"))?;
    whole.split('\n').try_fold(Networks::any(), read).ok_or(StoreError::corrupt("the networks of a key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_points_are_read_as_they_are_written() {
        let only = |names: &[&str]| EntryPoints::only(names.iter().copied()).expect("names");
        for written in [EntryPoints::any(), only(&[]), only(&["a"]), only(&["/a/{id}", "b/{*rest}", "*"])] {
            let read = entry_points(entry_point_lines(&written).as_deref());
            assert_eq!(read.expect("readable"), written);
        }
        assert_eq!(entry_points(Some("api/hello/\n")).expect("readable"), only(&["api/hello/"]));
    }

    #[test]
    fn networks_are_read_as_they_are_written() {
        let allowed = Networks::any().with_allowed(["10.0.0.0/8", "::1"]).expect("networks");
        let denied = Networks::any().with_denied(["::/0"]).expect("networks");
        let both = allowed.clone().with_denied(["10.0.0.7"]).expect("networks");
        assert_eq!(
            network_lines(&both).as_deref(),
            Some("allow 10.0.0.0/8\nallow ::1/128\ndeny 10.0.0.7/32\n")
        );
        for written in [Networks::any(), allowed, denied, both] {
            assert_eq!(networks(network_lines(&written).as_deref()).expect("readable"), written);
        }
        for bad in ["", "\n", "allow ::1", "allow ::1\n\n", "allow\n", "permit ::1\n", "allow 10.0.0.7/8\n"] {
            assert!(networks(Some(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_that_no_row_may_hold_are_errors() {
        assert!(scheme("jwt").is_err() && state("Enabled").is_err());
        for bad in ["/cut-off", "two words\n", "\n", "a\n\n"] {
            assert!(entry_points(Some(bad)).is_err(), "{bad:?}");
        }
    }
}
