//! Events as JSON.

use std::fmt::{Display, Write};

use super::{AuditEvent, KeyChange, KeyLimit, RequestFacts, Who};
use crate::clock::Utc;
use crate::store::{Enabled, KeyEdit, KeyOwner, OwnerRef};
use crate::{AccountId, Credential, GroupId, RoleId, Scope, SiteId, UserId};

impl AuditEvent<'_> {
    /// The event as one object of JSON in one line, without the line feed: as
    /// [`JsonLines`](super::JsonLines) writes it, for sinks of other kinds.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut line = Object::new();
        line.plain("time", format_args!("\"{}\"", Utc(self.at())));
        line.text("event", self.name());
        match self {
            Self::Authenticated { request, who, .. } => {
                line.request(request);
                line.who(who);
            }
            Self::Anonymous { request, name, .. } => {
                line.request(request);
                line.text("name", name);
            }
            Self::Refused { request, reason, scheme, key, .. } => {
                line.request(request);
                line.text("reason", reason.text());
                line.plain("status", reason.kind().status());
                line.maybe("scheme", scheme.map(crate::Scheme::name));
                line.maybe("key", key.as_ref().map(crate::KeyId::as_str));
            }
            Self::FirstUse { request, who, address, .. } => {
                line.request(request);
                line.who(who);
                line.plain("address", format_args!("\"{address}\""));
            }
            Self::Throttled { request, network, wait, .. } => {
                line.request(request);
                line.plain("network", format_args!("\"{network}\""));
                line.plain("seconds", crate::limit::whole_seconds(*wait).as_secs());
            }
            Self::KeyIssued(change) | Self::KeyRotated(change) => line.change(change),
            Self::KeyRevoked { change, reason } => {
                line.change(change);
                line.text("reason", reason);
            }
            Self::KeyEdited { change, edit } => {
                line.change(change);
                line.edit(edit);
            }
            Self::OwnerAdded { by, owner, account, .. } => {
                line.owner(owner);
                line.maybe("account", account.as_ref().map(AccountId::as_str));
                line.maybe("by", by.as_deref());
            }
            Self::SiteMoved { by, site, url, .. } => {
                line.text("site", site.as_str());
                line.maybe("by", by.as_deref());
                match url {
                    Some(url) => line.text("url", url),
                    None => line.plain("url", "null"),
                }
            }
            Self::RightsChanged { by, change, .. } => {
                line.maybe("user", change.user().map(UserId::as_str));
                line.maybe("by", by.as_deref());
                line.text("change", change.name());
                line.maybe("group", change.group().map(GroupId::as_str));
                line.maybe("role", change.role().map(RoleId::as_str));
                line.maybe("privilege", change.privilege().map(Scope::as_str));
            }
            Self::EntryPointsSynced { by, report, .. } => {
                line.maybe("by", by.as_deref());
                line.list("added", Some(&report.added));
                line.list("changed", Some(&report.changed));
                line.list("gone", Some(&report.gone));
            }
            Self::OwnerLimited { by, owner, limits, .. } => {
                line.owner(owner);
                line.maybe("by", by.as_deref());
                line.text("limits", &limits.to_string());
            }
            Self::KeySwitched { change, enabled } => {
                line.change(change);
                line.plain("enabled", *enabled == Enabled::Yes);
            }
            Self::KeyLimited { change, limit } => {
                line.change(change);
                match limit {
                    KeyLimit::EntryPoints(patterns) => line.list("entry_points", patterns.as_deref()),
                    KeyLimit::Networks(networks) => line.list("networks", networks.as_deref()),
                }
            }
            Self::KeyLeaked { change, place, withdrawn } => {
                line.change(change);
                line.text("place", place);
                line.plain("withdrawn", *withdrawn);
            }
            Self::OwnerSwitched { by, owner, active, .. } => {
                line.owner(owner);
                line.maybe("by", by.as_deref());
                line.plain("enabled", *active == Enabled::Yes);
            }
            Self::RefreshReused { issuer, subject, client, family, .. } => {
                line.text("issuer", issuer);
                line.text("subject", subject);
                line.maybe("client", client.as_deref());
                line.text("family", &family.to_string());
            }
            Self::SecretChanged { by, name, change, .. } => {
                line.text("name", name);
                line.maybe("by", by.as_deref());
                line.text("change", change.name());
            }
            Self::UpstreamRefused { upstream, status, .. } => {
                line.text("upstream", upstream);
                line.plain("status", status);
            }
        }
        line.end()
    }
}

