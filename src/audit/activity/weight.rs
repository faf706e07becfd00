//! How much memory an event takes.

use std::fmt::{self, Debug, Write};

use super::ring::Ring;
use crate::audit::{AuditEvent, KeyChange, RequestFacts, Who};
use crate::store::KeyOwner;
use crate::{AccountId, KeyId, Realm, SiteId, UserId};

/// What an allocation takes beside its content: counters, and what the allocator needs.
const ALLOCATION: usize = 32;
/// How many bytes of memory stand behind one of debug text, at most: a list of short texts is
/// the worst.
const BEHIND_DEBUG: usize = 8;

/// About how many bytes an event takes in a ring, with all that it keeps alive: rather more
/// than fewer.
pub(super) fn weight(event: &AuditEvent<'_>) -> usize {
    let texts = match event {
        AuditEvent::Authenticated { request, who, .. } | AuditEvent::FirstUse { request, who, .. } => {
            of_request(request) + of_who(who)
        }
        AuditEvent::Anonymous { request, name, .. } => of_request(request) + of(Some(name)),
        AuditEvent::Refused { request, key, .. } => of_request(request) + of(key.as_ref().map(KeyId::as_str)),
        AuditEvent::Throttled { request, .. } => of_request(request),
        AuditEvent::KeyIssued(change)
        | AuditEvent::KeyRotated(change)
        | AuditEvent::KeySwitched { change, .. } => of_change(change),
        AuditEvent::KeyRevoked { change, reason: text }
        | AuditEvent::KeyLeaked { change, place: text, .. } => of_change(change) + of(Some(text)),
        AuditEvent::KeyEdited { change, edit } => of_change(change) + of_debug(edit),
        AuditEvent::KeyLimited { change, limit } => of_change(change) + of_debug(limit),
        // These are rare, and of many forms.
        rare => of_debug(rare),
    };
    texts + size_of::<AuditEvent<'_>>() + ALLOCATION + Ring::PLACE
}

fn of(text: Option<&str>) -> usize {
    text.map_or(0, |text| text.len() + ALLOCATION)
}

fn of_request(request: &RequestFacts<'_>) -> usize {
    of(Some(request.method()))
        + of(Some(request.path()))
        + of(request.entry_point())
        + of(request.request_id())
}

fn of_who(who: &Who<'_>) -> usize {
    let credential = who.credential();
    let realm = credential.and_then(|credential| credential.realm()).map(Realm::as_str);
    let key = credential.and_then(|credential| credential.key()).map(KeyId::as_str);
    [who.user(), who.account(), who.site(), realm, key].into_iter().map(of).sum()
}

fn of_change(change: &KeyChange) -> usize {
    let KeyOwner { user, account, site } = change.owner.as_ref().unwrap_or(&NOBODY);
    let owner = [
        user.as_ref().map(UserId::as_str),
        account.as_ref().map(AccountId::as_str),
        site.as_ref().map(SiteId::as_str),
    ];
    let key = [Some(change.key.realm.as_str()), Some(change.key.id.as_str()), change.by.as_deref()];
    owner.into_iter().chain(key).map(of).sum()
}

const NOBODY: KeyOwner = KeyOwner { user: None, account: None, site: None };

