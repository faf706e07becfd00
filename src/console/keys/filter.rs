//! Which keys the list shows, and in which order.

use maud::{Markup, html};

use super::light::Light;
use super::realm;
use crate::Scheme;
use crate::console::form::Fields;
use crate::console::reply::Failure;
use crate::console::visit::Visit;
use crate::store::{Direction, KeyQuery, KeySort, KeyStatus};

/// How many keys a page has.
pub(super) const PAGE: usize = 50;

/// The schemes of stored keys.
pub(super) const SCHEMES: [Scheme; 5] =
    [Scheme::ApiKey, Scheme::QuerySignature, Scheme::XAuth, Scheme::SigV4, Scheme::MessageSignature];

/// The question to the store.
pub(super) fn query(visit: &Visit) -> Result<KeyQuery, Failure> {
    let (fields, settings, now) = (&visit.query, &visit.shared.settings, visit.now);
    // One more shows whether there is another page.
    let mut query = KeyQuery::new(realm(fields, settings)?).with_limit(PAGE + 1);
    query.after = fields.text("after").map(Into::into);
    query.user = fields.text("user").map(Into::into);
    query.account = fields.text("account").map(Into::into);
    query.site = fields.text("site").map(Into::into);
    query.search = fields.text("q").map(Into::into);
    if let Some(word) = fields.text("scheme") {
        let scheme = SCHEMES.into_iter().find(|scheme| scheme.name() == word);
        query.scheme = Some(scheme.ok_or(Failure::Unknown("scheme"))?);
    }
    if let Some((sort, direction)) = order(fields)? {
        query = query.sorted_by(sort, direction);
    }
    if let Some(word) = fields.text("status") {
        let light = Light::ALL.into_iter().find(|light| light.word() == word);
        query = match light.ok_or(Failure::Unknown("status"))? {
            Light::Active => query.with_status(KeyStatus::Active),
            Light::NeverUsed => query.with_status(KeyStatus::Active).never_used(),
            Light::Expiring => query
                .with_status(KeyStatus::Active)
                .expires_before(now.saturating_add(settings.expiry_notice)),
            Light::NotYetValid => query.with_status(KeyStatus::NotYetValid),
            Light::Disabled => query.with_status(KeyStatus::Disabled),
            Light::OwnerInactive => query.with_status(KeyStatus::OwnerInactive),
            Light::Expired => query.with_status(KeyStatus::Expired),
            Light::Revoked => query.with_status(KeyStatus::Revoked),
        };
    }
    if fields.is_set("due") {
        query = query.renewed_before(now.saturating_sub(settings.renewal));
    }
    Ok(query)
}

/// The columns that the list can be in the order of: the word in a link, and the direction that
/// is asked for first.
const SORTS: [(&str, KeySort, Direction); 6] = [
    ("id", KeySort::Id, Direction::Ascending),
    ("label", KeySort::Label, Direction::Ascending),
    ("created", KeySort::Created, Direction::Descending),
    ("used", KeySort::LastUsed, Direction::Descending),
    ("renewed", KeySort::Renewed, Direction::Ascending),
    ("expires", KeySort::Expires, Direction::Ascending),
];

const UP: &str = "up";
const DOWN: &str = "down";

/// The order that fields ask for.
fn order(fields: &Fields) -> Result<Option<(KeySort, Direction)>, Failure> {
    let Some(word) = fields.text("sort") else { return Ok(None) };
    let known = SORTS.into_iter().find(|(held, _, _)| *held == word);
    let (_, sort, first) = known.ok_or(Failure::Unknown("order"))?;
    let direction = match fields.text("dir") {
        None => first,
        Some(UP) => Direction::Ascending,
        Some(DOWN) => Direction::Descending,
        Some(_) => return Err(Failure::Unknown("order")),
    };
    Ok(Some((sort, direction)))
}

/// The head of a column that the list can be in the order of; a second click turns it round.
pub(super) fn head(visit: &Visit, words: &str, word: &str) -> Markup {
    let now = visit.query.text("sort").unwrap_or("id");
    let is_down = |direction: &Direction| *direction == Direction::Descending;
    let first = SORTS.iter().find(|(held, _, _)| *held == word).map(|(_, _, first)| is_down(first));
    let down = match visit.query.text("dir") {
        Some(direction) => direction == DOWN,
        None => first.unwrap_or_default(),
    };
    let (sorted, next) = match (now == word, down) {
        (true, true) => (Some("descending"), UP),
        (true, false) => (Some("ascending"), DOWN),
        (false, _) => (None, if first.unwrap_or_default() { DOWN } else { UP }),
    };
    let rest = visit.query.query_without(&["sort", "dir", "after", "done"]);
    let rest = if rest.is_empty() { rest } else { format!("{rest}&") };
    html! {
        th scope="col" aria-sort=[sorted] {
            a href=(visit.link(&format!("/?{rest}sort={word}&dir={next}"))) { (words) }
            @match sorted { Some("descending") => " ▼", Some(_) => " ▲", None => "" }
        }
    }
}

/// The form above the list.
pub(super) fn form(visit: &Visit) -> Markup {
    let (fields, settings) = (&visit.query, &visit.shared.settings);
    let text = |name| fields.text(name).unwrap_or_default();
    html! {
        form.panel role="search" method="get" action=(visit.link("/")) data-at-once {
            div.row {
                div { label for="q" { "Search" } input #q type="search" name="q" value=(text("q")) aria-describedby="q-hint"; }
                div {
                    label for="status" { "Status" }
                    select #status name="status" {
                        option value="" { "Any" }
                        @for light in Light::ALL {
                            option value=(light.word()) selected[text("status") == light.word()] { (light.words()) }
                        }
                    }
                }
                div {
                    label for="scheme" { "Scheme" }
                    select #scheme name="scheme" {
                        option value="" { "Any" }
                        @for scheme in SCHEMES {
                            option value=(scheme.name()) selected[text("scheme") == scheme.name()] { (scheme.name()) }
                        }
                    }
                }
                @if settings.realms.len() > 1 {
                    div {
                        label for="realm" { "Realm" }
                        select #realm name="realm" {
                            @for realm in &settings.realms {
                                option value=(realm) selected[text("realm") == realm.as_str()] { (realm) }
                            }
                        }
                    }
                }
                div { label.tick { input type="checkbox" name="due" value="1" checked[fields.is_set("due")]; "Due for renewal" } }
                @for name in ["user", "account", "site", "sort", "dir"] {
                    @if let Some(value) = fields.text(name) { input type="hidden" name=(name) value=(value); }
                }
                div { button type="submit" { "Show" } }
                div { a.button.quiet href=(visit.link("/")) { "Clear" } }
            }
            p #q-hint.hint { "Part of an id, label, user, account, site, URL, or of what is shown of the key." }
        }
    }
}
