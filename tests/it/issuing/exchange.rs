//! Short tokens for API keys.

use portcullis::jwt::{ExchangeError, JwtAuthenticator, JwtVerifier, KeyExchange};
use portcullis::store::cached::CachedKeyStore;
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{
    Enabled, KeyAdmin, KeyEdit, KeyHandle, KeyOwner, KeyRecord, KeyRef, KeyStore, Networks, NewKey,
    StoreError, StoredPrincipal,
};
use portcullis::{Credential, Principal, Realm, Reason, Scheme, Scopes, Timestamp, UserId};
use std::convert::Infallible;
use std::sync::Arc;

use super::{NOW, ask, ask_from, authenticator, issuer, key, policy, seconds};

type Cached = CachedKeyStore<MemoryKeyStore>;

/// A key of ada's that may read and write, and who it is at the layer.
async fn issued(keys: &Cached, change: impl FnOnce(NewKey) -> NewKey) -> (KeyRef, Principal<UserId>) {
    let scopes = Scopes::parse("orders:read orders:write").expect("scopes");
    let _ = keys.add_user(&UserId::from("ada"), None).await;
    let new = NewKey::new(Scheme::ApiKey, KeyOwner::user("ada")).with_scopes(scopes.clone());
    let id = keys.issue(change(new), NOW).await.expect("issued").id;
    let credential = Credential::of_key(Scheme::ApiKey, Realm::default(), id.clone());
    let me = Principal::builder(UserId::from("ada")).scopes(scopes).credential(credential).build();
    (KeyRef { realm: Realm::default(), id }, me)
}

fn keys() -> Cached {
    CachedKeyStore::new(MemoryKeyStore::new())
}

async fn exchange(keys: &Cached, me: &Principal<UserId>) -> String {
    let exchange = KeyExchange::new(issuer(), keys.clone());
    exchange.exchange("ada", me, None, NOW).await.expect("a token").token
}

fn checked(keys: &Cached) -> JwtAuthenticator {
    authenticator().with_key_check(keys.clone())
}

#[tokio::test]
async fn a_token_for_a_key_is_who_the_key_is_with_its_scopes() {
    let keys = keys();
    let (_, me) = issued(&keys, |new| new).await;
    let token = exchange(&keys, &me).await;
    let who = ask(&checked(&keys), &token, NOW).await.expect("let through");
    assert_eq!((who.user().as_str(), who.scopes()), ("ada", me.scopes()));
}

#[tokio::test]
async fn whatever_happens_to_the_key_its_tokens_are_refused_with_the_next_request() {
    for (what, expected) in [
        ("revoke", Reason::KeyRevoked),
        ("disable", Reason::KeyDisabled),
        ("edit", Reason::TokenRevoked),
        ("rotate", Reason::TokenRevoked),
        ("switch on again", Reason::TokenRevoked),
        ("owner", Reason::OwnerInactive),
    ] {
        let keys = keys();
        let (key, me) = issued(&keys, |new| new).await;
        let (token, jwt) = (exchange(&keys, &me).await, checked(&keys));
        assert!(ask(&jwt, &token, NOW).await.is_ok());
        match what {
            "revoke" => keys.revoke(&key, "it leaked", NOW).await.expect(what),
            "disable" => keys.set_enabled(&key, Enabled::No).await.expect(what),
            "switch on again" => {
                keys.set_enabled(&key, Enabled::No).await.expect(what);
                keys.set_enabled(&key, Enabled::Yes).await.expect(what);
            }
            "edit" => {
                let edit = KeyEdit::new().scopes(Scopes::none());
                keys.edit(&key, edit).await.expect(what);
            }
            "rotate" => drop(keys.rotate(&key, seconds(60), NOW).await.expect(what)),
            _ => {
                let owner = portcullis::store::OwnerRef::User(UserId::from("ada"));
                keys.set_owner_active(&owner, Enabled::No).await.expect(what);
            }
        }
        assert_eq!(ask(&jwt, &token, NOW).await.err(), Some(expected), "{what}");
    }
}

#[tokio::test]
async fn a_token_ends_with_its_key_at_the_latest() {
    let keys = keys();
    let end = NOW.saturating_add(seconds(90));
    let (_, me) = issued(&keys, |mut new| {
        new.expires_at = Some(end);
        new
    })
    .await;
    let exchange = KeyExchange::new(issuer(), keys.clone());
    let issued = exchange.exchange("ada", &me, None, NOW).await.expect("a token");
    assert_eq!(issued.expires_at, end);
    assert_eq!(ask(&checked(&keys), &issued.token, end).await.err(), Some(Reason::Expired));
    let late = exchange.exchange("ada", &me, None, end).await;
    assert!(matches!(late, Err(ExchangeError::Key(error)) if error.reason() == Reason::Expired));
}

