//! Pages of keys in SQL.

use sqlx::QueryBuilder;

use super::Store;
use super::admin::refused;
use super::dialect::{Database, FIND, NEXT, NO_INDEX, USES};
use super::row::{self, list_keys, select_keys};
use super::search::Search;
use super::texts;
use crate::store::{
    AdminError, Direction, FromKey, KeyAdmin, KeyQuery, KeyRef, KeySort, KeyStatus, KeySummary, issuing,
};
use crate::{AccountId, KeyId, SiteId, Timestamp, UserId};

/// How many rows are read at once.
const ROWS: usize = 500;
/// How many keys are followed in their order before all are looked through: a row of the order is
/// somewhere in the table, and to read every one of them so takes far longer than to read the table.
const STEPS: usize = 2_000;

/// When a key was used that never was: before every other.
const NEVER: Timestamp = Timestamp::from_unix_micros(i64::MIN);
/// When a key ends that has no end: after every other.
const NO_END: Timestamp = Timestamp::from_unix_micros(i64::MAX);

/// Some owner of a key is switched off.
const SWITCHED_OFF: &str = "(k.user IN (SELECT id FROM users WHERE active = 0) \
     OR k.account IN (SELECT id FROM accounts WHERE active = 0) \
     OR k.site IN (SELECT id FROM sites WHERE active = 0))";
/// When a key ends, as the index of that order has it.
const END: &str = "coalesce(k.expires_at, 9223372036854775807)";

impl<P: FromKey> Store<P> {
    /// The database selects and sorts; what it gives is looked through once more, so that every
    /// store selects the same keys.
    pub(super) async fn page(&self, query: &KeyQuery, now: Timestamp) -> Result<Vec<KeySummary>, AdminError> {
        issuing::check_search(query)?;
        let search = Search::new(&self.pool, query).await?;
        let mut place = self.place(query).await?;
        let Some(search) = search else { return Ok(Vec::new()) };
        let mut page = Vec::new();
        while page.len() < query.limit {
            let limit = ROWS.min(query.limit - page.len());
            let rows = self.rows(query, now, &search, place.as_ref(), limit).await?;
            let ended = rows.len() < limit;
            place = rows.last().map(|key| Place::of(key, query.sort));
            page.extend(rows.into_iter().filter(|key| query.selects(key, now)));
            if ended {
                break;
            }
        }
        Ok(page)
    }

    /// Where the page begins.
    async fn place(&self, query: &KeyQuery) -> Result<Option<Place>, AdminError> {
        let Some(id) = &query.after else { return Ok(None) };
        if query.sort == KeySort::Id {
            texts::check_id(id.as_str())?;
            return Ok(Some(Place { value: None, id: id.clone() }));
        }
        let name = KeyRef { realm: query.realm.clone(), id: id.clone() };
        let key = self.find_key(&name).await?.ok_or(AdminError::UnknownKey)?;
        Ok(Some(Place::of(&key, query.sort)))
    }

