//! Whoever tries credentials has to wait.

mod shared;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use portcullis::actix::AuthMiddleware;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::audit::{AuditEvent, AuditTrail};
use portcullis::basic::BasicAuthenticator;
use portcullis::password::{PasswordHash, SinglePassword, UserVerifier};
use portcullis::request::TrustedProxies;
use portcullis::store::{IssuedKey, KeyFormat, NewKey, StoredPrincipal};
use portcullis::throttle::Throttle;
use portcullis::tower::AuthLayer;
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{Authenticator, AuthenticatorExt, KeyId, Limit, Reason, Scheme, Secret};

use crate::kit::{Answer, Down, Kit, NOW, get, send};
use crate::leaks::Log;

fn layer(
    kit: &Kit,
    throttle: Throttle,
) -> AuthLayer<impl Authenticator<Principal = StoredPrincipal> + use<>> {
    let chain = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"))
        .or(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let layer = kit.layer(chain).with_throttle(throttle).allow_anonymous();
    layer.with_peer(|extensions| extensions.get::<IpAddr>().copied())
}

fn per_minute(count: u64) -> Limit {
    Limit::new(count, Duration::from_secs(60)).expect("a limit")
}

/// Of addresses alone, so that what a key answers is not in the way.
fn of_addresses() -> Throttle {
    Throttle::new().with_key_budget(per_minute(1_000_000))
}

fn from(mut request: Request<Full<Bytes>>, address: &str) -> Request<Full<Bytes>> {
    request.extensions_mut().insert(address.parse::<IpAddr>().expect("an address"));
    request
}

const WRONG: &[(&str, &str)] = &[("x-api-key", "igny8_no_key_of_this_store")];

/// Signed at the present of the kit, with whatever secret.
fn signed(kit: &Kit, id: &KeyId, secret: &impl AsRef<Secret>) -> Request<Full<Bytes>> {
    let mut request = get("/", &[]);
    let signer = XAuthSigner::new(id.clone(), secret);
    let now = portcullis::Clock::now(&kit.clock);
    signer.sign(b"", now).expect("signed").insert_into(request.headers_mut()).expect("headers");
    request
}

async fn keys(kit: &Kit) -> (IssuedKey, IssuedKey) {
    let api = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_")).await;
    (api, kit.issue(NewKey::new(Scheme::XAuth, Kit::ada())).await)
}

/// The status, and after how many seconds to come back.
fn came(answer: &Answer) -> (u16, Option<u64>) {
    let wait = answer.header("retry-after").first().map(|wait| wait.parse().expect("seconds"));
    (answer.status.as_u16(), wait)
}

#[tokio::test]
async fn the_failure_over_the_budget_is_429_and_waits_grow_up_to_the_longest() {
    let kit = Kit::new().await;
    let layer = layer(&kit, of_addresses());
    let fail = async || send(&layer, from(get("/", WRONG), "192.0.2.7")).await;
    for _ in 0..20 {
        assert_eq!(came(&fail().await), (401, None));
    }
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
        let refused = fail().await;
        assert_eq!(came(&refused), (429, Some(wait)));
        assert_eq!(refused.header("ratelimit-policy"), [r#""failures-address";q=20;w=60"#]);
        assert_eq!(refused.header("ratelimit"), [format!(r#""failures-address";r=0;t={wait}"#)]);
        assert!(refused.header("www-authenticate").is_empty());
        // What comes meanwhile is told what is left, and makes the wait no longer.
        kit.clock.advance(Duration::from_millis(wait * 1_000 - 500));
        assert_eq!(came(&fail().await), (429, Some(1)));
        kit.clock.advance(Duration::from_millis(500));
    }
}

#[tokio::test]
async fn a_prefix_that_was_quiet_for_long_enough_begins_anew() {
    let kit = Kit::new().await;
    let throttle =
        of_addresses().with_address_budget(per_minute(1)).with_quiet_time(Duration::from_secs(600));
    let layer = layer(&kit, throttle);
    let fail = async || came(&send(&layer, from(get("/", WRONG), "192.0.2.7")).await);
    assert_eq!([fail().await, fail().await], [(401, None), (429, Some(1))]);
    kit.clock.advance(Duration::from_secs(600));
    assert_eq!(fail().await, (429, Some(2)), "a second of these was the wait");
    kit.clock.advance(Duration::from_secs(602));
    assert_eq!([fail().await, fail().await], [(401, None), (429, Some(1))]);
}

#[tokio::test]
async fn while_a_prefix_waits_good_credentials_are_held_up_there_and_nowhere_else() {
    let kit = Kit::new().await;
    let (api, _) = keys(&kit).await;
    let layer = layer(&kit, of_addresses().with_address_budget(per_minute(1)));
    let good = [("x-api-key", api.secret.expose_text().expect("text"))];
    let ask = async |headers: &[(&str, &str)], address| {
        send(&layer, from(get("/", headers), address)).await.status.as_u16()
    };
    assert_eq!([ask(WRONG, "192.0.2.7").await, ask(WRONG, "192.0.2.7").await], [401, 429]);
    assert_eq!(ask(&good, "192.0.2.7").await, 429);
    assert_eq!(ask(&good, "::ffff:192.0.2.7").await, 429, "the same address in another spelling");
    assert_eq!(ask(&[], "192.0.2.7").await, 200, "nobody is anonymous by a credential");
    assert_eq!(ask(&good, "192.0.2.8").await, 200);
    assert_eq!(
        send(&layer, get("/", &good)).await.status,
        200,
        "an address that is not known waits for nobody"
    );
    kit.clock.advance(Duration::from_secs(1));
    assert_eq!(ask(&good, "192.0.2.7").await, 200);
}

#[tokio::test]
async fn a_prefix_is_an_address_of_ipv4_or_64_bits_of_ipv6_unless_it_is_set() {
    let of = async |throttle: Throttle, addresses: [&str; 3]| {
        let kit = Kit::new().await;
        let layer = layer(&kit, throttle.with_address_budget(per_minute(1)));
        let mut statuses = Vec::new();
        for address in addresses {
            statuses.push(send(&layer, from(get("/", WRONG), address)).await.status.as_u16());
        }
        statuses
    };
    let (v4, v6) =
        (["192.0.2.7", "192.0.2.8", "192.0.2.7"], ["2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"]);
    assert_eq!(of(of_addresses(), v4).await, [401, 401, 429]);
    assert_eq!(of(of_addresses(), v6).await, [401, 429, 401]);
    let wide = || of_addresses().with_prefixes(24, 48);
    assert_eq!(of(wide(), v4).await, [401, 429, 429]);
    assert_eq!(of(wide(), v6).await, [401, 429, 429]);
    assert_eq!(of(of_addresses().with_prefixes(255, 255), v6).await, [401, 401, 401]);
}

#[tokio::test]
async fn strangers_who_fail_with_an_owners_key_id_do_not_lock_the_owner_out() {
    let kit = Kit::new().await;
    let (_, key) = keys(&kit).await;
    let layer = layer(&kit, Throttle::new());
    let mut statuses = BTreeMap::new();
    for stranger in 0..1_000 {
        // From everywhere, so that no address is over its budget.
        let address = format!("2001:db8:{stranger:x}::1");
        let answer = send(&layer, from(signed(&kit, &key.id, &Secret::from("guess")), &address)).await;
        *statuses.entry(answer.status.as_u16()).or_insert(0) += 1;
        if answer.status == 429 {
            assert_eq!(answer.header("retry-after"), ["40"], "until the minute is over");
            assert_eq!(answer.header("ratelimit"), [r#""failures-key";r=0;t=40"#]);
        }
    }
    assert_eq!(statuses, BTreeMap::from([(401, 10), (429, 990)]));
    assert_eq!(send(&layer, from(signed(&kit, &key.id, &key.secret), "192.0.2.1")).await.status, 200);
    kit.clock.advance(Duration::from_secs(40));
    let next = send(&layer, from(signed(&kit, &key.id, &Secret::from("guess")), "192.0.2.2")).await;
    assert_eq!(came(&next), (401, None));
}

#[tokio::test]
async fn known_unknown_and_revoked_ids_are_answered_alike_at_every_step() {
    let kit = Kit::new().await;
    let (_, known) = keys(&kit).await;
    let (_, revoked) = keys(&kit).await;
    kit.revoke(&revoked.id).await;
    let layer = layer(&kit, Throttle::new());
    for step in 0..15 {
        let mut answers = Vec::new();
        for (at, id) in [&known.id, &revoked.id, &KeyId::from("nobody")].into_iter().enumerate() {
            let address = format!("2001:db8:{step:x}:{at}::1");
            answers.push(send(&layer, from(signed(&kit, id, &Secret::from("guess")), &address)).await);
        }
        assert_eq!((&answers[0], &answers[0]), (&answers[1], &answers[2]));
        assert_eq!(answers[0].status.as_u16(), if step < 10 { 401 } else { 429 });
    }
}

#[tokio::test]
async fn user_names_and_the_ids_that_api_keys_say_of_themselves_are_counted() {
    let kit = Kit::new().await;
    let hash = PasswordHash::bcrypt(&"right".into(), 4).expect("a hash");
    let users = UserVerifier::single(SinglePassword::new("ada".into(), hash)).expect("users");
    let basic = AuthLayer::new(BasicAuthenticator::new(users))
        .with_throttle(Throttle::new().with_key_budget(per_minute(2)));
    let ask = async |name: &str, password: &str| {
        let value =
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{name}:{password}"));
        let request = get("/", &[("authorization", &format!("Basic {value}"))]);
        tower::ServiceExt::oneshot(
            tower::Layer::layer(
                &basic,
                tower::service_fn(async |_| {
                    Ok::<_, std::convert::Infallible>(http::Response::new(Full::<Bytes>::default()))
                }),
            ),
            request,
        )
        .await
        .expect("infallible")
        .status()
        .as_u16()
    };
    for name in ["ada", "bob"] {
        let came = [ask(name, "1").await, ask(name, "2").await, ask(name, "3").await];
        assert_eq!(came, [401, 401, 429], "{name}");
    }
    assert_eq!(ask("ada", "right").await, 200);

    let format = KeyFormat::checked("acme", "live").expect("a format");
    let key = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_format(format.clone())).await;
    let (unknown, other) = format.generate(Some(&key.id)).expect("random");
    assert_eq!(unknown, key.id, "another secret under the same id");
    let chain = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::format(format));
    let layer = kit.layer(chain).with_throttle(Throttle::new().with_key_budget(per_minute(2)));
    let ask = async |secret: &Secret| {
        send(&layer, get("/", &[("x-api-key", secret.expose_text().expect("text"))])).await.status.as_u16()
    };
    assert_eq!([ask(&other).await, ask(&other).await, ask(&other).await], [401, 401, 429]);
    assert_eq!(ask(key.secret.as_ref()).await, 200);
}

#[tokio::test]
async fn what_is_no_failure_is_not_counted() {
    let kit = Kit::new().await;
    let (api, _) = keys(&kit).await;
    let only = portcullis::store::EntryPoints::only(["/elsewhere"]).expect("a name");
    let limited = kit
        .issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_").with_entry_points(only))
        .await;
    let throttle = of_addresses().with_address_budget(per_minute(1));
    let layer = layer(&kit, throttle.clone());
    let strict = kit.layer(ApiKeyAuthenticator::new(Down, KeyShape::any())).with_throttle(throttle);
    let strict = strict.with_peer(|extensions| extensions.get::<IpAddr>().copied());
    let text = |key: &IssuedKey| key.secret.expose_text().expect("text").to_owned();
    let (good, forbidden) = (text(&api), text(&limited));
    for _ in 0..50 {
        let ask = async |headers: &[(&str, &str)]| {
            send(&layer, from(get("/", headers), "192.0.2.7")).await.status.as_u16()
        };
        assert_eq!(ask(&[]).await, 200);
        assert_eq!(ask(&[("x-api-key", &good)]).await, 200);
        assert_eq!(ask(&[("x-api-key", &forbidden)]).await, 403);
        assert_eq!(ask(&[("x-api-key", &good), ("x-api-key", &good)]).await, 400);
        assert_eq!(send(&strict, from(get("/", WRONG), "192.0.2.7")).await.status, 503);
        assert_eq!(send(&strict, from(get("/", &[]), "192.0.2.7")).await.status, 401);
    }
    assert_eq!(send(&layer, from(get("/", WRONG), "192.0.2.7")).await.status, 401);
    // What nobody claims is a try too.
    let unclaimed = get("/", &[("authorization", "Bearer whatever")]);
    assert_eq!(send(&layer, from(unclaimed, "192.0.2.7")).await.status, 429);
}

#[tokio::test]
async fn a_forged_header_chooses_no_prefix_and_a_trusted_proxy_says_whose_it_is() {
    let kit = Kit::new().await;
    let proxies = TrustedProxies::x_forwarded_for(std::num::NonZeroUsize::MIN)
        .with_networks(["10.0.0.0/8"])
        .expect("networks");
    let layer = layer(&kit, of_addresses().with_address_budget(per_minute(2))).with_trusted_proxies(proxies);
    let fail = async |peer: &str, client: &str| {
        let headers = [WRONG[0], ("x-forwarded-for", client)];
        send(&layer, from(get("/", &headers), peer)).await.status.as_u16()
    };
    // A stranger who says to be somebody else each time is still who it is.
    let forged = [fail("192.0.2.7", "198.51.100.1").await, fail("192.0.2.7", "198.51.100.2").await];
    assert_eq!((forged, fail("192.0.2.7", "198.51.100.3").await), ([401, 401], 429));
    // And has made nobody else wait.
    for client in ["198.51.100.1", "198.51.100.2", "198.51.100.3"] {
        assert_eq!([fail("10.0.0.1", client).await, fail("10.0.0.2", client).await], [401, 401]);
        assert_eq!(fail("10.0.0.1", client).await, 429);
    }
}

#[tokio::test]
async fn a_wait_is_recorded_once_and_a_429_says_in_the_log_what_failed() {
    let log = Log::capture();
    let kit = Kit::new().await;
    let (_, key) = keys(&kit).await;
    let trail = AuditTrail::new();
    let throttle = of_addresses().with_address_budget(per_minute(1));
    let layer = layer(&kit, throttle).with_audit(trail.clone());
    for _ in 0..3 {
        let _ = send(&layer, from(signed(&kit, &key.id, &Secret::from("guess")), "2001:db8::7")).await;
    }
    assert_eq!(trail.names(), ["refused", "throttled", "refused", "refused"]);
    let events = trail.events();
    let AuditEvent::Throttled { network, wait, at, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!((network.to_string(), *wait, *at), ("2001:db8::/64".to_owned(), Duration::from_secs(1), NOW));
    let json = events[1].to_json();
    assert!(json.contains(r#""event":"throttled""#), "{json}");
    assert!(json.contains(r#""peer":"2001:db8::7","network":"2001:db8::/64","seconds":1}"#), "{json}");
    let refused = |event: &AuditEvent<'_>| match event {
        AuditEvent::Refused { reason, key, .. } => (*reason, key.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&events[0]), (Reason::WrongSignature, Some(key.id.clone())));
    assert_eq!(refused(&events[2]), (Reason::TooManyFailures, Some(key.id.clone())));
    assert_eq!(refused(&events[3]), (Reason::TooManyFailures, None), "nobody was asked");
    let text = log.text();
    assert!(text.lines().any(|line| {
        line.contains("too many credentials failed") && line.contains("x-auth: the signature is wrong")
    }));
    assert!(text.lines().any(|line| line.contains("WARN") && line.contains("2001:db8::/64")));
}

#[tokio::test]
async fn behind_actix_the_address_of_the_connection_has_to_wait() {
    let kit = Kit::new().await;
    let chain = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"));
    let auth = AuthMiddleware::new(chain).with_clock(kit.clock.clone());
    let auth = auth.with_throttle(of_addresses().with_address_budget(per_minute(1)));
    let app =
        init_service(App::new().wrap(auth).route("/", web::get().to(async || HttpResponse::Ok()))).await;
    let fail = async |peer: &str| {
        let peer = peer.parse().expect("an address");
        let request = TestRequest::get().uri("/").peer_addr(peer).insert_header(WRONG[0]);
        let answer = call_service(&app, request.to_request()).await;
        let wait = answer.headers().get("retry-after").map(|wait| wait.to_str().expect("text").to_owned());
        (answer.status().as_u16(), wait)
    };
    assert_eq!(fail("192.0.2.7:1").await, (401, None));
    assert_eq!(fail("192.0.2.7:2").await, (429, Some("1".to_owned())));
    assert_eq!(fail("192.0.2.8:1").await, (401, None));
}
