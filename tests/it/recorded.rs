//! What the guard writes into the audit log.

use std::net::IpAddr;
use std::num::NonZeroUsize;

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::audit::{AuditEvent, AuditTrail};
use portcullis::request::TrustedProxies;
use portcullis::store::memory::MemoryAddresses;
use portcullis::store::{KeyOwner, NewKey, StoredPrincipal};
use portcullis::tower::AuthLayer;
use portcullis::{Authenticator, KeyAdmin, Reason, Scheme, UserId};

use crate::kit::{Down, Kit, get, send};
use crate::table::Sent;

fn peer(extensions: &http::Extensions) -> Option<IpAddr> {
    extensions.get::<IpAddr>().copied()
}

fn from(address: &str, target: &str, headers: &[(&str, &str)]) -> Sent {
    let mut sent = get(target, headers);
    sent.extensions_mut().insert(address.parse::<IpAddr>().expect("address"));
    sent
}

async fn audited(
    kit: &Kit,
    trail: &AuditTrail,
) -> (AuthLayer<impl Authenticator<Principal = StoredPrincipal> + use<>>, String, String) {
    let issued = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_")).await;
    let keys = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"));
    let layer = kit.layer(keys).with_peer(peer).with_audit(trail.clone());
    (layer, issued.secret.expose_text().expect("text").to_owned(), issued.id.to_string())
}

#[tokio::test]
async fn every_decision_is_recorded_once_with_who_and_why() {
    let (kit, trail) = (Kit::new().await, AuditTrail::new());
    let (layer, key, id) = audited(&kit, &trail).await;
    let sent = from("192.0.2.7", "/orders?secret=1", &[("x-api-key", &key), ("x-request-id", "r-1")]);
    assert_eq!(send(&layer, sent).await.status, 200);
    let [AuditEvent::Authenticated { at, request, who }] = &trail.take()[..] else { panic!("one event") };
    assert_eq!((*at, request.path(), request.request_id()), (crate::kit::NOW, "/orders", Some("r-1")));
    assert_eq!(request.peer(), Some("192.0.2.7".parse().expect("address")));
    assert_eq!((who.user(), who.account(), who.site()), (Some("ada"), Some("acme"), Some("shop")));
    let credential = who.credential().expect("a credential");
    assert_eq!((credential.scheme(), credential.key().map(|key| key.as_str())), (Scheme::ApiKey, Some(&*id)));

    let wrong = format!("{key}x");
    for (headers, reason) in
        [(vec![], Reason::MissingCredential), (vec![("x-api-key", wrong.as_str())], Reason::UnknownKey)]
    {
        let _ = send(&layer, get("/", &headers)).await;
        let [AuditEvent::Refused { reason: found, .. }] = &trail.take()[..] else { panic!("one event") };
        assert_eq!(*found, reason);
    }
    let down = kit.layer(ApiKeyAuthenticator::new(Down, KeyShape::any())).with_audit(trail.clone());
    let _ = send(&down, get("/", &[("x-api-key", &key)])).await;
    assert!(matches!(
        &trail.take()[..],
        [AuditEvent::Refused { reason: Reason::StoreUnavailable, scheme: Some(Scheme::ApiKey), .. }]
    ));
}

#[tokio::test]
async fn an_anonymous_call_has_a_name_of_its_own() {
    let (kit, trail) = (Kit::new().await, AuditTrail::new());
    let (layer, _, _) = audited(&kit, &trail).await;
    for (layer, expected) in
        [(layer.clone().allow_anonymous(), "anonymous"), (layer.allow_anonymous_as("system"), "system")]
    {
        assert_eq!(send(&layer, get("/", &[])).await.body, "anonymous|");
        let [AuditEvent::Anonymous { name, .. }] = &trail.take()[..] else { panic!("one event") };
        assert_eq!(name, expected);
    }
}

