//! Routes about tenants, in both frameworks.

use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::audit::AuditEvent;
use portcullis::jwt::{JwtAuthenticator, JwtPolicy, JwtVerifier, VerifiedToken};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{Enabled, KeyOwner, NewKey, OwnerRef, StoredPrincipal};
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{
    AccountId, Authenticator, AuthenticatorExt, KeyAdmin, Principal, Reason, Scheme, SiteId, UserId, all,
};

use crate::frameworks::{Actix, Axum, Framework, Routes, two_accounts};
use crate::jwt::{HEADER, SECRET, but, key, token};
use crate::kit::{NOW, get};

const EACH: [Framework; 2] = [Axum, Actix];

#[derive(serde::Deserialize)]
struct OfTenant {
    tenant: Option<String>,
}

fn member(token: &VerifiedToken) -> Result<StoredPrincipal, Box<dyn std::error::Error + Send + Sync>> {
    let account = token.claims::<OfTenant>()?.tenant.map(AccountId::from);
    Ok(Principal::builder(token.subject().map(UserId::from)).account(account).site(None).build())
}

fn members() -> JwtAuthenticator<StoredPrincipal> {
    let verifier = JwtVerifier::new(JwtPolicy::new().with_audience("shop"), [key(SECRET)]);
    JwtAuthenticator::new(verifier.expect("verifier")).with_mapping(member)
}

