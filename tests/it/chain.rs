//! Several schemes in one order.

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::store::{NewKey, StoredPrincipal};
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{AnyOf, Authenticator, AuthenticatorExt, Scheme};

use crate::kit::{Down, Kit, get, send};

fn chain(kit: &Kit) -> impl Authenticator<Principal = StoredPrincipal> + Clone + use<> {
    let (keys, nonces) = (kit.keys.clone(), kit.nonces.clone());
    ApiKeyAuthenticator::new(keys.clone(), KeyShape::prefix("igny8_"))
        .or(QuerySignatureAuthenticator::new(keys.clone(), nonces.clone()))
        .or(XAuthAuthenticator::new(keys, nonces))
}

#[tokio::test]
async fn every_member_is_offered_once_in_the_order_of_the_chain() {
    let kit = Kit::new().await;
    let expected = ["Bearer", "Api-Key", "Query-Signature", "X-Auth"];
    let erased = AnyOf::new().with(chain(&kit).boxed()).with(chain(&kit));
    assert_eq!(send(&kit.layer(chain(&kit)), get("/", &[])).await.header("www-authenticate"), expected);
    assert_eq!(send(&kit.layer(erased), get("/", &[])).await.header("www-authenticate"), expected);
}

#[tokio::test]
async fn the_first_error_stands_and_an_outage_is_not_a_refusal() {
    let kit = Kit::new().await;
    let key = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_")).await;
    let value = format!("Bearer {}", key.secret.expose_text().expect("text"));
    let any = |keys| ApiKeyAuthenticator::new(keys, KeyShape::any());
    let sent = || get("/", &[("authorization", &value)]);

    let wrong_then_down =
        kit.layer(any(Kit::new().await.keys).or(ApiKeyAuthenticator::new(Down, KeyShape::any())));
    assert_eq!(send(&wrong_then_down, sent()).await.status, 401);
    let down_then_good = kit.layer(ApiKeyAuthenticator::new(Down, KeyShape::any()).or(any(kit.keys.clone())));
    assert_eq!(send(&down_then_good, sent()).await.status, 503);
}

#[tokio::test]
async fn an_unknown_key_goes_on_only_to_a_member_that_was_named() {
    let kit = Kit::new().await;
    let elsewhere = Kit::new().await;
    let key = elsewhere.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await;
    let value = key.secret.expose_text().expect("text").to_owned();
    let any = |keys| ApiKeyAuthenticator::new(keys, KeyShape::any());
    let first = any(kit.keys.clone());
    let sent = || get("/", &[("x-api-key", &value)]);

    let stops = kit.layer(first.clone().or(any(elsewhere.keys.clone())));
    assert_eq!(send(&stops, sent()).await.status, 401);
    let goes_on = kit.layer(first.clone().leave_unknown_to(Scheme::ApiKey).or(any(elsewhere.keys.clone())));
    assert_eq!(send(&goes_on, sent()).await.status, 200);
    let nobody = kit.layer(first.leave_unknown_to(Scheme::ApiKey)).allow_anonymous();
    assert_eq!(send(&nobody, sent()).await.status, 401);
}

#[tokio::test]
async fn a_boxed_chain_answers_like_a_static_one() {
    let kit = Kit::new().await;
    let key = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_")).await;
    let value = format!("Bearer {}", key.secret.expose_text().expect("text"));
    let (fixed, boxed) = (kit.layer(chain(&kit)), kit.layer(chain(&kit).boxed()));
    let cases: [&[(&str, &str)]; 5] = [
        &[],
        &[("authorization", &value)],
        &[("authorization", "Bearer igny8_00000000000000000000")],
        &[("x-auth-iss", "x")],
        &[("authorization", &value), ("x-auth-iss", "x")],
    ];
    for headers in cases {
        assert_eq!(
            send(&fixed, get("/", headers)).await,
            send(&boxed, get("/", headers)).await,
            "{headers:?}"
        );
    }
}
