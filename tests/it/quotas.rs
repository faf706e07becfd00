//! What keys and their owners may do in a time.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};
use portcullis::actix::AuthMiddleware;
use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::audit::AuditTrail;
use portcullis::crypto::{BodyDigest, DigestGuard};
use portcullis::request::{Carriers, RequestView};
use portcullis::store::memory::{MemoryAddresses, MemoryCounterStore, MemoryKeyStore};
use portcullis::store::{
    Budget, CounterStore, EntryPoints, IssuedKey, NewKey, OwnerRef, StoreError, StoredPrincipal, Taken,
};
use portcullis::tower::AuthLayer;
use portcullis::{
    AccountId, AuthError, Authenticator, Challenges, KeyAdmin, Limits, Outcome, Scheme, Timestamp, UserId,
    all,
};

use crate::kit::{Answer, Down, Kit, NOW, get, send};
use crate::leaks::Log;

type Keys = ApiKeyAuthenticator<MemoryKeyStore>;

fn layer(kit: &Kit) -> AuthLayer<Keys> {
    kit.layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()))
}

fn limits(text: &str) -> Limits {
    text.parse().expect("limits")
}

fn limited(text: &str) -> NewKey {
    NewKey::new(Scheme::ApiKey, Kit::ada()).with_limits(limits(text))
}

fn text(key: &IssuedKey) -> &str {
    key.secret.expose_text().expect("text")
}

async fn ask(layer: &AuthLayer<Keys>, key: &IssuedKey) -> Answer {
    send(layer, get("/", &[("x-api-key", text(key))])).await
}

/// What the answer says about budgets: the policies, how they stand, and when to come back.
fn said(answer: &Answer) -> [String; 3] {
    ["ratelimit-policy", "ratelimit", "retry-after"].map(|name| answer.header(name).join(" "))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_requests_at_once_exactly_as_many_pass_as_the_budget_has() {
    let kit = Kit::new().await;
    let key = Arc::new(kit.issue(limited("100/60")).await);
    let layer = layer(&kit).with_quotas(MemoryCounterStore::new());
    let start = Arc::new(tokio::sync::Barrier::new(1_000));
    let asking: Vec<_> = (0..1_000)
        .map(|_| {
            let (layer, key, start) = (layer.clone(), Arc::clone(&key), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                ask(&layer, &key).await.status.as_u16()
            })
        })
        .collect();
    let mut came = std::collections::BTreeMap::new();
    for asked in asking {
        *came.entry(asked.await.expect("an answer")).or_insert(0) += 1;
    }
    assert_eq!(came.into_iter().collect::<Vec<_>>(), [(200, 100), (429, 900)]);
}

#[test]
fn behind_actix_too_exactly_as_many_pass_as_the_budget_has() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let kit = runtime.block_on(Kit::new());
    let key = runtime.block_on(kit.issue(limited("100/60")));
    let (counters, passed, refused) = (MemoryCounterStore::new(), AtomicUsize::new(0), AtomicUsize::new(0));
    // As the workers of a server: each with an application of its own, over the same stores.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                actix_web::rt::System::new().block_on(async {
                    let auth = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any());
                    let auth = AuthMiddleware::new(auth).with_clock(kit.clock.clone());
                    let auth = auth.with_quotas(counters.clone());
                    let handler = web::get().to(async || HttpResponse::Ok());
                    let app = init_service(App::new().wrap(auth).route("/", handler)).await;
                    for _ in 0..250 {
                        let request = TestRequest::get().uri("/").insert_header(("x-api-key", text(&key)));
                        match call_service(&app, request.to_request()).await.status().as_u16() {
                            200 => passed.fetch_add(1, Ordering::SeqCst),
                            429 => refused.fetch_add(1, Ordering::SeqCst),
                            other => panic!("{other}"),
                        };
                    }
                });
            });
        }
    });
    assert_eq!((passed.into_inner(), refused.into_inner()), (100, 900));
}