#[tokio::test]
async fn the_networks_of_the_key_hold_for_its_tokens() {
    let keys = keys();
    let only = Networks::any().with_allowed(["192.0.2.0/24"]).expect("a network");
    let (key, me) = issued(&keys, |new| new).await;
    keys.assign_networks(&key, only).await.expect("assigned");
    let token = exchange(&keys, &me).await;
    let jwt = checked(&keys);
    assert!(ask_from(&jwt, &token, "192.0.2.7", NOW).await.is_ok());
    assert_eq!(ask_from(&jwt, &token, "198.51.100.7", NOW).await.err(), Some(Reason::AddressNotAllowed));
}

#[tokio::test]
async fn no_token_may_do_more_than_the_principal_or_its_key() {
    let keys = keys();
    let (key, me) = issued(&keys, |new| new).await;
    let exchange = KeyExchange::new(issuer(), keys.clone());
    let scopes = |list| Scopes::parse(list).expect("scopes");
    let less = exchange.exchange("ada", &me, Some(&scopes("orders:read")), NOW).await.expect("a token");
    let who = ask(&checked(&keys), &less.token, NOW).await.expect("let through");
    assert_eq!(who.scopes().to_string(), "orders:read");
    let more = exchange.exchange("ada", &me, Some(&scopes("orders:read admin")), NOW).await;
    assert!(matches!(more, Err(ExchangeError::ExceedsScopes)));
    // Since it was let through, the key may do less.
    let edit = KeyEdit::new().scopes(scopes("orders:read"));
    keys.edit(&key, edit).await.expect("edited");
    let write = exchange.exchange("ada", &me, Some(&scopes("orders:write")), NOW).await;
    assert!(matches!(write, Err(ExchangeError::ExceedsScopes)));
    let rest = exchange.exchange("ada", &me, None, NOW).await.expect("a token");
    let who = ask(&checked(&keys), &rest.token, NOW).await.expect("let through");
    assert_eq!(who.scopes().to_string(), "orders:read");
}

#[tokio::test]
async fn what_only_roles_add_is_in_no_token_and_in_nobodys_way() {
    let keys = keys();
    let (_, me) = issued(&keys, |new| new).await;
    let all = me.scopes().union(&Scopes::parse("billing:read").expect("scopes"));
    let credential = me.credential().expect("a key").clone();
    let me = Principal::builder(UserId::from("ada")).scopes(all).credential(credential).build();
    let token = exchange(&keys, &me).await;
    let who = ask(&checked(&keys), &token, NOW).await.expect("let through");
    assert_eq!(who.scopes().to_string(), "orders:read orders:write");
    let exchange = KeyExchange::new(issuer(), keys);
    for (scope, status, member, said) in [
        (None, 200, "scope", "orders:read orders:write"),
        (Some("orders:write"), 200, "scope", "orders:write"),
        (Some("orders:write billing:read"), 400, "error", "invalid_scope"),
    ] {
        let answer = exchange.answer("ada", &me, scope, NOW).await;
        let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!((answer.status, &body[member]), (status, &said.into()), "{scope:?}");
    }
}

#[tokio::test]
async fn a_token_is_not_exchanged_for_another() {
    let keys = keys();
    let (_, me) = issued(&keys, |new| new).await;
    let token = exchange(&keys, &me).await;
    let who = ask(&checked(&keys), &token, NOW).await.expect("let through");
    let again = KeyExchange::new(issuer(), keys).exchange("ada", &who, None, NOW).await;
    assert!(matches!(again, Err(ExchangeError::Token)));
}

