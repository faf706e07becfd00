//! Recent events, as a page for operators looks them up.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::audit::{
    ActivityKind, ActivityLog, ActivityQuery, AuditEvent, AuditSink, Audited, HourCount, KeyChange,
    RecentEvent, RecentEvents, RequestFacts, SharedActivity, Who,
};
use portcullis::store::memory::MemoryAddresses;
use portcullis::store::{Enabled, KeyAdmin, KeyOwner, KeyRef, NewKey, StoreError};
use portcullis::{AccountId, AuthError, Credential, KeyId, Principal, Realm, Reason, Scheme, Timestamp};

use crate::kit::{Kit, NOW, get, send};

fn names(found: &[RecentEvent]) -> Vec<&'static str> {
    found.iter().map(|found| found.event.name()).collect()
}

fn refused(at: Timestamp, key: Option<&str>) -> AuditEvent<'static> {
    let error = AuthError::new(Reason::UnknownKey);
    let error = match key {
        Some(key) => error.with_key(KeyId::from(key)),
        None => error,
    };
    AuditEvent::refused(at, RequestFacts::new("GET", "/"), &error)
}

fn accepted(at: Timestamp, account: &str, realm: &str, key: &str) -> AuditEvent<'static> {
    let credential = Credential::of_key(Scheme::ApiKey, Realm::from(realm), KeyId::from(key));
    let me = Principal::builder(()).account(AccountId::from(account)).credential(credential).build();
    AuditEvent::Authenticated { at, request: RequestFacts::new("GET", "/"), who: Who::of(&me) }.into_owned()
}

fn key(realm: &str, id: &str) -> KeyRef {
    KeyRef { realm: Realm::from(realm), id: KeyId::from(id) }
}

#[tokio::test]
async fn what_becomes_of_a_key_is_found_by_the_key_and_by_its_account() {
    let (kit, recent) = (Kit::new().await, RecentEvents::default());
    let keys = Audited::new(kit.keys.clone(), recent.clone()).with_clock(kit.clock.clone());
    let new = |owner| NewKey::new(Scheme::ApiKey, owner).with_prefix("igny8_");
    let issued = keys.issue(new(Kit::ada()), NOW).await.expect("issued");
    let other = keys.issue(new(KeyOwner::default()), NOW).await.expect("issued");
    let authenticator = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"));
    let layer = kit.layer(authenticator).with_peer(|extensions| extensions.get::<IpAddr>().copied());
    let layer = layer.with_audit(recent.clone()).with_known_addresses(MemoryAddresses::new());
    let secret = issued.secret.expose_text().expect("text").to_owned();
    let ask = async |secret: &str| {
        let mut sent = get("/orders", &[("x-api-key", secret)]);
        sent.extensions_mut().insert("192.0.2.7".parse::<IpAddr>().expect("an address"));
        send(&layer, sent).await.status.as_u16()
    };
    assert_eq!(ask(&secret).await, 200);
    assert_eq!(ask(&format!("{secret}x")).await, 401);
    let named = KeyRef { realm: Realm::default(), id: issued.id.clone() };
    keys.set_enabled(&named, Enabled::No).await.expect("switched off");
    assert_eq!(ask(&secret).await, 401);

    let own = ["refused", "key-switched", "authenticated", "first-use", "key-issued"];
    assert_eq!(names(&recent.find(&ActivityQuery::new().with_key(named.clone()))), own);
    assert_eq!(names(&recent.find(&ActivityQuery::new().with_account("acme"))), own);
    assert_eq!(names(&recent.find(&ActivityQuery::new().with_account("other"))), [""; 0]);
    let other = KeyRef { id: other.id, ..named.clone() };
    assert_eq!(names(&recent.find(&ActivityQuery::new().with_key(other))), ["key-issued"]);

    let refusals = recent.find(&ActivityQuery::new().with_outcome(ActivityKind::Refused));
    let held: Vec<_> = refusals
        .iter()
        .map(|found| match &*found.event {
            AuditEvent::Refused { key, reason, request, .. } => {
                assert_eq!((request.path(), request.peer()), ("/orders", "192.0.2.7".parse().ok()));
                (key.as_ref(), *reason)
            }
            event => panic!("{event:?}"),
        })
        .collect();
    assert_eq!(held, [(Some(&named.id), Reason::KeyDisabled), (None, Reason::UnknownKey)]);
    let hour = recent.hours(NOW, 1)[0];
    assert_eq!(ActivityKind::ALL.map(|kind| hour.of(kind)), [1, 2, 1, 0, 3]);
    let told = format!("{recent:?} {:?}", recent.find(&ActivityQuery::new()));
    assert!(told.contains("/orders") && !told.contains(&secret));
}

