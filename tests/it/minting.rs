//! Keys that mint keys, through a route.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::post;
use http::StatusCode;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::axum::Authenticated;
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{KeyAdminExt, KeyOwner, KeyQuery, KeyRef, NewKey, StoredPrincipal};
use portcullis::{Realm, Scheme, Scopes};
use tower::ServiceExt;

use crate::kit::{Answer, Kit, NOW, answer, request};

/// Mints a key of the scopes that the path names, for whoever asks.
async fn mint(
    State(keys): State<MemoryKeyStore>,
    Authenticated(me): Authenticated<StoredPrincipal>,
    Path(scopes): Path<String>,
) -> Result<String, StatusCode> {
    let credential = me.credential().expect("a credential");
    let (Some(realm), Some(id)) = (credential.realm(), credential.key()) else {
        return Err(StatusCode::FORBIDDEN);
    };
    let minter = KeyRef { realm: realm.clone(), id: id.clone() };
    let owner = KeyOwner { user: me.user().clone(), account: me.account().clone(), site: me.site().clone() };
    let key = NewKey::new(Scheme::ApiKey, owner).with_scopes(Scopes::parse(&scopes).expect("scopes"));
    match keys.mint(&minter, key, NOW).await {
        Ok(minted) => Ok(minted.secret.expose_text().expect("text").to_owned()),
        Err(error) => {
            let status = error.refusal().map_or(500, |refusal| refusal.kind().status());
            Err(StatusCode::from_u16(status).expect("a status"))
        }
    }
}

async fn ask(router: &Router, scopes: &str, key: &str) -> Answer {
    let sent = request("POST", &format!("/keys/{scopes}"), &[("x-api-key", key)], b"");
    answer(router.clone().oneshot(sent).await.expect("infallible")).await
}

#[tokio::test]
async fn a_read_only_key_that_mints_an_admin_key_is_answered_403_and_nothing_is_issued() {
    let kit = Kit::new().await;
    let reader = NewKey::new(Scheme::ApiKey, Kit::ada()).with_scopes(Scopes::parse("read").expect("scopes"));
    let reader = kit.issue(reader).await;
    let reader = reader.secret.expose_text().expect("text");
    let auth = kit.layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()));
    let router = Router::new().route("/keys/{scopes}", post(mint)).layer(auth).with_state(kit.keys.clone());
    let count = async || kit.keys.list_all(KeyQuery::new(Realm::default()), NOW).await.expect("a list").len();
    let before = count().await;
    assert_eq!(ask(&router, "admin", reader).await.status, 403);
    assert_eq!(count().await, before);

    let minted = ask(&router, "read", reader).await;
    assert_eq!((minted.status.as_u16(), count().await), (200, before + 1));
    // What was minted works, and is as limited.
    assert_eq!(ask(&router, "admin", &minted.body).await.status, 403);
    assert_eq!(ask(&router, "read", &minted.body).await.status, 200);
}