#[tokio::test]
async fn a_mapping_that_drops_the_credential_exchanges_nothing() {
    let keys = keys();
    let (_, me) = issued(&keys, |new| new).await;
    let token = exchange(&keys, &me).await;
    let verifier = JwtVerifier::new(policy(), [key()]).expect("a verifier");
    let mapped = JwtAuthenticator::new(verifier).with_mapping(|token| {
        Ok::<_, Infallible>(Principal::new(UserId::from(token.subject().unwrap_or_default())))
    });
    let who = ask(&mapped, &token, NOW).await.expect("let through");
    assert_eq!((who.user().as_str(), who.credential()), ("ada", None));
    for exchange in [
        KeyExchange::new(issuer(), keys.clone()),
        KeyExchange::new(issuer(), keys.clone()).allow_without_key(),
    ] {
        let refused = exchange.exchange("ada", &who, None, NOW).await;
        assert!(matches!(refused, Err(ExchangeError::NoKey)), "{refused:?}");
        let answer = exchange.answer("ada", &who, None, NOW).await;
        let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!((answer.status, &body["error"]), (400, &"invalid_grant".into()));
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_exchanged_unless_it_is_said_and_a_token_never() {
    let keys = keys();
    let by = |scheme| {
        let credential = Credential::of_scheme(scheme);
        Principal::builder(UserId::from("ada")).credential(credential).build()
    };
    let strict = KeyExchange::new(issuer(), keys.clone());
    let loose = KeyExchange::new(issuer(), keys).allow_without_key();
    for scheme in [Scheme::Basic, Scheme::Other("session")] {
        let refused = strict.exchange("ada", &by(scheme), None, NOW).await;
        assert!(matches!(refused, Err(ExchangeError::NoKey)), "{refused:?}");
        let issued = loose.exchange("ada", &by(scheme), None, NOW).await.expect("a token");
        let who = ask(&authenticator(), &issued.token, NOW).await.expect("let through");
        assert_eq!(who.user().as_str(), "ada");
    }
    for scheme in [Scheme::Jwt, Scheme::Other("introspection")] {
        for exchange in [&strict, &loose] {
            let refused = exchange.exchange("ada", &by(scheme), None, NOW).await;
            assert!(matches!(refused, Err(ExchangeError::Token)), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn a_token_that_names_half_a_key_is_refused_and_one_that_names_none_passes() {
    let jwt = checked(&keys());
    let of = |claims| issuer().issue_with("ada", NOW, claims).expect("issued");
    assert!(ask(&jwt, &of(serde_json::json!({})), NOW).await.is_ok());
    for (claims, expected) in [
        (serde_json::json!({ "portcullis_key": "k" }), Reason::InvalidClaim),
        (serde_json::json!({ "portcullis_key_epoch": 0 }), Reason::InvalidClaim),
        (serde_json::json!({ "portcullis_key": 7, "portcullis_key_realm": "default" }), Reason::InvalidClaim),
        (
            serde_json::json!({
                "portcullis_key": "k", "portcullis_key_realm": "default", "portcullis_key_epoch": 0,
            }),
            Reason::UnknownKey,
        ),
    ] {
        assert_eq!(ask(&jwt, &of(claims.clone()), NOW).await.err(), Some(expected), "{claims}");
    }
}

#[tokio::test]
async fn a_route_answers_as_oauth_does() {
    let keys = keys();
    let (key, me) = issued(&keys, |new| new).await;
    let exchange = KeyExchange::new(issuer(), keys.clone());
    let answer = exchange.answer("ada", &me, Some("orders:read"), NOW).await;
    let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(
        (answer.status, &body["scope"], &body["expires_in"]),
        (200, &"orders:read".into(), &600.into())
    );
    let who = ask(&checked(&keys), body["access_token"].as_str().expect("a token"), NOW).await;
    let who = who.expect("let through");
    keys.revoke(&key, "it leaked", NOW).await.expect("revoked");
    for (me, scope, status, error) in [
        (&me, Some("admin"), 400, "invalid_scope"),
        (&me, Some("a\u{0}"), 400, "invalid_scope"),
        (&who, None, 400, "invalid_grant"),
        (&me, None, 400, "invalid_grant"),
    ] {
        let answer = exchange.answer("ada", me, scope, NOW).await;
        let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!((answer.status, &body["error"]), (status, &error.into()), "{scope:?}");
    }
    assert_eq!(KeyExchange::new(issuer(), Down).answer("ada", &me, None, NOW).await.status, 503);
}

struct Down;

impl KeyStore for Down {
    type Principal = StoredPrincipal;

    async fn find(&self, _: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<StoredPrincipal>>>, StoreError> {
        Err(StoreError::unavailable("down"))
    }
}

#[tokio::test]
async fn without_the_store_of_keys_it_is_an_outage() {
    let keys = keys();
    let (_, me) = issued(&keys, |new| new).await;
    let token = exchange(&keys, &me).await;
    let jwt = authenticator().with_key_check(Down);
    assert_eq!(ask(&jwt, &token, NOW).await.err(), Some(Reason::StoreUnavailable));
    let refused = KeyExchange::new(issuer(), Down).exchange("ada", &me, None, NOW).await;
    assert!(matches!(refused, Err(ExchangeError::Key(error)) if error.reason() == Reason::StoreUnavailable));
    let later: Timestamp = NOW;
    assert!(ask(&authenticator(), &token, later).await.is_ok(), "without the check it is a token");
}