#[test]
fn no_flood_of_one_sort_washes_another_out() {
    let recent = RecentEvents::new(10);
    let address = "192.0.2.7".parse().expect("an address");
    let (network, wait) = ("192.0.2.0/24".parse().expect("a network"), Duration::from_secs(1));
    let me = Principal::new(());
    let request = || RequestFacts::new("GET", "/");
    let sorts = [
        accepted(NOW, "acme", "r", "k"),
        refused(NOW, Some("k")),
        refused(NOW, None),
        AuditEvent::FirstUse { at: NOW, request: request(), who: Who::of(&me), address },
        AuditEvent::Throttled { at: NOW, request: request(), network, wait },
        AuditEvent::UpstreamRefused { at: NOW, upstream: "them".into(), status: 403 },
        AuditEvent::KeyRotated(KeyChange::new(NOW, key("r", "k"))),
    ];
    sorts.iter().for_each(|event| recent.record(event));
    for flood in &sorts {
        (0..1_000).for_each(|_| recent.record(flood));
        let found = recent.find(&ActivityQuery::new().with_limit(usize::MAX));
        for event in &sorts {
            assert!(found.iter().any(|found| *found.event == *event), "{flood:?} washed {event:?} out");
        }
        assert_eq!(found.iter().filter(|found| *found.event == *flood).count(), 10);
    }
    let counts =
        |count: fn(&RecentEvents, ActivityKind) -> u64| ActivityKind::ALL.map(|kind| count(&recent, kind));
    assert_eq!(counts(RecentEvents::held), [10, 20, 10, 10, 20]);
    assert_eq!(counts(RecentEvents::dropped), [991, 1_982, 991, 991, 1_982]);
    let hour = recent.hours(NOW, 1)[0];
    assert_eq!(ActivityKind::ALL.map(|kind| hour.of(kind)), [1_001, 2_002, 1_001, 1_001, 2_002]);
}

#[test]
fn pages_follow_each_other_without_a_gap_or_a_repeat_whatever_the_clock_says() {
    let recent = RecentEvents::new(2_000);
    for number in 0..3_000 {
        // A clock that goes to and fro.
        let at = Timestamp::from_unix_seconds(1_000 - number % 7 * 100);
        match number % 3 {
            0 => recent.record(&accepted(at, "acme", "r", "k")),
            1 => recent.record(&refused(at, None)),
            _ => recent.record(&refused(at, Some("k"))),
        }
    }
    for (query, total) in [
        (ActivityQuery::new(), 3_000),
        (ActivityQuery::new().with_outcome(ActivityKind::Accepted), 1_000),
        (ActivityQuery::new().with_key(key("r", "k")), 2_000),
        (ActivityQuery::new().with_outcome(ActivityKind::Throttled), 0),
    ] {
        let (mut before, mut all) = (None, Vec::new());
        loop {
            let page = recent.find(&query.clone().before(before).with_limit(271));
            let Some(last) = page.last() else { break };
            before = Some(last.sequence);
            all.extend(page.iter().map(|found| found.sequence));
            // What happens meanwhile belongs to no later page.
            recent.record(&AuditEvent::UpstreamRefused { at: NOW, upstream: "them".into(), status: 403 });
        }
        assert!(all.is_sorted_by(|newer, older| newer > older));
        assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (total, total), "{query:?}");
    }
    assert_eq!(recent.find(&ActivityQuery::new().with_limit(0)), []);
    assert_eq!(recent.find(&ActivityQuery::new().before(Some(0))), []);
}

