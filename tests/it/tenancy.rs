//! Claimed accounts and sites against the principal's own.

use std::sync::Arc;

use portcullis::request::{BodyGate, RequestTarget, RequestView};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{Enabled, OwnerRef, SiteDirectory, StoreError, StoredPrincipal};
use portcullis::tenancy::{Tenancy, TenantClaim, TenantSource};
use portcullis::{
    AccountId, AuthError, Credential, ErrorKind, Identity, KeyAdmin, KeyId, Principal, Realm, Reason, Scheme,
    SiteId, UserId,
};

use crate::kit::{Down, NOW};

impl SiteDirectory for Down {
    async fn account_of_site(&self, _: &SiteId) -> Result<Option<AccountId>, StoreError> {
        Err(StoreError::unavailable("the database is down"))
    }
}

/// acme with shop and blog, umbrella with lab.
async fn sites() -> MemoryKeyStore {
    let store = MemoryKeyStore::new();
    for (account, sites) in [("acme", &["shop", "blog"][..]), ("umbrella", &["lab"])] {
        let account = AccountId::from(account);
        store.add_account(&account).await.expect("added");
        for site in sites {
            store.add_site(&SiteId::from(*site), &account).await.expect("added");
        }
    }
    store
}

fn principal(account: Option<&str>, site: Option<&str>) -> StoredPrincipal {
    let credential = Credential::of_key(Scheme::ApiKey, Realm::default(), KeyId::from("k"));
    Principal::builder(Some(UserId::from("ada")))
        .account(account.map(AccountId::from))
        .site(site.map(SiteId::from))
        .credential(credential)
        .build()
}

fn of_acme() -> StoredPrincipal {
    principal(Some("acme"), None)
}

/// What becomes of a request with these parameters of its route and these headers.
async fn ask<D: SiteDirectory>(
    tenancy: &Tenancy<D>,
    principal: &StoredPrincipal,
    path: &[(&str, &str)],
    headers: &[(&str, &[u8])],
) -> Result<(), Reason> {
    let headers: Vec<(String, Vec<u8>)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
    let gate = BodyGate::new();
    let request = RequestView::new(RequestTarget::new("GET", "/", None), &headers, &gate, NOW);
    let parameter = |name: &str| path.iter().find(|(held, _)| *held == name).map(|(_, value)| *value);
    let decided = async { tenancy.check(principal, &tenancy.claims(&request, parameter)?).await };
    decided.await.map_err(|error: AuthError| error.reason())
}

