//! Header lines that are ambiguous, empty, joined or too long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{KeyHandle, KeyRecord, NewKey, StoreError, StoredPrincipal};
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{Authenticator, AuthenticatorExt, KeyStore, Scheme, Secret};
use tower::{Layer, ServiceExt, service_fn};

use crate::body::Counted;
use crate::jwt::{good, jwt};
use crate::kit::{Kit, get, send};

const KEY: &str = "igny8_0123456789abcdefghij";

async fn kit() -> Kit {
    let kit = Kit::new().await;
    let _ = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_secret(Secret::from(KEY))).await;
    kit
}

fn chain(kit: &Kit) -> impl Authenticator<Principal = StoredPrincipal> + use<> {
    ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"))
        .or(jwt())
        .or(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()))
        .or(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()))
}

/// A target, the header lines, and the status of the answer.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u16);

#[tokio::test]
async fn what_is_ambiguous_is_400_and_what_is_wrong_401_also_where_anonymous_is_allowed() {
    let kit = kit().await;
    let (strict, open) = (kit.layer(chain(&kit)), kit.layer(chain(&kit)).allow_anonymous());
    let bearer = format!("Bearer {KEY}");
    let (token, joined) = (format!("Bearer {}", good()), format!("Bearer {KEY}, Bearer {KEY}"));
    let (mixed, tokens) = (format!("Basic eDp5, Bearer {KEY}"), format!("Bearer {0},Bearer {0}", good()));
    let keys = format!("{KEY},{KEY}");
    let cases: [Case<'_>; 24] = [
        ("/", &[("authorization", &bearer), ("authorization", &bearer)], 400),
        ("/", &[("authorization", &bearer), ("authorization", "")], 400),
        ("/", &[("authorization", ""), ("authorization", "")], 400),
        ("/", &[("authorization", "Basic eDp5"), ("authorization", &token)], 400),
        ("/", &[("x-api-key", KEY), ("x-api-key", "")], 400),
        ("/", &[("x-api-key", ""), ("x-api-key", "")], 400),
        ("/", &[("x-api-key", KEY), ("authorization", "")], 400),
        ("/", &[("x-api-key", ""), ("authorization", &bearer)], 400),
        ("/", &[("x-api-key", KEY), ("x-auth-nbf", "")], 400),
        ("/?signature", &[("x-api-key", KEY)], 400),
        ("/?signature=&signature=", &[], 400),
        ("/?signature=", &[], 400),
        ("/?apikey=igny8_0123456789abcdefghij", &[], 400),
        ("/?timestamp", &[], 400),
        ("/", &[("x-auth-iss", "")], 400),
        ("/", &[("x-auth-signature", ""), ("x-auth-signature", "")], 400),
        ("/", &[("authorization", "")], 401),
        ("/", &[("authorization", " \t ")], 401),
        ("/", &[("x-api-key", "")], 401),
        ("/", &[("x-api-key", &keys)], 401),
        ("/", &[("authorization", &joined)], 401),
        ("/", &[("authorization", &mixed)], 401),
        ("/", &[("authorization", &tokens)], 401),
        ("/", &[("authorization", "\u{feff}Bearer x")], 401),
    ];
    for (target, headers, status) in cases {
        for layer in [&strict, &open] {
            assert_eq!(send(layer, get(target, headers)).await.status, status, "{target} {headers:?}");
        }
    }
    for target in ["/", "/?", "/?&", "/?=", "/?a;signature=x", "/?a=signature", "/?apikeys=1"] {
        assert_eq!(send(&strict, get(target, &[])).await.status, 401, "{target}");
        assert_eq!(send(&open, get(target, &[])).await.body, "anonymous|", "{target}");
    }
}

#[tokio::test]
async fn two_authorization_lines_are_400_also_where_no_member_reads_them() {
    let kit = kit().await;
    let x_auth = XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone());
    let nobody = portcullis::AnyOf::<StoredPrincipal>::new();
    for layer in [kit.layer(x_auth.boxed()).allow_anonymous(), kit.layer(nobody.boxed()).allow_anonymous()] {
        let twice = get("/", &[("authorization", "Bearer a"), ("authorization", "Bearer a")]);
        assert_eq!(send(&layer, twice).await.status, 400);
        assert_eq!(send(&layer, get("/", &[("authorization", "Bearer a")])).await.status, 401);
    }
}