#[tokio::test]
async fn the_first_use_of_a_key_from_an_address_is_seen_once() {
    let (kit, trail) = (Kit::new().await, AuditTrail::new());
    let (layer, key, _) = audited(&kit, &trail).await;
    let layer = layer.with_known_addresses(MemoryAddresses::new());
    for (address, expected) in [
        ("192.0.2.7", &["first-use", "authenticated"][..]),
        ("192.0.2.7", &["authenticated"]),
        ("::ffff:192.0.2.7", &["authenticated"]),
        ("2001:db8::1", &["first-use", "authenticated"]),
    ] {
        assert_eq!(send(&layer, from(address, "/", &[("x-api-key", &key)])).await.status, 200);
        let names: Vec<_> = trail.take().iter().map(AuditEvent::name).collect();
        assert_eq!(names, expected, "{address}");
    }
    let _ = send(&layer, from("192.0.2.99", "/", &[("x-api-key", "igny8_wrong_and_long_enough")])).await;
    assert_eq!(trail.names(), ["refused"], "strangers are not remembered");
}

#[tokio::test]
async fn a_store_of_addresses_that_fails_refuses_nobody() {
    struct Lost;
    impl portcullis::audit::KnownAddresses for Lost {
        async fn first_use(
            &self,
            _: &portcullis::audit::KeyUse<'_>,
        ) -> Result<bool, portcullis::store::StoreError> {
            Err(portcullis::store::StoreError::Full)
        }
    }
    let (kit, trail) = (Kit::new().await, AuditTrail::new());
    let log = crate::leaks::Log::capture();
    let (layer, key, _) = audited(&kit, &trail).await;
    let layer = layer.with_known_addresses(Lost);
    assert_eq!(send(&layer, from("192.0.2.7", "/", &[("x-api-key", &key)])).await.status, 200);
    assert_eq!(trail.names(), ["authenticated"]);
    assert!(log.text().contains("the store of known addresses cannot answer"));
}

#[tokio::test]
async fn the_client_behind_trusted_proxies_is_who_is_recorded_and_nobody_else_can_say_so() {
    let (kit, trail) = (Kit::new().await, AuditTrail::new());
    let (layer, key, _) = audited(&kit, &trail).await;
    let proxies = TrustedProxies::x_forwarded_for(NonZeroUsize::MIN).with_networks(["10.0.0.0/8"]);
    let layer = layer.with_trusted_proxies(proxies.expect("networks"));
    for (peer, forwarded, expected) in [
        ("10.0.0.1", "203.0.113.9, 192.0.2.7", Some("192.0.2.7")),
        ("198.51.100.1", "192.0.2.7", Some("198.51.100.1")),
        ("10.0.0.1", "unknown", None),
    ] {
        let headers = [("x-api-key", key.as_str()), ("x-forwarded-for", forwarded), ("x-real-ip", "1.1.1.1")];
        let _ = send(&layer, from(peer, "/", &headers)).await;
        let _ = send(&layer, from(peer, "/", &headers[1..])).await;
        let events = trail.take();
        assert_eq!(events.len(), 2, "one accepted, one refused");
        for event in events {
            let (AuditEvent::Authenticated { request, .. } | AuditEvent::Refused { request, .. }) = &event
            else {
                panic!("{event:?}")
            };
            assert_eq!(request.peer().map(|address| address.to_string()).as_deref(), expected, "{peer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_audit_log_never_takes_one_request_for_another() {
    let (kit, trail) = (Kit::new().await, AuditTrail::new());
    kit.keys.add_user(&UserId::from("bob"), None).await.expect("user");
    let (layer, ada, _) = audited(&kit, &trail).await;
    let bob = kit.issue(NewKey::new(Scheme::ApiKey, KeyOwner::user("bob")).with_prefix("igny8_")).await;
    let bob = bob.secret.expose_text().expect("text").to_owned();
    let mut running = tokio::task::JoinSet::new();
    for n in 0..1000 {
        let (layer, user, key) = if n % 2 == 0 {
            (layer.clone(), "ada", ada.clone())
        } else {
            (layer.clone(), "bob", bob.clone())
        };
        running.spawn(async move {
            let id = format!("{user}-{n}");
            let sent = get("/", &[("x-api-key", &key), ("x-request-id", &id)]);
            assert_eq!(send(&layer, sent).await.body, format!("{user}|"));
        });
    }
    while let Some(one) = running.join_next().await {
        one.expect("answered");
    }
    let mut seen = std::collections::HashSet::new();
    for event in trail.take() {
        let AuditEvent::Authenticated { request, who, .. } = &event else { panic!("{event:?}") };
        let id = request.request_id().expect("an id");
        assert!(id.starts_with(who.user().expect("a user")), "{event:?}");
        seen.insert(id.to_owned());
    }
    assert_eq!(seen.len(), 1000);
}
