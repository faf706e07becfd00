//! The list of events.

use maud::{Markup, html};

use super::facts::{Facts, NamedKey, Place};
use super::visible::visible;
use super::words::words;
use crate::audit::{ActivityKind, RecentEvent, RequestFacts};
use crate::console::form::query;
use crate::console::keys::page_of;
use crate::console::moments::moment;
use crate::store::KeyRef;
use crate::{KeyId, Realm};

/// What links in the list have to know.
pub(super) struct Links<'p> {
    pub(super) base: &'p str,
    /// The sets of keys that have pages.
    pub(super) realms: &'p [Realm],
    /// The one that the list is about, if it is about a key.
    pub(super) realm: Option<&'p Realm>,
}

/// A table of events.
pub(super) fn table(links: &Links<'_>, events: &[RecentEvent]) -> Markup {
    html! {
        div.scroll {
            table.stack {
                caption { "The newest first. Times are in UTC." }
                thead {
                    tr {
                        th scope="col" { "When" } th scope="col" { "What" } th scope="col" { "Key" }
                        th scope="col" { "Owner" } th scope="col" { "Request" } th scope="col" { "Address" }
                        th scope="col" { "Scheme" }
                    }
                }
                tbody { @for event in events { (line(links, event)) } }
            }
        }
    }
}

fn line(links: &Links<'_>, found: &RecentEvent) -> Markup {
    let (facts, words) = (Facts::of(&found.event), words(&found.event));
    let class = match found.kind() {
        ActivityKind::Refused => Some("stands-out"),
        ActivityKind::FirstUse => Some("new-address"),
        ActivityKind::Accepted | ActivityKind::Throttled | ActivityKind::Change => None,
    };
    html! {
        tr class=[class] {
            td.nowrap data-label="When" { (moment(found.event.at())) }
            td data-label="What" { div { @if class.is_some() { b { (words) } } @else { (words) } } }
            td data-label="Key" { div { @match facts.key { Some(key) => (named(links, key)), None => "–" } } }
            td data-label="Owner" { div { (owner(links, &facts)) } }
            td data-label="Request" { div { @match facts.request { Some(request) => (asked(request)), None => "–" } } }
            td data-label="Address" { @match facts.address { Some(address) => (address), None => "–" } }
            td.nowrap data-label="Scheme" { (facts.scheme.map_or("–", crate::Scheme::name)) }
        }
    }
}

/// The id of a key, which leads to its page. Where it may be in several sets, there is a link for
/// each.
fn named(links: &Links<'_>, key: NamedKey<'_>) -> Markup {
    let (id, realms) = (key.id, links.realms);
    let realm = match key.place {
        Place::In(realm) => realms.iter().find(|held| *held == realm),
        Place::Somewhere => links.realm.or_else(|| realms.first().filter(|_| realms.len() == 1)),
        Place::Nowhere => None,
    };
    html! {
        @match realm {
            Some(realm) => a href=(address(links, realm, id)) { (visible(id.as_str())) },
            None => {
                (visible(id.as_str()))
                @if key.place == Place::Somewhere {
                    @for realm in realms { div.hint { "in " a href=(address(links, realm, id)) { (realm) } "?" } }
                }
            }
        }
    }
}

fn address(links: &Links<'_>, realm: &Realm, id: &KeyId) -> String {
    format!("{}{}", links.base, page_of(&KeyRef { realm: realm.clone(), id: id.clone() }))
}

fn owner(links: &Links<'_>, facts: &Facts<'_>) -> Markup {
    if facts.user.is_none() && facts.account.is_none() && facts.site.is_none() {
        return html! { "–" };
    }
    html! {
        @if let Some(user) = facts.user { div { "User " (visible(user)) } }
        @if let Some(account) = facts.account {
            div {
                "Account "
                a href=(format!("{}/activity?{}", links.base, query(&[("account", account)]))) { (visible(account)) }
            }
        }
        @if let Some(site) = facts.site { div { "Site " (visible(site)) } }
    }
}

