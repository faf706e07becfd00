//! Clocks at their extremes, nonces, and secrets that were replaced.

use std::time::Duration;

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey, JwtPolicy};
use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};
use portcullis::store::memory::MemoryNonceStore;
use portcullis::store::{IssuedKey, KeyRef, NewKey};
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{KeyAdmin, Realm, Scheme, Timestamp};

use crate::jwt::{CLAIMS, HEADER, SECRET, but, good, jwt_of, key, status, token};
use crate::kit::{Kit, NOW, get, request, send};
use crate::table::Sent;

const EXTREMES: [i64; 7] = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];

async fn issued(kit: &Kit, scheme: Scheme) -> IssuedKey {
    kit.issue(NewKey::new(scheme, Kit::ada())).await
}

fn x_auth(key: &IssuedKey, method: &str, body: &[u8], now: Timestamp) -> Sent {
    let mut sent = request(method, "/", &[], body);
    let signed = XAuthSigner::new(key.id.clone(), &key.secret).sign(body, now).expect("signed");
    signed.insert_into(sent.headers_mut()).expect("headers");
    sent
}

fn url(key: &IssuedKey, method: &str, now: Timestamp) -> Sent {
    let target = QuerySigner::new(key.id.clone(), &key.secret).sign("/", b"", now).expect("signed");
    request(method, &target, &[], b"")
}

#[tokio::test]
async fn no_clock_makes_a_signed_request_or_a_token_panic_or_pass() {
    let kit = Kit::new().await;
    let (x, q) = (issued(&kit, Scheme::XAuth).await, issued(&kit, Scheme::QuerySignature).await);
    let api = issued(&kit, Scheme::ApiKey).await;
    let (keys, nonces) = (kit.keys.clone(), kit.nonces.clone());
    let of_x = XAuthAuthenticator::new(keys.clone(), nonces.clone());
    let of_q = QuerySignatureAuthenticator::new(keys.clone(), nonces.clone());
    let strict = (kit.layer(of_x.clone()), kit.layer(of_q.clone()));
    let loose = (
        kit.layer(of_x.with_max_life(Duration::MAX).dangerous_accept_eleven_digit_exp()),
        kit.layer(of_q.with_max_drift(Duration::MAX)),
    );
    let jwt = kit.layer(jwt_of(JwtPolicy::new().with_max_lifetime(Duration::MAX), [key(SECRET)]));
    let api_keys = kit.layer(ApiKeyAuthenticator::new(keys, KeyShape::any()));
    let value = api.secret.expose_text().expect("text");
    let slip = [("x-auth-iss", x.id.as_str()), ("x-auth-exp", "17000000005"), ("x-auth-nbf", "0000000000")];
    for micros in EXTREMES {
        kit.clock.set(Timestamp::from_unix_micros(micros));
        assert_eq!(send(&strict.0, x_auth(&x, "GET", b"", NOW)).await.status, 401, "{micros}");
        assert_eq!(send(&loose.0, x_auth(&x, "GET", b"", NOW)).await.status, 401, "{micros}");
        let mut long = get("/", &slip);
        long.headers_mut().insert("x-auth-signature", "A".repeat(43).parse().expect("value"));
        assert_eq!(send(&loose.0, long).await.status, 401, "{micros}");
        assert_eq!(send(&strict.1, url(&q, "GET", NOW)).await.status, 401, "{micros}");
        assert_eq!(send(&loose.1, url(&q, "GET", NOW)).await.status, 200, "{micros}");
        assert_eq!(status(&jwt, &good()).await, 401, "{micros}");
        assert_eq!(send(&api_keys, get("/", &[("x-api-key", value)])).await.status, 200, "{micros}");
    }
}

#[tokio::test]
async fn endless_leeway_neither_panics_nor_forgets_the_signature() {
    let kit = Kit::new().await;
    let layer = kit.layer(jwt_of(JwtPolicy::new().with_leeway(Duration::MAX), [key(SECRET)]));
    for micros in EXTREMES {
        kit.clock.set(Timestamp::from_unix_micros(micros));
        // Sums saturate, so the last moment of all is past every end.
        let expected = if (-1..i64::MAX).contains(&micros) { 200 } else { 401 };
        assert_eq!(status(&layer, &good()).await, expected, "{micros}");
        assert_eq!(status(&layer, &format!("{}A", good())).await, 401, "{micros}");
    }
}