/// A token with this account in its claims.
fn token_of(account: &str) -> String {
    format!("Bearer {}", token(HEADER, but(r#""tenant":7"#, &format!(r#""tenant":{account}"#))))
}

pub(crate) fn keys_of(keys: &MemoryKeyStore) -> ApiKeyAuthenticator<MemoryKeyStore> {
    ApiKeyAuthenticator::new(keys.clone(), KeyShape::any())
        .with_carriers([ApiKeyCarrier::header("x-api-key")])
}

fn chain(keys: &MemoryKeyStore) -> impl Authenticator<Principal = StoredPrincipal> + use<> {
    keys_of(keys).or(XAuthAuthenticator::new(keys.clone(), MemoryNonceStore::new())).or(members())
}

pub(crate) async fn issue(keys: &MemoryKeyStore, owner: KeyOwner) -> String {
    let issued = keys.issue(NewKey::new(Scheme::ApiKey, owner), NOW).await.expect("issued");
    issued.secret.expose_text().expect("text").to_owned()
}

pub(crate) async fn stage() -> (MemoryKeyStore, Routes) {
    let keys = two_accounts().await;
    let routes = Routes::new(&keys, chain(&keys));
    (keys, routes)
}

#[tokio::test]
async fn a_key_of_one_account_never_reaches_another_accounts_sites() {
    let (keys, routes) = stage().await;
    let known = [("shop", "acme"), ("blog", "acme"), ("lab", "umbrella"), ("shop2", "umbrella")];
    for (own, account) in known {
        keys.add_user(&UserId::from(format!("of {own}")), Some(&AccountId::from(account)))
            .await
            .expect("added");
        let user = KeyOwner::user(format!("of {own}"));
        for (owner, is_of_site) in [
            (KeyOwner::account(account), false),
            (user.clone().of_account(account), false),
            (KeyOwner::account(account).for_site(own), true),
            (user.of_account(account).for_site(own), true),
        ] {
            let key = issue(&keys, owner.clone()).await;
            for (site, of) in known {
                let may = if is_of_site { site == own } else { of == account };
                let expected = if may { 200 } else { 404 };
                for framework in EACH {
                    for path in [format!("/sites/{site}/orders"), format!("/prefix/{site}/orders")] {
                        let answer = routes.ask(framework, get(&path, &[("x-api-key", &key)])).await;
                        assert_eq!(answer.status, expected, "{framework:?} {path} {owner:?}");
                        assert!(!may || answer.body == site, "{framework:?} {path} {owner:?}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_foreign_site_looks_like_one_that_does_not_exist() {
    let (keys, routes) = stage().await;
    let key = issue(&keys, KeyOwner::account("acme")).await;
    let of_site = issue(&keys, KeyOwner::account("acme").for_site("shop")).await;
    keys.set_owner_active(&OwnerRef::Site(SiteId::from("blog")), Enabled::No).await.expect("switched");
    for framework in EACH {
        let ask = async |key, path: &str| routes.ask(framework, get(path, &[("x-api-key", key)])).await;
        let unknown = ask(&key, "/sites/absent/orders").await;
        assert_eq!(unknown.status, 404, "{framework:?}");
        assert_eq!(unknown.body, r#"{"type":"about:blank","title":"Not Found","status":404}"#);
        assert_eq!(unknown.header("cache-control"), ["no-store"], "{framework:?}");
        for (key, path) in [
            (&key, "/sites/lab/orders"),
            (&key, "/sites/blog/orders"),
            (&key, "/accounts/umbrella/orders"),
            (&key, "/accounts/absent/orders"),
            (&key, "/accounts/acme/sites/lab"),
            (&key, "/accounts/umbrella/sites/shop"),
            (&key, "/accounts/umbrella/sites/lab"),
            (&key, "/prefix/lab/orders"),
            (&of_site, "/sites/blog/orders"),
            (&of_site, "/sites/lab/orders"),
            (&of_site, "/accounts/acme/sites/blog"),
        ] {
            assert_eq!(ask(key, path).await, unknown, "{framework:?} {path}");
        }
        for (path, body) in [
            ("/sites/shop/orders", "shop"),
            ("/accounts/acme/orders", "acme"),
            ("/accounts/acme/sites/shop", "shop"),
            ("/prefix/shop/orders", "shop"),
            ("/forbidden/shop", "shop"),
        ] {
            let answer = ask(&of_site, path).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, body), "{framework:?} {path}");
        }
        assert_eq!(ask(&key, "/forbidden/lab").await.status, 403, "{framework:?}");
        assert_eq!(ask(&key, "/forbidden/absent").await.status, 403, "{framework:?}");
    }
}

#[tokio::test]
async fn a_tenant_is_compared_as_the_handler_gets_it() {
    let (keys, routes) = stage().await;
    let acme = issue(&keys, KeyOwner::account("acme")).await;
    let shop = issue(&keys, KeyOwner::account("acme").for_site("shop")).await;
    for framework in EACH {
        let ask = async |key: &str, site: &str| {
            let path = format!("/sites/{site}/orders");
            routes.ask(framework, get(&path, &[("x-api-key", key)])).await
        };
        let unknown = ask(&acme, "absent").await;
        for key in [&acme, &shop] {
            for own in ["shop", "%73hop", "sho%70", "%73%68%6f%70", "%73%68%6F%70"] {
                let answer = ask(key, own).await;
                assert_eq!((answer.status.as_u16(), &*answer.body), (200, "shop"), "{framework:?} {own}");
            }
            for other in [
                "lab",
                "%6cab",
                "l%61b",
                "%6C%61%62",
                "LAB",
                "Shop",
                "SHOP",
                "%53hop",
                "shop.",
                "shop..",
                ".shop",
                "shop%20",
                "%20shop",
                "shop;x",
                "shop,lab",
                "shop%00",
                "shop%0a",
                "%2573hop",
                "shop%2f",
                "shop%2Flab",
                "lab%2F..%2Fshop",
                "shop%5c",
                "sh%C3%B6p",
                "%EF%BC%B3hop",
                "%FF",
                "shop%FF",
                "shop%",
                "%zzshop",
                "shop%EF%BF%BD",
                "a+b",
                "a%2Bb",
            ] {
                assert_eq!(ask(key, other).await, unknown, "{framework:?} {other}");
            }
        }
        let account = get("/accounts/%61cme/orders", &[("x-api-key", &acme)]);
        assert_eq!(routes.ask(framework, account).await.body, "acme", "{framework:?}");
    }
}

#[tokio::test]
async fn a_claimed_account_of_another_is_forbidden_and_two_are_malformed() {
    let (keys, routes) = stage().await;
    let key = issue(&keys, KeyOwner::account("acme")).await;
    for framework in EACH {
        for (accounts, header, both) in [
            (&["acme"][..], 200, 200),
            (&["umbrella"], 403, 403),
            (&["absent"], 403, 403),
            (&["ACME"], 403, 403),
            (&["%61cme"], 403, 403),
            (&["acme, umbrella"], 403, 403),
            (&["acme", "acme"], 400, 400),
            (&["acme", "umbrella"], 400, 400),
            (&[""], 400, 400),
            (&["acm\u{e9}"], 400, 400),
            (&[], 400, 400),
        ] {
            let mut headers = vec![("x-api-key", key.as_str())];
            headers.extend(accounts.iter().map(|account| ("x-account-id", *account)));
            let by_header = routes.ask(framework, get("/header", &headers)).await;
            let with_path = routes.ask(framework, get("/both/shop", &headers)).await;
            let found = (by_header.status.as_u16(), with_path.status.as_u16());
            assert_eq!(found, (header, both), "{framework:?} {accounts:?}");
        }
        let headers = [("x-api-key", key.as_str()), ("x-account-id", "acme")];
        assert_eq!(routes.ask(framework, get("/both/lab", &headers)).await.status, 404, "{framework:?}");
    }
}

#[tokio::test]
async fn a_good_signature_does_not_make_a_claimed_account_ones_own() {
    let (keys, routes) = stage().await;
    let new = NewKey::new(Scheme::XAuth, KeyOwner::account("acme"));
    let issued = keys.issue(new, NOW).await.expect("issued");
    let signer = XAuthSigner::new(issued.id.clone(), &issued.secret);
    for framework in EACH {
        for (account, status) in [("acme", 200), ("umbrella", 403)] {
            let mut sent = get("/header", &[("x-account-id", account)]);
            signer.sign(b"", NOW).expect("signed").insert_into(sent.headers_mut()).expect("headers");
            assert_eq!(routes.ask(framework, sent).await.status, status, "{framework:?} {account}");
        }
    }
}

#[tokio::test]
async fn a_token_is_bound_to_the_account_of_its_claim() {
    let (_keys, routes) = stage().await;
    for framework in EACH {
        for (account, path, status) in [
            (r#""acme""#, "/accounts/acme/orders", 200),
            (r#""acme""#, "/sites/shop/orders", 200),
            (r#""acme""#, "/accounts/umbrella/orders", 404),
            (r#""acme""#, "/sites/lab/orders", 404),
            (r#""acme""#, "/accounts/acme/sites/lab", 404),
            (r#""ACME""#, "/accounts/acme/orders", 404),
            (r#""""#, "/accounts/acme/orders", 404),
            ("null", "/accounts/acme/orders", 404),
            ("null", "/sites/shop/orders", 404),
            ("7", "/accounts/7/orders", 401),
        ] {
            let sent = get(path, &[("authorization", &token_of(account))]);
            let answer = routes.ask(framework, sent).await;
            assert_eq!(answer.status, status, "{framework:?} {account} {path}");
        }
    }
}

#[tokio::test]
async fn of_two_required_credentials_the_first_ones_tenant_counts() {
    let keys = two_accounts().await;
    let routes = Routes::new(&keys, all(keys_of(&keys), members()));
    let (key, token) =
        (issue(&keys, KeyOwner::account("acme").for_site("shop")).await, token_of(r#""acme""#));
    let headers = [("x-api-key", key.as_str()), ("authorization", &token)];
    for framework in EACH {
        for (site, status) in [("shop", 200), ("blog", 404), ("lab", 404)] {
            let path = format!("/sites/{site}/orders");
            assert_eq!(
                routes.ask(framework, get(&path, &headers)).await.status,
                status,
                "{framework:?} {site}"
            );
            assert_eq!(routes.ask(framework, get(&path, &headers[1..])).await.status, 401, "{framework:?}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_decided_is_neither_a_refusal_nor_a_welcome() {
    let (keys, routes) = stage().await;
    let key = issue(&keys, KeyOwner::account("acme")).await;
    let of_site = issue(&keys, KeyOwner::account("acme").for_site("shop")).await;
    for framework in EACH {
        for (key, path, status, said) in [
            (Some(&key), "/down/shop", 503, "the database is down"),
            (Some(&of_site), "/down/shop", 200, ""),
            (Some(&key), "/misspelt/shop", 500, "the route has no parameter that names the tenant"),
            (Some(&key), "/twice/shop/lab", 500, "the route has no parameter that names the tenant"),
            (Some(&key), "/twice/lab/shop", 500, "the route has no parameter that names the tenant"),
            (Some(&key), "/twice/shop/shop", 500, "the route has no parameter that names the tenant"),
            (Some(&key), "/bare/shop", 500, "no authentication layer ran for this request"),
            (None, "/bare/shop", 500, "no authentication layer ran for this request"),
            (None, "/misspelt/shop", 401, "no credential was presented"),
        ] {
            let log = crate::leaks::Log::capture();
            let headers: Vec<_> = key.iter().map(|key| ("x-api-key", key.as_str())).collect();
            let answer = routes.ask(framework, get(path, &headers)).await;
            assert_eq!(answer.status, status, "{framework:?} {path}");
            assert!(log.text().contains(said), "{framework:?} {path}: {}", log.text());
        }
    }
}

#[tokio::test]
async fn an_anonymous_request_is_401_wherever_it_wants_to_go() {
    let (_keys, routes) = stage().await;
    for framework in EACH {
        let ask = async |path: &str, headers| routes.ask(framework, get(path, headers)).await;
        let shop = ask("/sites/shop/orders", &[]).await;
        assert_eq!(shop.status, 401, "{framework:?}");
        assert_eq!(shop.header("www-authenticate"), ["Api-Key", "Bearer", "X-Auth"], "{framework:?}");
        for path in ["/sites/absent/orders", "/accounts/acme/sites/shop", "/down/shop", "/header"] {
            assert_eq!(ask(path, &[]).await, shop, "{framework:?} {path}");
        }
        assert_eq!(ask("/header", &[("x-account-id", "acme")]).await, shop, "{framework:?}");
    }
}

#[tokio::test]
async fn a_refused_tenant_is_in_the_audit_log_with_its_reason_and_its_key() {
    let (keys, routes) = stage().await;
    let issued =
        keys.issue(NewKey::new(Scheme::ApiKey, KeyOwner::account("acme")), NOW).await.expect("issued");
    let key = issued.secret.expose_text().expect("text").to_owned();
    for framework in EACH {
        for (path, account, reason) in [
            ("/sites/lab/orders", None, Reason::ForeignTenant),
            ("/forbidden/lab", None, Reason::TenantNotAllowed),
            ("/header", Some("umbrella"), Reason::TenantNotAllowed),
            ("/header", None, Reason::TenantNotNamed),
            ("/misspelt/shop", None, Reason::TenantParameterMissing),
            ("/down/shop", None, Reason::StoreUnavailable),
        ] {
            let mut headers = vec![("x-api-key", key.as_str())];
            headers.extend(account.map(|account| ("x-account-id", account)));
            let _ = routes.ask(framework, get(path, &headers)).await;
            let events = routes.trail.take();
            let [AuditEvent::Authenticated { .. }, refused] = &events[..] else { panic!("{events:?}") };
            let AuditEvent::Refused { at, request, reason: found, scheme, key } = refused else {
                panic!("{refused:?}")
            };
            assert_eq!((*at, request.path(), *found), (NOW, path, reason), "{framework:?}");
            assert_eq!(
                (*scheme, key.as_ref()),
                (Some(Scheme::ApiKey), Some(&issued.id)),
                "{framework:?} {path}"
            );
        }
    }
}