#[tokio::test]
async fn white_space_at_the_edges_of_a_line_is_not_part_of_the_key() {
    let kit = kit().await;
    let layer = kit.layer(chain(&kit));
    for value in [format!(" {KEY}"), format!("{KEY}\t ")] {
        assert_eq!(send(&layer, get("/", &[("x-api-key", &value)])).await.status, 200, "{value:?}");
    }
    for value in [format!("{KEY} x"), format!("x {KEY}"), format!("\"{KEY}\"")] {
        assert_eq!(send(&layer, get("/", &[("x-api-key", &value)])).await.status, 401, "{value:?}");
    }
}

/// A store that counts how often it is asked.
#[derive(Clone)]
struct Asked(MemoryKeyStore, Arc<AtomicUsize>);

impl KeyStore for Asked {
    type Principal = StoredPrincipal;

    async fn find(
        &self,
        handle: &KeyHandle<'_>,
    ) -> Result<Option<Arc<KeyRecord<StoredPrincipal>>>, StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.find(handle).await
    }
}

#[tokio::test]
async fn the_store_is_not_asked_about_what_cannot_be_a_key() {
    let kit = kit().await;
    let asked = Asked(kit.keys.clone(), Arc::default());
    let layer = kit.layer(ApiKeyAuthenticator::new(asked.clone(), KeyShape::any()));
    for (value, status) in [
        ("x".repeat(1 << 20), 401),
        ("x".repeat(256), 401),
        ("x".repeat(19), 401),
        (format!("{KEY}\u{200b}"), 401),
        (format!("{KEY}é"), 401),
        (format!("{KEY} "), 200),
        ("ｉｇｎｙ８＿0123456789abcdefghij".to_owned(), 401),
        (format!("{KEY} {KEY}"), 401),
    ] {
        let before = asked.1.load(Ordering::SeqCst);
        let answer = send(&layer, get("/", &[("x-api-key", &value)])).await;
        let times = asked.1.load(Ordering::SeqCst) - before;
        assert_eq!((answer.status.as_u16(), times), (status, usize::from(status == 200)), "{}", value.len());
    }
}

#[tokio::test]
async fn the_store_is_not_asked_about_ids_that_are_too_long() {
    let kit = kit().await;
    let asked = Asked(kit.keys.clone(), Arc::default());
    let layer = kit.layer(
        XAuthAuthenticator::new(asked.clone(), kit.nonces.clone())
            .or(QuerySignatureAuthenticator::new(asked.clone(), kit.nonces.clone())),
    );
    let signature = format!("{}=", "A".repeat(43));
    for (length, times) in [(255, 2), (256, 0), (60_000, 0)] {
        let id = "k".repeat(length);
        let headers = [
            ("x-auth-iss", id.as_str()),
            ("x-auth-exp", "1700000060"),
            ("x-auth-nbf", "1699999990"),
            ("x-auth-signature", &signature),
        ];
        assert_eq!(send(&layer, get("/", &headers)).await.status, 401, "{length}");
        let target = format!("/?timestamp=1700000000&apikey={id}&signature={signature}");
        assert_eq!(send(&layer, get(&target, &[])).await.status, 401, "{length}");
        assert_eq!(asked.1.swap(0, Ordering::SeqCst), times, "{length}");
    }
}

#[tokio::test]
async fn trailers_hold_no_credentials() {
    let kit = kit().await;
    let layer = kit.layer(chain(&kit));
    let mut trailers = http::HeaderMap::new();
    trailers.insert("authorization", format!("Bearer {KEY}").parse().expect("value"));
    let (body, polled) = Counted::new(vec![Ok(http_body::Frame::trailers(trailers))], None);
    let inner = service_fn(|_: http::Request<portcullis::tower::AuthBody<Counted>>| {
        let answer = http::Response::new(http_body_util::Full::<bytes::Bytes>::default());
        std::future::ready(Ok::<_, std::convert::Infallible>(answer))
    });
    let request = http::Request::post("/").header("trailer", "authorization").body(body).expect("request");
    let response = layer.layer(inner).oneshot(request).await.expect("infallible");
    assert_eq!((response.status().as_u16(), polled.count()), (401, 0));
}

#[tokio::test]
async fn a_key_works_at_once_though_it_was_asked_for_before_it_was_there() {
    let kit = Kit::new().await;
    let layer = kit.layer(chain(&kit));
    let sent = || get("/", &[("x-api-key", KEY)]);
    assert_eq!(send(&layer, sent()).await.status, 401);
    let new = NewKey::new(Scheme::ApiKey, Kit::ada()).with_secret(Secret::from(KEY));
    let issued = kit.issue(new).await;
    assert_eq!(send(&layer, sent()).await.status, 200);
    kit.revoke(&issued.id).await;
    assert_eq!(send(&layer, sent()).await.status, 401);
}