#[tokio::test]
async fn a_token_that_lives_too_long_is_refused_where_that_is_limited() {
    let kit = Kit::new().await;
    let policy = JwtPolicy::new().with_max_lifetime(Duration::from_secs(70));
    let layer = kit.layer(jwt_of(policy, [key(SECRET)]));
    let until = |exp: &str| token(HEADER, but("1700000060", exp));
    let no_iat = token(HEADER, but(r#""iat":1699999990,"#, ""));
    assert!(CLAIMS.contains(r#""iat":1699999990"#));
    for (token, expected) in
        [(good(), 200), (until("1700000061"), 401), (until("2015360000"), 401), (no_iat, 401)]
    {
        assert_eq!(status(&layer, &token).await, expected, "{token}");
    }
}

#[tokio::test]
async fn tokens_of_every_hash_last_to_the_second_and_no_longer() {
    let kit = Kit::new().await;
    for algorithm in [JwtAlgorithm::Hs256, JwtAlgorithm::Hs384, JwtAlgorithm::Hs512] {
        kit.clock.set(NOW);
        let key = JwtKey::hmac(algorithm, SECRET.into()).expect("key");
        let token = JwtIssuer::new(key.clone(), Duration::from_secs(60)).issue("ada", NOW).expect("token");
        let layer = kit.layer(jwt_of(JwtPolicy::new(), [key]));
        assert_eq!(status(&layer, &token).await, 200, "{algorithm}");
        kit.clock.advance(Duration::from_micros(59_999_999));
        assert_eq!(status(&layer, &token).await, 200, "{algorithm}");
        kit.clock.advance(Duration::from_micros(1));
        assert_eq!(status(&layer, &token).await, 401, "{algorithm}");
    }
}

#[tokio::test]
async fn a_claim_outlives_the_window_on_both_sides_of_now() {
    let kit = Kit::new().await;
    let (x, q) = (issued(&kit, Scheme::XAuth).await, issued(&kit, Scheme::QuerySignature).await);
    let of_x = kit.layer(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let of_q = kit.layer(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let ahead = NOW.saturating_add(Duration::from_secs(300));
    let (signed, posted) = (url(&q, "POST", ahead), x_auth(&x, "POST", b"", NOW));
    assert_eq!(send(&of_q, signed.clone()).await.status, 200);
    assert_eq!(send(&of_x, posted.clone()).await.status, 200);
    for second in [1, 59, 60, 61, 299, 300, 301, 599, 600, 601] {
        kit.clock.set(NOW.saturating_add(Duration::from_secs(second)));
        // Others make claims meanwhile, so that what is past is freed.
        let now = portcullis::Clock::now(&kit.clock);
        assert_eq!(send(&of_x, x_auth(&x, "POST", b"other", now)).await.status, 200, "{second}");
        assert_eq!(send(&of_q, signed.clone()).await.status, 401, "{second}");
        assert_eq!(send(&of_x, posted.clone()).await.status, 401, "{second}");
    }
}

#[tokio::test]
async fn strangers_leave_nothing_in_the_nonce_store() {
    let kit = Kit::new().await;
    let (x, q) = (issued(&kit, Scheme::XAuth).await, issued(&kit, Scheme::QuerySignature).await);
    let of_x = kit.layer(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let of_q = kit.layer(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let wrong = |key: &IssuedKey| IssuedKey::new(key.id.clone(), "another secret".into());
    for second in 0..200 {
        let now = Timestamp::from_unix_seconds(NOW.as_unix_seconds() - second % 50);
        assert_eq!(send(&of_x, x_auth(&wrong(&x), "POST", b"", now)).await.status, 401);
        assert_eq!(send(&of_q, url(&wrong(&q), "POST", now)).await.status, 401);
    }
    assert_eq!(kit.nonces.len(), 0);
}

#[tokio::test]
async fn a_full_nonce_store_is_503_until_there_is_room_again() {
    let mut kit = Kit::new().await;
    kit.nonces = MemoryNonceStore::with_capacity(1);
    let x = issued(&kit, Scheme::XAuth).await;
    let layer = kit.layer(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone())).allow_anonymous();
    let first = x_auth(&x, "POST", b"1", NOW);
    assert_eq!(send(&layer, first.clone()).await.status, 200);
    for method in ["POST", "GET"] {
        let full = send(&layer, x_auth(&x, method, b"2", NOW)).await;
        assert_eq!((full.status.as_u16(), full.header("retry-after")), (503, vec!["5"]), "{method}");
    }
    assert_eq!(send(&layer, first.clone()).await.status, 401);
    kit.clock.advance(Duration::from_secs(120));
    let now = portcullis::Clock::now(&kit.clock);
    assert_eq!(send(&layer, x_auth(&x, "POST", b"3", now)).await.status, 200);
    assert_eq!(send(&layer, first).await.status, 401);
}

#[tokio::test]
async fn a_replaced_secret_signs_for_the_overlap_and_no_longer() {
    for (scheme, sign) in [
        (Scheme::XAuth, (|key, now| x_auth(key, "POST", b"", now)) as fn(&IssuedKey, Timestamp) -> Sent),
        (Scheme::QuerySignature, |key, now| url(key, "POST", now)),
        (Scheme::ApiKey, |key, _| get("/", &[("x-api-key", key.secret.expose_text().expect("text"))])),
    ] {
        let kit = Kit::new().await;
        let old = issued(&kit, scheme).await;
        let layer = kit.layer(
            portcullis::AnyOf::new()
                .with(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()))
                .with(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()))
                .with(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone())),
        );
        let name = KeyRef { realm: Realm::default(), id: old.id.clone() };
        let new = kit.keys.rotate(&name, Duration::from_secs(10), NOW).await.expect("rotated");
        for (second, with_old) in [(0, 200), (9, 200), (10, 401)] {
            let now = NOW.saturating_add(Duration::from_secs(second));
            kit.clock.set(now);
            let found =
                [send(&layer, sign(&old, now)).await.status, send(&layer, sign(&new, now)).await.status];
            assert_eq!(found.map(|status| status.as_u16()), [with_old, 200], "{scheme} {second}");
        }
    }
}
