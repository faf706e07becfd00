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