    async fn rows(
        &self,
        query: &KeyQuery,
        now: Timestamp,
        search: &Search,
        place: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<KeySummary>, AdminError> {
        let filtered = KeyQuery { after: None, ..query.clone() };
        let filtered = filtered
            != KeyQuery::new(query.realm.clone())
                .with_limit(query.limit)
                .sorted_by(query.sort, query.direction);
        if !search.is_rare() {
            let steps = if filtered { STEPS.max(limit) } else { limit };
            let rows = self.select(query, now, search, place, limit, Way::Order(steps)).await?;
            if rows.len() == limit || !filtered {
                return Ok(rows);
            }
        }
        self.select(query, now, search, place, limit, Way::Table).await
    }

    async fn select(
        &self,
        query: &KeyQuery,
        now: Timestamp,
        search: &Search,
        place: Option<&Place>,
        limit: usize,
        way: Way,
    ) -> Result<Vec<KeySummary>, AdminError> {
        let order = Order::of(query.sort);
        // The numbers first, so that the rest is read of the keys of the page alone.
        let mut select =
            QueryBuilder::<Database>::new(list_keys!("WHERE k.number IN (SELECT k.number FROM "));
        texts::check_id(query.realm.as_str())?;
        if let Way::Order(steps) = way {
            select.push("(SELECT ").push(order.number).push(" AS number FROM ").push(order.alone);
            select.push(" WHERE ").push(order.realm).push(" = ").push_bind(query.realm.as_str());
            push_place(&mut select, &order, query.direction, place);
            order.push(&mut select, query.direction, "");
            select.push(" LIMIT ").push_bind(i64::try_from(steps).unwrap_or(i64::MAX));
            select.push(") n ").push(NEXT).push(" keys k ON k.number = n.number ");
            select.push(order.uses).push(" WHERE true");
        } else {
            // The index of an order helps only where moments of that order are asked for.
            let realm = if is_between(query) { "" } else { NO_INDEX };
            select.push("keys k ").push(order.uses).push(" WHERE ").push(realm).push("k.realm = ");
            select.push_bind(query.realm.as_str());
            push_place(&mut select, &order, query.direction, place);
        }
        push_owners(&mut select, query)?;
        push_facts(&mut select, query, way);
        push_status(&mut select, query.status, now);
        let each = matches!(way, Way::Order(_)) || is_narrow(query);
        search.push(&mut select, each);
        order.push(&mut select, query.direction, if let Way::Table = way { NO_INDEX } else { "" });
        select.push(" LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX)).push(")");
        order.push(&mut select, query.direction, "");
        let rows = select.build().fetch_all(&self.pool).await.map_err(refused)?;
        Ok(rows.iter().map(row::listed).collect::<Result<_, _>>()?)
    }
}

/// How keys are looked through.
#[derive(Clone, Copy)]
enum Way {
    /// The first so many of them in their order.
    Order(usize),
    /// All of them, by whatever index knows the fewest.
    Table,
}

/// A place in an order: what decides, and the id.
struct Place {
    value: Option<Value>,
    id: KeyId,
}

enum Value {
    Label(String),
    Moment(Timestamp),
}

impl Place {
    fn of(key: &KeySummary, sort: KeySort) -> Self {
        let value = match sort {
            KeySort::Id => None,
            KeySort::Label => Some(Value::Label(key.label.clone())),
            KeySort::Created => Some(Value::Moment(key.created_at)),
            KeySort::Renewed => Some(Value::Moment(key.renewed_at)),
            KeySort::Expires => Some(Value::Moment(key.expires_at.unwrap_or(NO_END))),
            KeySort::LastUsed => Some(Value::Moment(key.last_used.unwrap_or(NEVER))),
        };
        Self { value, id: key.id.clone() }
    }
}

/// How an index has the keys in an order.
struct Order {
    /// The table of the index, alone, and the number of a key there.
    alone: &'static str,
    number: &'static str,
    /// What joins that table to the keys, where it is another one.
    uses: &'static str,
    realm: &'static str,
    value: Option<&'static str>,
    id: &'static str,
}

impl Order {
    const fn of(sort: KeySort) -> Self {
        let value = match sort {
            KeySort::Id => None,
            KeySort::Label => Some("k.label"),
            KeySort::Created => Some("k.created_at"),
            KeySort::Renewed => Some("k.renewed_at"),
            KeySort::Expires => Some(END),
            KeySort::LastUsed => Some("w.used_at"),
        };
        if let KeySort::LastUsed = sort {
            let uses = USES;
            return Self { alone: "key_uses w", number: "w.key", uses, realm: "w.realm", value, id: "w.id" };
        }
        Self { alone: "keys k", number: "k.number", uses: "", realm: "k.realm", value, id: "k.id" }
    }