/// A generic layer can await the decision on any thread.
fn decide<D: SiteDirectory, P: Identity>(
    tenancy: &Tenancy<D>,
    principal: &P,
    claims: &[TenantClaim<'_>],
) -> impl Future<Output = Result<(), AuthError>> + Send {
    tenancy.check(principal, claims)
}

async fn on_site<D: SiteDirectory>(
    tenancy: &Tenancy<D>,
    who: &StoredPrincipal,
    site: &str,
) -> Result<(), Reason> {
    ask(tenancy, who, &[("site", site)], &[]).await
}

fn by_path_site() -> Tenancy {
    Tenancy::new(TenantSource::path_site("site"))
}

#[tokio::test]
async fn a_principal_of_a_site_is_on_that_site_and_on_no_other() {
    let tenancy = by_path_site().with_sites(sites().await);
    for who in [principal(Some("acme"), Some("shop")), principal(None, Some("shop"))] {
        assert_eq!(on_site(&tenancy, &who, "shop").await, Ok(()));
        assert_eq!(on_site(&by_path_site(), &who, "shop").await, Ok(()));
        for other in ["blog", "lab", "absent", "SHOP", "shop ", "shop/", "%73hop", "sh\u{f6}p", ""] {
            assert_eq!(on_site(&tenancy, &who, other).await, Err(Reason::ForeignTenant), "{other:?}");
        }
    }
}

#[tokio::test]
async fn a_principal_of_an_account_is_on_any_site_of_it() {
    let tenancy = by_path_site().with_sites(Arc::new(sites().await));
    for site in ["shop", "blog"] {
        assert_eq!(on_site(&tenancy, &of_acme(), site).await, Ok(()));
    }
    for other in ["lab", "absent", "SHOP", "acme", ""] {
        assert_eq!(on_site(&tenancy, &of_acme(), other).await, Err(Reason::ForeignTenant), "{other:?}");
    }
    assert_eq!(on_site(&by_path_site(), &of_acme(), "shop").await, Err(Reason::ForeignTenant));
}

#[tokio::test]
async fn a_site_or_account_that_is_switched_off_is_as_unknown() {
    let store = sites().await;
    let tenancy = by_path_site().with_sites(store.clone());
    store.set_owner_active(&OwnerRef::Site(SiteId::from("shop")), Enabled::No).await.expect("switched");
    assert_eq!(on_site(&tenancy, &of_acme(), "shop").await, Err(Reason::ForeignTenant));
    assert_eq!(on_site(&tenancy, &of_acme(), "blog").await, Ok(()));
    store.set_owner_active(&OwnerRef::Account(AccountId::from("acme")), Enabled::No).await.expect("switched");
    assert_eq!(on_site(&tenancy, &of_acme(), "blog").await, Err(Reason::ForeignTenant));
}

#[tokio::test]
async fn a_claimed_account_is_the_principals() {
    let tenancy = Tenancy::new(TenantSource::path_account("account"));
    for who in [of_acme(), principal(Some("acme"), Some("shop"))] {
        assert_eq!(ask(&tenancy, &who, &[("account", "acme")], &[]).await, Ok(()));
        for other in ["umbrella", "absent", "ACME", " acme", "shop", ""] {
            let answer = ask(&tenancy, &who, &[("account", other)], &[]).await;
            assert_eq!(answer, Err(Reason::ForeignTenant), "{other:?}");
        }
    }
    let of_site_alone = principal(None, Some("shop"));
    let answer = ask(&tenancy, &of_site_alone, &[("account", "acme")], &[]).await;
    assert_eq!(answer, Err(Reason::ForeignTenant));
}

#[tokio::test]
async fn a_principal_of_nothing_is_nowhere() {
    let store = sites().await;
    assert!(store.add_account(&AccountId::from("")).await.is_err());
    let tenancy = by_path_site().with_sites(store);
    let optional = Tenancy::new(TenantSource::header_account("x-account-id")).allow_missing_header();
    for who in [principal(None, None), principal(Some(""), None), principal(Some(""), Some(""))] {
        for site in ["shop", "absent", ""] {
            assert_eq!(on_site(&tenancy, &who, site).await, Err(Reason::ForeignTenant), "{site:?}");
        }
        assert_eq!(ask(&optional, &who, &[], &[]).await, Err(Reason::TenantNotAllowed));
        let claimed: [(&str, &[u8]); 1] = [("x-account-id", b"acme")];
        assert_eq!(ask(&optional, &who, &[], &claimed).await, Err(Reason::TenantNotAllowed));
    }
}

#[tokio::test]
async fn a_header_that_names_another_tenant_is_forbidden() {
    let by_account = Tenancy::new(TenantSource::header_account("X-Account-Id"));
    let by_site = Tenancy::new(TenantSource::header_site("X-Site-Id")).with_sites(sites().await);
    let account = async |name: &[u8]| ask(&by_account, &of_acme(), &[], &[("x-account-id", name)]).await;
    let site = async |name: &[u8]| ask(&by_site, &of_acme(), &[], &[("x-site-id", name)]).await;
    assert_eq!((account(b"acme").await, account(b" acme\t").await), (Ok(()), Ok(())));
    assert_eq!((site(b"shop").await, site(b"blog").await), (Ok(()), Ok(())));
    for other in [&b"umbrella"[..], b"absent", b"ACME", b"acme,umbrella", b"%61cme", b"\"acme\""] {
        assert_eq!(account(other).await, Err(Reason::TenantNotAllowed), "{other:?}");
    }
    for other in [&b"lab"[..], b"absent", b"SHOP", b"shop, lab"] {
        assert_eq!(site(other).await, Err(Reason::TenantNotAllowed), "{other:?}");
    }
}

#[tokio::test]
async fn a_header_that_names_no_one_tenant_is_malformed() {
    let strict = Tenancy::new(TenantSource::header_account("x-account-id"));
    let lenient = strict.clone().allow_missing_header();
    for tenancy in [&strict, &lenient] {
        for unreadable in [&b""[..], b" ", b"\xff", "acm\u{e9}".as_bytes(), b"a\0"] {
            let answer = ask(tenancy, &of_acme(), &[], &[("x-account-id", unreadable)]).await;
            assert_eq!(answer, Err(Reason::TenantNotNamed), "{unreadable:?}");
        }
        for second in [&b"acme"[..], b"umbrella", b""] {
            let lines: [(&str, &[u8]); 2] = [("x-account-id", b"acme"), ("x-account-id", second)];
            let answer = ask(tenancy, &of_acme(), &[], &lines).await;
            assert_eq!(answer, Err(Reason::RepeatedHeader), "{second:?}");
        }
    }
    assert_eq!(Reason::TenantNotNamed.kind(), ErrorKind::Malformed);
}

#[tokio::test]
async fn a_missing_header_is_malformed_unless_it_is_optional() {
    let tenancy = Tenancy::new(TenantSource::header_account("x-account-id"));
    let other: [(&str, &[u8]); 1] = [("x-account", b"acme")];
    for headers in [&[][..], &other] {
        assert_eq!(ask(&tenancy, &of_acme(), &[], headers).await, Err(Reason::TenantNotNamed));
        assert_eq!(ask(&tenancy.clone().allow_missing_header(), &of_acme(), &[], headers).await, Ok(()));
    }
}

#[tokio::test]
async fn a_route_without_the_parameter_is_a_mistake_of_the_application() {
    let tenancy = by_path_site().with_sites(sites().await).allow_missing_header();
    for path in [&[][..], &[("Site", "shop")], &[("account", "acme")]] {
        let answer = ask(&tenancy, &of_acme(), path, &[]).await;
        assert_eq!(answer, Err(Reason::TenantParameterMissing), "{path:?}");
    }
    assert_eq!(Reason::TenantParameterMissing.kind(), ErrorKind::Internal);
}

#[tokio::test]
async fn every_source_must_hold() {
    let tenancy = Tenancy::new(TenantSource::path_account("account"))
        .add_source(TenantSource::path_site("site"))
        .add_source(TenantSource::header_account("x-account-id"))
        .with_sites(sites().await);
    for (account, site, header, expected) in [
        ("acme", "shop", "acme", Ok(())),
        ("umbrella", "shop", "acme", Err(Reason::ForeignTenant)),
        ("acme", "lab", "acme", Err(Reason::ForeignTenant)),
        ("umbrella", "lab", "acme", Err(Reason::ForeignTenant)),
        ("acme", "shop", "umbrella", Err(Reason::TenantNotAllowed)),
        ("umbrella", "lab", "umbrella", Err(Reason::ForeignTenant)),
    ] {
        let path = [("account", account), ("site", site)];
        let answer = ask(&tenancy, &of_acme(), &path, &[("x-account-id", header.as_bytes())]).await;
        assert_eq!(answer, expected, "{account} {site} {header}");
    }
}

#[tokio::test]
async fn a_foreign_path_is_forbidden_where_that_was_asked_for() {
    let tenancy = by_path_site().answer_forbidden().with_sites(sites().await);
    for site in ["lab", "absent"] {
        assert_eq!(on_site(&tenancy, &of_acme(), site).await, Err(Reason::TenantNotAllowed), "{site}");
    }
    assert_eq!(on_site(&tenancy, &of_acme(), "shop").await, Ok(()));
}

#[tokio::test]
async fn an_outage_of_the_directory_is_neither_a_refusal_nor_a_welcome() {
    let tenancy = by_path_site().with_sites(Down);
    assert_eq!(on_site(&tenancy, &of_acme(), "shop").await, Err(Reason::StoreUnavailable));
    // These need nobody to be asked.
    let of_shop = principal(Some("acme"), Some("shop"));
    assert_eq!(on_site(&tenancy, &of_shop, "shop").await, Ok(()));
    assert_eq!(on_site(&tenancy, &of_shop, "blog").await, Err(Reason::ForeignTenant));
    assert_eq!(on_site(&tenancy, &principal(None, None), "shop").await, Err(Reason::ForeignTenant));
}

#[tokio::test]
async fn a_refusal_names_the_key_to_the_log() {
    let tenancy = by_path_site().with_sites(sites().await);
    let claims = [TenantClaim::site("shop"), TenantClaim::site("lab").in_header()];
    let error = decide(&tenancy, &of_acme(), &claims).await.expect_err("refused");
    assert_eq!((error.reason(), error.scheme()), (Reason::TenantNotAllowed, Some(Scheme::ApiKey)));
    assert_eq!(error.key(), Some(&KeyId::from("k")));
}