#[test]
fn a_refusal_is_of_the_account_whose_key_it_names_as_far_as_the_log_shows_it() {
    let recent = RecentEvents::new(10);
    let by_account = ActivityQuery::new().with_account("acme");
    recent.record(&refused(NOW, Some("k")));
    recent.record(&AuditEvent::KeyRotated(KeyChange::new(NOW, key("r", "k"))));
    recent.record(&AuditEvent::KeyRotated(KeyChange::new(NOW, key("other", "k"))));
    assert_eq!(names(&recent.find(&by_account)), [""; 0]);
    recent.record(&accepted(NOW, "acme", "r", "k"));
    assert_eq!(names(&recent.find(&by_account)), ["authenticated", "key-rotated", "refused"]);
    // Who acts for another account is not found with this one, whatever the key.
    recent.record(&accepted(NOW, "other", "r", "k"));
    assert_eq!(recent.find(&by_account).len(), 3);
    let refusals = by_account.with_outcome(ActivityKind::Refused);
    assert_eq!(names(&recent.find(&refusals)), ["refused"]);
    // The log has forgotten whose key it was.
    (0..10).for_each(|_| recent.record(&accepted(NOW, "other", "r", "l")));
    assert_eq!(names(&recent.find(&refusals)), [""; 0]);
}

#[test]
fn an_event_counts_in_its_own_hour_if_the_window_has_it() {
    let recent = RecentEvents::new(1);
    let at = |hour: i64, second: i64| Timestamp::from_unix_seconds(hour * 3_600 + second);
    let now = at(1_000, 1_800);
    for (hour, second) in
        [(952, 3_599), (953, 0), (999, 3_599), (1_000, 0), (1_000, 3_599), (1_001, 0), (1_500, 0)]
    {
        recent.record(&refused(at(hour, second), None));
    }
    let counts = |now, hours| -> Vec<(i64, u64)> {
        let hours: Vec<HourCount> = recent.hours(now, hours);
        let some = hours.iter().filter(|hour| hour.total() > 0);
        some.map(|hour| (hour.start().as_unix_seconds() / 3_600, hour.of(ActivityKind::Refused))).collect()
    };
    assert_eq!(counts(now, 48), [(953, 1), (999, 1), (1_000, 2)]);
    assert_eq!((counts(now, 2), counts(now, 0)), (vec![(999, 1), (1_000, 2)], vec![]));
    assert_eq!((recent.hours(now, 48).len(), recent.hours(now, 49).len()), (48, 48));
    assert_eq!(counts(at(1_001, 0), 2), [(1_000, 2), (1_001, 1)]);
    assert_eq!(recent.held(ActivityKind::Refused), 1);
}

/// A database that does not answer.
struct Outage;

impl ActivityLog for Outage {
    async fn find(&self, _: &ActivityQuery) -> Result<Vec<RecentEvent>, StoreError> {
        Err(StoreError::unavailable("the audit database is down"))
    }

    async fn hours(&self, _: Timestamp, _: usize) -> Result<Vec<HourCount>, StoreError> {
        Err(StoreError::unavailable("the audit database is down"))
    }
}

#[tokio::test]
async fn a_log_whose_type_is_erased_answers_as_itself_and_an_outage_is_an_error() {
    let recent = RecentEvents::new(10);
    recent.record(&refused(NOW, None));
    recent.record(&accepted(NOW, "acme", "r", "k"));
    let (query, log) = (ActivityQuery::new(), SharedActivity::new(std::sync::Arc::new(recent.clone())));
    assert_eq!(log.find(&query).await.expect("an answer"), recent.find(&query));
    assert_eq!(log.hours(NOW, 3).await.expect("an answer"), recent.hours(NOW, 3));
    let log = SharedActivity::new(Outage);
    assert!(matches!(log.find(&query).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(log.hours(NOW, 3).await, Err(StoreError::Unavailable(_))));
}