    fn push(&self, select: &mut QueryBuilder<Database>, direction: Direction, sign: &str) {
        let word = match direction {
            Direction::Ascending => "",
            Direction::Descending => " DESC",
        };
        select.push(" ORDER BY ");
        if let Some(value) = self.value {
            select.push(sign).push(value).push(word).push(", ");
        }
        select.push(sign).push(self.id).push(word);
    }
}

fn push_place(
    select: &mut QueryBuilder<Database>,
    order: &Order,
    direction: Direction,
    place: Option<&Place>,
) {
    let Some(place) = place else { return };
    let sign = match direction {
        Direction::Ascending => " > ",
        Direction::Descending => " < ",
    };
    match (order.value, &place.value) {
        (Some(column), Some(value)) => {
            select.push(" AND (").push(column).push(", ").push(order.id).push(")").push(sign).push("(");
            match value {
                Value::Label(label) => select.push_bind(label.clone()),
                Value::Moment(moment) => select.push_bind(moment.as_unix_micros()),
            };
            select.push(", ").push_bind(place.id.as_str().to_owned()).push(")");
        }
        _ => {
            select.push(" AND ").push(order.id).push(sign).push_bind(place.id.as_str().to_owned());
        }
    }
}

fn push_owners(select: &mut QueryBuilder<Database>, query: &KeyQuery) -> Result<(), AdminError> {
    let owners = [
        (" AND k.user = ", query.user.as_ref().map(UserId::as_str)),
        (" AND k.account = ", query.account.as_ref().map(AccountId::as_str)),
        (" AND k.site = ", query.site.as_ref().map(SiteId::as_str)),
    ];
    for (condition, text) in owners {
        if let Some(text) = text {
            texts::check_id(text)?;
            select.push(condition).push_bind(text.to_owned());
        }
    }
    Ok(())
}

/// Whether moments are asked for that an index has in order.
fn is_between(query: &KeyQuery) -> bool {
    query.renewed_before.is_some()
        || query.expires_before.is_some()
        || query.status == Some(KeyStatus::Expired)
}

/// Whether more is asked for than words, and likely few keys have it.
fn is_narrow(query: &KeyQuery) -> bool {
    query.user.is_some()
        || query.account.is_some()
        || query.site.is_some()
        || query.used == Some(false)
        || query.status.is_some_and(|status| status != KeyStatus::Active)
        || is_between(query)
}

fn push_facts(select: &mut QueryBuilder<Database>, query: &KeyQuery, way: Way) {
    if let Some(scheme) = query.scheme {
        select.push(" AND k.scheme = ").push_bind(scheme.name().to_owned());
    }
    if let (Some(false), Way::Table) = (query.used, way) {
        select.push(" AND k.number IN (SELECT v.key FROM key_uses v WHERE v.realm = ");
        select.push_bind(query.realm.as_str().to_owned()).push(" AND v.used_at = ");
        select.push_bind(NEVER.as_unix_micros()).push(")");
    } else if let Some(used) = query.used {
        select.push(if used { " AND " } else { " AND NOT " });
        select.push("EXISTS (SELECT 1 FROM key_uses v WHERE v.key = k.number AND v.used_at > ");
        select.push_bind(NEVER.as_unix_micros()).push(")");
    }
    if let Some(moment) = query.renewed_before {
        select.push(" AND k.renewed_at < ").push_bind(moment.as_unix_micros());
    }
    if let Some(moment) = query.expires_before {
        select.push(" AND ").push(END).push(" < ").push_bind(moment.as_unix_micros());
    }
    if let Some(part) = query.site_url.as_ref().filter(|part| texts::can_hold(part)) {
        select.push(" AND k.site IN (SELECT id FROM sites WHERE ").push(FIND).push("(lower(url), ");
        select.push_bind(part.to_ascii_lowercase()).push(") > 0)");
    }
}

fn push_status(select: &mut QueryBuilder<Database>, status: Option<KeyStatus>, now: Timestamp) {
    let Some(status) = status else { return };
    let state = match status {
        KeyStatus::Revoked => "revoked",
        KeyStatus::Disabled => "disabled",
        _ => "enabled",
    };
    select.push(" AND k.state = '").push(state).push("'");
    match status {
        KeyStatus::Revoked | KeyStatus::Disabled => return,
        KeyStatus::OwnerInactive => {
            select.push(" AND ").push(SWITCHED_OFF);
            return;
        }
        KeyStatus::Active | KeyStatus::NotYetValid | KeyStatus::Expired => {
            select.push(" AND NOT coalesce(").push(SWITCHED_OFF).push(", false)");
        }
    }
    let now = now.as_unix_micros();
    if status == KeyStatus::NotYetValid {
        select.push(" AND k.not_before > ").push_bind(now);
        return;
    }
    select.push(" AND (k.not_before IS NULL OR k.not_before <= ").push_bind(now).push(")");
    if status == KeyStatus::Expired {
        select.push(" AND k.expires_at IS NOT NULL AND ").push(END).push(" <= ").push_bind(now);
    } else {
        select.push(" AND (k.expires_at IS NULL OR k.expires_at > ").push_bind(now).push(")");
    }
}