fn asked(request: &RequestFacts<'_>) -> Markup {
    html! {
        code { (visible(request.method())) " " (visible(request.path())) }
        @if let Some(name) = request.entry_point() { div.hint { "Entry point " (visible(name)) } }
        @if let Some(id) = request.request_id() { div.hint { "Request " (visible(id)) } }
        @if request.is_cut() { div.hint { "Too long to be kept whole" } }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::audit::{AuditEvent, KeyChange, Who};
    use crate::{AuthError, Credential, Principal, Reason, Scheme, Timestamp};

    const AT: Timestamp = Timestamp::from_unix_seconds(1_798_761_600);

    fn shown(realms: &[&str], event: AuditEvent<'_>) -> String {
        let realms: Vec<_> = realms.iter().copied().map(Realm::from).collect();
        let links = Links { base: "/admin", realms: &realms, realm: None };
        table(&links, &[RecentEvent::new(1, Arc::new(event.into_owned()))]).into_string()
    }

    fn refused(path: &str) -> AuditEvent<'_> {
        let error = AuthError::new(Reason::KeyRevoked).with_key("k 1".into());
        AuditEvent::refused(AT, RequestFacts::new("GET", path), &error)
    }

    #[test]
    fn a_refusal_stands_out_and_leads_to_its_key() {
        let page = shown(&["default"], refused("/orders"));
        assert!(page.contains(r#"<tr class="stands-out">"#), "{page}");
        assert!(page.contains("<b>Refused: the key was revoked</b>"), "{page}");
        assert!(page.contains(r#"<a href="/admin/key?realm=default&amp;id=k+1">k 1</a>"#), "{page}");
        assert!(page.contains("<code>GET /orders</code>") && page.contains("2027-01-01 00:00"), "{page}");
    }

    #[test]
    fn a_key_that_may_be_in_several_sets_has_a_link_for_each() {
        let page = shown(&["one", "two"], refused("/"));
        for realm in ["one", "two"] {
            assert!(page.contains(&format!("/admin/key?realm={realm}&amp;id=k+1")), "{page}");
        }
        let realms = ["one", "two"].map(Realm::from);
        let links = Links { base: "", realms: &realms, realm: realms.get(1) };
        let event = RecentEvent::new(1, Arc::new(refused("/").into_owned()));
        let page = table(&links, &[event]).into_string();
        assert!(page.contains("realm=two") && !page.contains("realm=one"), "{page}");
    }

    #[test]
    fn a_key_without_a_page_has_no_link() {
        let key = KeyRef { realm: "elsewhere".into(), id: "k".into() };
        let page = shown(&["default"], AuditEvent::KeyRotated(KeyChange::new(AT, key)));
        assert!(page.contains("k</div>") && !page.contains("<a "), "{page}");
        let named = Credential::of_name(Scheme::Jwt, "2027-01".into());
        let me = Principal::builder("ada".to_owned()).credential(named).build();
        let request = RequestFacts::new("GET", "/");
        let page = shown(&["default"], AuditEvent::Authenticated { at: AT, request, who: Who::of(&me) });
        assert!(
            page.contains("2027-01</div>") && !page.contains("<a ") && !page.contains("<tr class"),
            "{page}"
        );
    }

    #[test]
    fn nothing_that_a_stranger_sends_is_markup_or_hides() {
        let page = shown(&["default"], refused("/<script>alert(1)</script>\u{1b}\u{202e}\n\"'&"));
        assert!(
            page.contains("/&lt;script&gt;alert(1)&lt;/script&gt;\\u{1b}\\u{202e}\\u{a}&quot;'&amp;"),
            "{page}"
        );
        assert!(!page.contains("<script") && !page.contains(['\u{1b}', '\u{202e}', '\n']), "{page}");
        let me = Principal::builder("<i>ada\u{200b}".to_owned()).build();
        let request =
            RequestFacts::new("<b>", "/").with_request_id(Some("<u>")).with_entry_point(Some("<s>"));
        let address = [192, 0, 2, 7].into();
        let page = shown(&["default"], AuditEvent::FirstUse { at: AT, request, who: Who::of(&me), address });
        for text in ["&lt;i&gt;ada\\u{200b}", "&lt;b&gt; /", "Request &lt;u&gt;", "Entry point &lt;s&gt;"] {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert!(page.contains(r#"<tr class="new-address">"#), "{page}");
        assert!(page.contains("<b>First use from 192.0.2.7</b>"), "{page}");
    }

    #[test]
    fn a_long_path_is_said_to_be_cut() {
        let long = format!("/{}", "a".repeat(2_000));
        let page = shown(&["default"], refused(&long));
        assert!(page.contains("Too long to be kept whole") && page.contains(&"a".repeat(1_023)), "{page}");
        assert!(!page.contains(&"a".repeat(1_024)));
    }
}