/// By the length of its debug text, which is not made.
fn of_debug(value: &impl Debug) -> usize {
    struct Length(usize);
    impl Write for Length {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 += text.len();
            Ok(())
        }
    }
    let mut length = Length(0);
    let _ = write!(length, "{value:?}");
    length.0.saturating_mul(BEHIND_DEBUG)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::audit::KeyLimit;
    use crate::store::{KeyEdit, KeyRef, SyncReport};
    use crate::{AuthError, Credential, Limits, Principal, Reason, Scheme, Scopes, Timestamp};

    const AT: Timestamp = Timestamp::from_unix_seconds(0);

    fn request(longest: bool) -> RequestFacts<'static> {
        let (path, name) = if longest { ("/".repeat(4_000), "x".repeat(400)) } else { Default::default() };
        let facts = RequestFacts::new(&name, &path).with_entry_point(Some(&path));
        facts.with_request_id(Some(&name)).with_peer("2001:db8::1".parse().ok()).into_owned()
    }

    fn who(id: &str) -> Who<'static> {
        let credential = Credential::of_key(Scheme::ApiKey, id.into(), id.into());
        let me = Principal::builder(UserId::from(id)).account(AccountId::from(id)).site(SiteId::from(id));
        Who::of(&me.credential(credential).build()).into_owned()
    }

    fn change(id: &str) -> KeyChange {
        let key = KeyRef { realm: id.into(), id: id.into() };
        let owner = KeyOwner::user(id).of_account(id).for_site(id);
        KeyChange::new(AT, key).with_by(Some(id.into())).with_issued(Scheme::ApiKey, owner)
    }

    /// Events that keep much, each made of texts that nothing else has.
    fn event(number: usize) -> Option<AuditEvent<'static>> {
        let long = "é".repeat(5_000);
        let names = || (0..300).map(|number| format!("n{number}"));
        Some(match number {
            0 => AuditEvent::Authenticated { at: AT, request: request(true), who: who(&long) },
            1 => AuditEvent::Authenticated { at: AT, request: request(false), who: who("") },
            2 => AuditEvent::Anonymous { at: AT, request: request(true), name: long.into() },
            3 => {
                let error = AuthError::new(Reason::KeyRevoked).with_key(long.into());
                AuditEvent::refused(AT, request(true), &error)
            }
            4 => {
                let address = "192.0.2.7".parse().expect("an address");
                AuditEvent::FirstUse { at: AT, request: request(true), who: who("k"), address }
            }
            5 => {
                let (network, wait) = ("192.0.2.0/24".parse().expect("a network"), Duration::MAX);
                AuditEvent::Throttled { at: AT, request: request(true), network, wait }
            }
            6 => AuditEvent::KeyIssued(change(&long)),
            7 => AuditEvent::KeyRevoked { change: change("k"), reason: long },
            8 => AuditEvent::KeyLeaked { change: change("k"), place: long, withdrawn: true },
            9 => {
                let scopes = Scopes::parse(&names().collect::<Vec<_>>().join(" ")).expect("scopes");
                let edit = KeyEdit::new().label("l").note(long).scopes(scopes).limits(Limits::default());
                AuditEvent::KeyEdited { change: change("k"), edit }
            }
            10 => {
                let limit = KeyLimit::EntryPoints(Some(names().collect()));
                AuditEvent::KeyLimited { change: change("k"), limit }
            }
            11 => {
                let mut report = SyncReport::default();
                report.added.extend(names());
                report.gone.push(long);
                AuditEvent::EntryPointsSynced { at: AT, by: Some("me".into()), report }
            }
            12 => AuditEvent::UpstreamRefused { at: AT, upstream: long.into(), status: 401 },
            _ => return None,
        })
    }

    #[test]
    fn an_event_takes_no_more_than_it_weighs() {
        let mut count = 0;
        while let Some(name) = event(count).map(|event| event.name()) {
            let mut kept = None;
            let taken = allocation_counter::measure(|| {
                kept = event(count).map(|event| Arc::new(event.clone().into_owned()));
            });
            let taken = usize::try_from(taken.bytes_current).expect("more was taken than freed");
            let weight = kept.as_deref().map_or(0, weight);
            assert!(taken > size_of::<AuditEvent<'_>>() && taken <= weight, "{name}: {taken} of {weight}");
            count += 1;
        }
        assert_eq!(count, 13);
    }

    #[test]
    fn a_request_like_any_other_takes_less_than_a_ring_allows_for() {
        let facts =
            RequestFacts::new("GET", "/orders/4711/lines").with_entry_point(Some("/orders/{id}/lines"));
        let facts = facts.with_request_id(Some("0f8fad5b-d9cb-469f-a165-70867728950e"));
        let event = AuditEvent::Authenticated { at: AT, request: facts, who: who("3f8a2b7c9d0e1f2a") };
        let weight = weight(&event);
        assert!((600..900).contains(&weight), "{weight}");
    }
}