#[tokio::test]
async fn an_answer_says_how_every_budget_stands_and_a_429_when_to_come_back() {
    let kit = Kit::new().await;
    let acme = OwnerRef::Account(AccountId::from("acme"));
    kit.keys.set_owner_limits(&acme, limits("3/3600")).await.expect("limited");
    let key = kit.issue(limited("2/60")).await;
    let layer = layer(&kit).with_quotas(MemoryCounterStore::new());
    let policy = r#""key-60";q=2;w=60, "account-3600";q=3;w=3600"#;
    // The minute has 40 seconds left, the hour 46 minutes and 40 seconds.
    let first = ask(&layer, &key).await;
    assert_eq!(said(&first), [policy, r#""key-60";r=1;t=40, "account-3600";r=2;t=2800"#, ""]);
    assert_eq!(said(&ask(&layer, &key).await)[1], r#""key-60";r=0;t=40, "account-3600";r=1;t=2800"#);
    kit.clock.advance(Duration::from_millis(500));
    let over = ask(&layer, &key).await;
    assert_eq!(over.status, 429);
    assert_eq!(said(&over), [policy, r#""key-60";r=0;t=40"#, "40"], "39.5 seconds, rounded up");
    assert_eq!(over.header("cache-control"), ["no-store"]);
    assert!(over.header("www-authenticate").is_empty());
    // Nothing was taken from the account by the request that was refused.
    kit.clock.advance(Duration::from_millis(39_500));
    let next = ask(&layer, &key).await;
    assert_eq!(said(&next)[1], r#""key-60";r=1;t=60, "account-3600";r=0;t=2760"#);
    let over = ask(&layer, &key).await;
    assert_eq!(said(&over), [policy, r#""account-3600";r=0;t=2760"#, "2760"]);
}

#[tokio::test]
async fn the_keys_of_an_owner_share_its_budget_and_those_of_others_do_not() {
    let kit = Kit::new().await;
    kit.keys.set_owner_limits(&OwnerRef::User(UserId::from("ada")), limits("3/60")).await.expect("limited");
    kit.keys.add_user(&UserId::from("bob"), None).await.expect("user");
    let new = || NewKey::new(Scheme::ApiKey, Kit::ada());
    let (one, other) = (kit.issue(new()).await, kit.issue(new()).await);
    let bob = kit.issue(NewKey::new(Scheme::ApiKey, portcullis::store::KeyOwner::user("bob"))).await;
    let layer = layer(&kit).with_quotas(MemoryCounterStore::new());
    let mut came = Vec::new();
    for key in [&one, &other, &one, &other, &one, &bob] {
        came.push(ask(&layer, key).await.status.as_u16());
    }
    assert_eq!(came, [200, 200, 200, 429, 429, 200]);
    assert_eq!(said(&ask(&layer, &bob).await), ["", "", ""]);
}

#[tokio::test]
async fn what_is_refused_or_anonymous_uses_nothing_up() {
    let kit = Kit::new().await;
    let only = EntryPoints::only(["/"]).expect("a name");
    let key = kit.issue(limited("1/60").with_entry_points(only)).await;
    let layer = layer(&kit).with_quotas(MemoryCounterStore::new()).allow_anonymous();
    let sent = async |target: &str, headers: &[(&str, &str)]| {
        send(&layer, get(target, headers)).await.status.as_u16()
    };
    for _ in 0..3 {
        assert_eq!(sent("/", &[]).await, 200);
        assert_eq!(sent("/other", &[("x-api-key", text(&key))]).await, 403);
        assert_eq!(sent("/", &[("x-api-key", text(&key)), ("x-api-key", text(&key))]).await, 400);
        assert_eq!(sent("/", &[("x-api-key", "no_key_of_this_store_at_all")]).await, 401);
    }
    kit.disable(&key.id).await;
    assert_eq!(sent("/", &[("x-api-key", text(&key))]).await, 401);
    let key_ref = portcullis::store::KeyRef { realm: portcullis::Realm::default(), id: key.id.clone() };
    kit.keys.set_enabled(&key_ref, portcullis::store::Enabled::Yes).await.expect("enabled");
    assert_eq!(sent("/", &[("x-api-key", text(&key))]).await, 200);
    assert_eq!(sent("/", &[("x-api-key", text(&key))]).await, 429);
}

#[tokio::test]
async fn two_keys_of_one_request_take_once_from_the_account_they_share() {
    let kit = Kit::new().await;
    let acme = OwnerRef::Account(AccountId::from("acme"));
    kit.keys.set_owner_limits(&acme, limits("2/60")).await.expect("limited");
    let (one, other) = (kit.issue(limited("9/60")).await, kit.issue(limited("8/60")).await);
    let by = |name| {
        ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any())
            .with_carriers([ApiKeyCarrier::header(name)])
    };
    let layer = kit.layer(all(by("x-gateway-key"), by("x-api-key"))).with_quotas(MemoryCounterStore::new());
    let ask =
        async || send(&layer, get("/", &[("x-gateway-key", text(&one)), ("x-api-key", text(&other))])).await;
    let first = ask().await;
    assert_eq!(said(&first)[1], r#""key-60";r=8;t=40, "account-60";r=1;t=40, "key-60-2";r=7;t=40"#);
    assert_eq!([ask().await.status.as_u16(), ask().await.status.as_u16()], [200, 429]);
}

#[tokio::test]
async fn who_cannot_count_lets_nobody_with_limits_through_and_says_why_in_the_log() {
    let log = Log::capture();
    let kit = Kit::new().await;
    let (limited, free) =
        (kit.issue(limited("100/60")).await, kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await);
    let (none, down, full) = (
        layer(&kit),
        layer(&kit).with_quotas(Down),
        layer(&kit).with_quotas(MemoryCounterStore::with_capacity(0)),
    );
    let cases = [
        (none, 500, "a key has limits and the layer has no counters"),
        (down, 503, "the counters are down"),
        (full, 503, "the store is full"),
    ];
    for (layer, status, why) in cases {
        let refused = ask(&layer, &limited).await;
        assert_eq!(refused.status.as_u16(), status);
        assert!(!refused.body.contains(why));
        let logged = log.text();
        let line = logged.lines().find(|line| line.contains(why)).expect("it is logged");
        assert!(line.contains("ERROR") && line.contains(limited.id.as_str()), "{line}");
        assert_eq!(ask(&layer, &free).await.status, 200);
    }
}

/// A store that says what it is asked, and has nothing left.
struct Asked(Arc<std::sync::Mutex<Vec<usize>>>);

impl CounterStore for Asked {
    async fn take(&self, budgets: &[Budget<'_>], now: Timestamp) -> Result<Taken, StoreError> {
        self.0.lock().expect("a lock").push(budgets.len());
        let spent = portcullis::store::Spent { used: budgets[0].limit.count(), resets_at: now };
        Ok(Taken::Exhausted { index: 0, spent })
    }
}

#[tokio::test]
async fn counters_are_asked_once_for_all_budgets_and_nobody_is_told_to_come_back_at_once() {
    let kit = Kit::new().await;
    let key = kit.issue(limited("1/60 2/3600 3/86400")).await;
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let layer = layer(&kit).with_quotas(Asked(Arc::clone(&asked)));
    assert_eq!(said(&ask(&layer, &key).await)[2], "1");
    assert_eq!(*asked.lock().expect("a lock"), [3]);
}

#[tokio::test]
async fn a_key_that_is_used_from_elsewhere_is_seen_though_it_has_used_its_budget_up() {
    let kit = Kit::new().await;
    let key = kit.issue(limited("1/60")).await;
    let trail = AuditTrail::new();
    let layer = layer(&kit)
        .with_quotas(MemoryCounterStore::new())
        .with_known_addresses(MemoryAddresses::new())
        .with_audit(trail.clone())
        .with_peer(|extensions| extensions.get::<IpAddr>().copied());
    for address in ["192.0.2.1", "192.0.2.2"] {
        let mut request = get("/", &[("x-api-key", text(&key))]);
        request.extensions_mut().insert(address.parse::<IpAddr>().expect("an address"));
        let _ = send(&layer, request).await;
    }
    assert_eq!(trail.names(), ["first-use", "authenticated", "first-use", "refused"]);
    let refused = trail.events().pop().expect("an event");
    let portcullis::audit::AuditEvent::Refused { reason, scheme, key: id, at, .. } = refused else {
        panic!()
    };
    assert_eq!((reason, scheme), (portcullis::Reason::QuotaExhausted, Some(Scheme::ApiKey)));
    assert_eq!((id, at), (Some(key.id.clone()), NOW));
}

/// A key, and the digest of a body that nobody sends.
struct WithDigest(Keys);

impl Authenticator for WithDigest {
    type Principal = StoredPrincipal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<StoredPrincipal>, AuthError> {
        request.guard_body(DigestGuard::new(BodyDigest::sha256([7; 32])));
        self.0.authenticate(request).await
    }

    fn challenge(&self, error: Option<&AuthError>, out: &mut Challenges) {
        self.0.challenge(error, out);
    }

    fn carriers(&self, out: &mut Carriers) {
        self.0.carriers(out);
    }
}

#[tokio::test]
async fn a_request_that_is_refused_for_its_body_is_told_how_its_budgets_stand() {
    let kit = Kit::new().await;
    let key = kit.issue(limited("9/60")).await;
    let keys = || WithDigest(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()));
    let counters = MemoryCounterStore::new();
    let layer = kit.layer(keys()).with_quotas(counters.clone());
    let answer = send(&layer, get("/", &[("x-api-key", text(&key))])).await;
    assert_eq!(answer.status, 401);
    assert_eq!(said(&answer), ["\"key-60\";q=9;w=60", "\"key-60\";r=8;t=40", ""]);

    let auth = AuthMiddleware::new(keys()).with_clock(kit.clock.clone()).with_quotas(counters);
    let app = init_service(App::new().wrap(auth).default_service(web::to(HttpResponse::Ok))).await;
    let sent = TestRequest::get().uri("/").insert_header(("x-api-key", text(&key)));
    let (sent, _) = sent.to_request().replace_payload(Payload::None);
    let response = call_service(&app, sent).await;
    assert_eq!(response.status().as_u16(), 401);
    let line = |name: &str| response.headers().get(name).and_then(|it| it.to_str().ok());
    assert_eq!(line("ratelimit"), Some("\"key-60\";r=7;t=40"));
}