/// An object that is being written: printable ASCII, in one line.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self("{".to_owned())
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn request(&mut self, request: &RequestFacts<'_>) {
        self.maybe("request", request.request_id());
        self.text("method", request.method());
        self.text("path", request.path());
        self.maybe("entry_point", request.entry_point());
        if let Some(peer) = request.peer() {
            self.plain("peer", format_args!("\"{peer}\""));
        }
        if request.is_cut() {
            self.plain("cut", true);
        }
    }

    fn who(&mut self, who: &Who<'_>) {
        let credential = who.credential();
        self.maybe("scheme", credential.map(|credential| credential.scheme().name()));
        self.maybe("realm", credential.and_then(Credential::realm).map(crate::Realm::as_str));
        self.maybe("key", credential.and_then(Credential::key).map(crate::KeyId::as_str));
        self.maybe("user", who.user());
        self.maybe("account", who.account());
        self.maybe("site", who.site());
    }

    fn change(&mut self, change: &KeyChange) {
        self.maybe("scheme", change.scheme.map(crate::Scheme::name));
        self.text("realm", change.key.realm.as_str());
        self.text("key", change.key.id.as_str());
        if let Some(KeyOwner { user, account, site }) = &change.owner {
            self.maybe("user", user.as_ref().map(UserId::as_str));
            self.maybe("account", account.as_ref().map(AccountId::as_str));
            self.maybe("site", site.as_ref().map(SiteId::as_str));
        }
        self.maybe("by", change.by.as_deref());
    }

    fn owner(&mut self, owner: &OwnerRef) {
        match owner {
            OwnerRef::User(id) => self.text("user", id.as_str()),
            OwnerRef::Account(id) => self.text("account", id.as_str()),
            OwnerRef::Site(id) => self.text("site", id.as_str()),
        }
    }

    /// What was edited; the end of a limit of time is null where it was removed.
    fn edit(&mut self, edit: &KeyEdit) {
        self.maybe("label", edit.label.as_deref());
        self.maybe("note", edit.note.as_deref());
        for (name, moment) in [("not_before", edit.not_before), ("expires_at", edit.expires_at)] {
            match moment {
                None => {}
                Some(None) => self.plain(name, "null"),
                Some(Some(moment)) => self.plain(name, format_args!("\"{}\"", Utc(moment))),
            }
        }
        self.maybe("scopes", edit.scopes.as_ref().map(ToString::to_string).as_deref());
        self.maybe("limits", edit.limits.as_ref().map(ToString::to_string).as_deref());
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quote(value);
    }

    fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// A value that is JSON as it is.
    fn plain(&mut self, name: &str, value: impl Display) {
        self.name(name);
        self.write(format_args!("{value}"));
    }

    fn list(&mut self, name: &str, values: Option<&[String]>) {
        let Some(values) = values else { return self.plain(name, "null") };
        self.name(name);
        self.0.push('[');
        for (number, value) in values.iter().enumerate() {
            if number > 0 {
                self.0.push(',');
            }
            self.quote(value);
        }
        self.0.push(']');
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.quote(name);
        self.0.push(':');
    }

    /// A text in quotes. All but printable ASCII is escaped, so that no character ends the
    /// line, moves a terminal's cursor, or turns the direction of what follows.
    fn quote(&mut self, text: &str) {
        self.0.push('"');
        for character in text.chars() {
            match character {
                '"' | '\\' => self.0.extend(['\\', character]),
                ' '..='~' => self.0.push(character),
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        self.write(format_args!("\\u{unit:04x}"));
                    }
                }
            }
        }
        self.0.push('"');
    }

    fn write(&mut self, what: std::fmt::Arguments<'_>) {
        // A string takes everything.
        let _ = self.0.write_fmt(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::KeyRef;
    use crate::{KeyId, Realm, Timestamp};

    #[test]
    fn a_leak_is_a_line_that_says_where_the_key_was_and_whether_it_is_withdrawn() {
        let key = KeyRef { realm: Realm::default(), id: KeyId::from("k") };
        let change = KeyChange::new(Timestamp::from_unix_seconds(0), key);
        let leaked = AuditEvent::KeyLeaked { change, place: "a \"gist\"".to_owned(), withdrawn: true };
        let line: serde_json::Value = serde_json::from_str(&leaked.to_json()).expect("JSON");
        let expected = serde_json::json!({
            "time": "1970-01-01T00:00:00.000000Z", "event": "key-leaked",
            "realm": "default", "key": "k", "place": "a \"gist\"", "withdrawn": true,
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn a_refusal_by_another_service_is_a_line_that_names_it() {
        let at = Timestamp::from_unix_seconds(0);
        let refused = AuditEvent::UpstreamRefused { at, upstream: "wisphub".into(), status: 403 };
        let line: serde_json::Value = serde_json::from_str(&refused.into_owned().to_json()).expect("JSON");
        let expected = serde_json::json!({
            "time": "1970-01-01T00:00:00.000000Z", "event": "upstream-refused",
            "upstream": "wisphub", "status": 403,
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn every_character_comes_back_and_none_is_written_but_printable_ascii() {
        let far = ('\u{3000}'..=char::MAX).step_by(97);
        for character in ('\0'..'\u{3000}').chain(far) {
            let mut object = Object::new();
            object.text("c", character.encode_utf8(&mut [0; 4]));
            let line = object.end();
            assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line}");
            let read: serde_json::Value = serde_json::from_str(&line).expect("JSON");
            assert_eq!(read["c"].as_str(), Some(character.to_string().as_str()));
        }
    }
}
