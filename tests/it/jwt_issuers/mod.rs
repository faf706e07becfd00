//! Several issuers of tokens, as a client sees them.

mod sources;

use std::time::Duration;

use portcullis::jwt::{
    IssuerSubject, JwtAlgorithm, JwtAuthenticator, JwtIssuer, JwtIssuers, JwtIssuersError, JwtKey, JwtPolicy,
    JwtVerifier, VerifiedToken,
};
use portcullis::store::StoredPrincipal;
use portcullis::tenancy::{Tenancy, TenantSource};
use portcullis::tower::AuthLayer;
use portcullis::{AccountId, AuthState, AuthenticatorExt, Identity, Principal, Reason, Scheme, UserId};

use crate::jwt::{INVALID, OTHER, SECRET, ask, key, refused, status};
use crate::kit::{Kit, NOW, get};

const A: &str = "https://a.example";
const B: &str = "https://b.example";

fn of(key: JwtKey) -> JwtVerifier {
    JwtVerifier::new(JwtPolicy::new().with_audience("shop"), [key]).expect("verifier")
}

fn issue(key: &JwtKey, issuer: &str, subject: &str) -> String {
    let issuer = JwtIssuer::new(key.clone(), Duration::from_secs(60)).with_issuer(issuer);
    issuer.with_audience("shop").issue(subject, NOW).expect("token")
}

/// Keys of one id, which both issuers have.
fn keys() -> (JwtKey, JwtKey) {
    (key(SECRET).with_id("2026"), key(OTHER).with_id("2026"))
}

fn stored(user: &UserId, account: Option<AccountId>) -> StoredPrincipal {
    Principal::builder(Some(user.clone())).account(account).site(None).build()
}

fn both() -> JwtIssuers {
    let (a, b) = keys();
    JwtIssuers::new().add(A, of(a)).and_then(|it| it.add(B, of(b))).expect("issuers")
}

fn layer_of(
    issuers: JwtIssuers,
) -> AuthLayer<impl portcullis::Authenticator<Principal = StoredPrincipal> + use<>> {
    let jwt = JwtAuthenticator::for_issuers(issuers).expect("authenticator");
    AuthLayer::new(jwt.map_principal(|me: Principal<UserId>| stored(me.user(), None)))
        .with_clock(portcullis::FrozenClock::at(NOW))
}

#[tokio::test]
async fn each_issuers_tokens_pass_with_its_own_keys_and_no_others() {
    let layer = layer_of(both());
    let (a, b) = keys();
    for (key, issuer, expected) in [(&a, A, 200), (&b, B, 200), (&b, A, 401), (&a, B, 401)] {
        let answer = ask(&layer, &format!("Bearer {}", issue(key, issuer, "ada"))).await;
        assert_eq!(answer.status, expected, "{issuer}");
        if expected == 200 {
            assert_eq!(answer.body, format!("{issuer}|ada|"));
        }
    }
}

#[tokio::test]
async fn every_refusal_of_several_issuers_looks_alike() {
    let layer = layer_of(both());
    let (a, b) = keys();
    let expected = refused(&layer, "crossed", &format!("Bearer {}", issue(&b, A, "ada"))).await;
    assert_eq!(expected.header("www-authenticate"), INVALID);
    let good = issue(&a, A, "ada");
    let (signed, _) = good.rsplit_once('.').expect("parts");
    let nameless = JwtIssuer::new(a.clone(), Duration::from_secs(60)).with_audience("shop");
    let tokens = [
        ("an unknown issuer", issue(&a, "https://c.example", "ada")),
        ("another case", issue(&a, "https://A.example", "ada")),
        ("a slash more", issue(&a, "https://a.example/", "ada")),
        ("an empty issuer", issue(&a, "", "ada")),
        ("no issuer", nameless.issue("ada", NOW).expect("token")),
        ("nobody", issue(&a, A, "")),
        ("an unknown kid", issue(&key(SECRET).with_id("x"), A, "ada")),
        ("no signature", format!("{signed}.")),
        ("half a signature", format!("{signed}.AAAA")),
        ("two parts", signed.to_owned()),
        ("another issuer behind", issue(&a, &format!("{A}|x"), "ada")),
        ("rubbish", "eyJ.e30.AAAA".to_owned()),
    ];
    for (name, token) in tokens {
        assert_eq!(refused(&layer, name, &format!("Bearer {token}")).await, expected, "{name}");
    }
}

#[tokio::test]
async fn two_names_of_one_issuer_in_a_token_are_refused() {
    let layer = layer_of(both());
    let claims = |issuers: &str| {
        let claims = format!(r#"{{{issuers},"aud":"shop","sub":"ada","exp":1700000060}}"#);
        crate::jwt::token(r#"{"alg":"HS256","kid":"2026"}"#, claims)
    };
    assert_eq!(status(&layer, &claims(&format!(r#""iss":"{A}""#))).await, 200);
    for issuers in [
        format!(r#""iss":"{A}","iss":"{A}""#),
        format!(r#""iss":"{A}","\u0069ss":"{B}""#),
        format!(r#""iss":["{A}"]"#),
        format!(r#""iss":{{"a":"{A}"}}"#),
        r#""iss":null"#.to_owned(),
    ] {
        assert_eq!(status(&layer, &claims(&issuers)).await, 401, "{issuers}");
    }
}

#[test]
fn subjects_of_two_issuers_are_two_users() {
    let (a, b) = keys();
    let odd = "https://a.example|ada";
    let issuers = both().add(odd, of(key(&format!("{OTHER}x")))).expect("issuers");
    let user = |key: &JwtKey, issuer, subject| {
        let token = issuers.verify(&issue(key, issuer, subject), NOW).expect("verified");
        UserId::from(&token.issuer_subject().expect("somebody"))
    };
    let users = [
        user(&a, A, "ada"),
        user(&b, B, "ada"),
        user(&a, A, "ada|x"),
        user(&key(&format!("{OTHER}x")), odd, "x"),
        user(&a, A, "x"),
    ];
    let told_apart: std::collections::HashSet<_> = users.iter().collect();
    assert_eq!(told_apart.len(), users.len());
    assert_eq!(IssuerSubject::parse(users[2].as_str()), Some(IssuerSubject::new(A, "ada|x")));
}

#[tokio::test]
async fn a_policy_with_two_issuers_tells_their_subjects_apart_too() {
    let policy = |policy: JwtPolicy| JwtVerifier::new(policy, [key(SECRET)]).expect("verifier");
    for (policy, expected) in [
        (JwtPolicy::new(), "ada"),
        (JwtPolicy::new().with_issuer(A), "ada"),
        (JwtPolicy::new().with_issuer(A).add_issuer(B), "https://a.example|ada"),
    ]
    .map(|(of, expected)| (policy(of), expected))
    {
        let jwt = JwtAuthenticator::new(policy);
        let layer =
            Kit::new().await.layer(jwt.map_principal(|me: Principal<UserId>| stored(me.user(), None)));
        let answer = ask(&layer, &format!("Bearer {}", issue(&key(SECRET), A, "ada"))).await;
        assert_eq!(answer.body, format!("{expected}|"));
    }
}

#[tokio::test]
async fn each_issuer_keeps_its_own_policy() {
    let (a, b) = keys();
    let strict = JwtPolicy::access_token(A, "shop").with_max_token_len(600);
    let lax = JwtPolicy::new().require_claim("tenant").require_claim("jti");
    let verifier = |policy, key: &JwtKey| JwtVerifier::new(policy, [key.clone()]).expect("verifier");
    let issuers = JwtIssuers::new().add(B, verifier(lax, &b)).and_then(|it| it.add(A, verifier(strict, &a)));
    let layer = layer_of(issuers.expect("issuers"));
    let token = |key: &JwtKey, issuer: &str, typ: &str, extra: serde_json::Value| {
        let issuer = JwtIssuer::new(key.clone(), Duration::from_secs(60)).with_issuer(issuer).with_type(typ);
        issuer.with_audience("shop").issue_with("ada", NOW, extra).expect("token")
    };
    let full = serde_json::json!({ "client_id": "c", "jti": "1" });
    let tenant = serde_json::json!({ "tenant": 7, "jti": "1", "long": "x".repeat(500) });
    for (name, token, expected) in [
        ("all of RFC 9068", token(&a, A, "at+jwt", full.clone()), 200),
        ("another type", token(&a, A, "JWT", full), 401),
        ("no client", token(&a, A, "at+jwt", serde_json::json!({ "jti": "1", "tenant": 7 })), 401),
        (
            "a number as client",
            token(&a, A, "at+jwt", serde_json::json!({ "client_id": 7, "jti": "1" })),
            401,
        ),
        (
            "too long for the one",
            token(&a, A, "at+jwt", serde_json::json!({ "client_id": "c", "jti": "1", "x": "x".repeat(500) })),
            401,
        ),
        ("long enough for the other", token(&b, B, "JWT", tenant), 200),
        ("no tenant", token(&b, B, "JWT", serde_json::json!({ "client_id": "c", "jti": "1" })), 401),
    ] {
        assert_eq!(status(&layer, &token).await, expected, "{name}");
    }
}

#[tokio::test]
async fn each_issuer_has_its_own_mapping() {
    let (a, b) = keys();
    let by_subject = |token: &VerifiedToken| {
        let user = token.subject().ok_or("no subject")?;
        Ok::<_, &str>(stored(&UserId::from(user), None))
    };
    let by_nothing = |_: &VerifiedToken| Err::<StoredPrincipal, _>("nobody of theirs may");
    let issuers = JwtIssuers::new()
        .add_with_mapping(A, of(a.clone()), by_subject)
        .and_then(|it| it.add_with_mapping(B, of(b.clone()), by_nothing))
        .expect("issuers");
    let jwt = JwtAuthenticator::for_issuers(issuers).expect("authenticator");
    let layer = Kit::new().await.layer(jwt.clone());
    assert_eq!(ask(&layer, &format!("Bearer {}", issue(&a, A, "ada"))).await.body, "ada|");
    assert_eq!(status(&layer, &issue(&b, B, "ada")).await, 401);
    // One for all replaces them.
    let for_all = jwt.with_mapping(|token: &VerifiedToken| {
        token.issuer_subject().map(|whose| stored(&UserId::from(&whose), None))
    });
    let layer = Kit::new().await.layer(for_all);
    assert_eq!(ask(&layer, &format!("Bearer {}", issue(&b, B, "ada"))).await.body, format!("{B}|ada|"));
}

#[tokio::test]
async fn tenants_are_told_by_their_issuer_and_never_by_a_claim() {
    let (a, b) = keys();
    let issuers = JwtIssuers::new()
        .add_tenant(A, of(a.clone()), "acme")
        .and_then(|it| it.add_tenant(B, of(b.clone()), "umbrella"))
        .expect("issuers");
    let jwt = JwtAuthenticator::for_issuers(issuers).expect("authenticator");
    let layer = AuthLayer::new(jwt).with_clock(portcullis::FrozenClock::at(NOW));
    let tenants = layer
        .require_tenant(Tenancy::new(TenantSource::path_account("account")))
        .with_path_parameter(|extensions, _| extensions.get::<String>().map(String::as_str));
    for (key, issuer, account, other) in [(&a, A, "acme", "umbrella"), (&b, B, "umbrella", "acme")] {
        let issuing = JwtIssuer::new(key.clone(), Duration::from_secs(60)).with_issuer(issuer);
        let claimed = serde_json::json!({ "account": other, "tenant": other, "scope": "a:read" });
        let token = issuing.with_audience("shop").issue_with("ada", NOW, claimed).expect("token");
        for (path, expected) in [(account, 200), (other, 404)] {
            let inner = tower::service_fn(move |request: http::Request<_>| async move {
                let state = request.extensions().get::<AuthState<Principal<UserId, AccountId>>>();
                let me = state.and_then(AuthState::principal).expect("a principal");
                assert_eq!((me.account_id(), me.scopes().to_string().as_str()), (Some(account), "a:read"));
                assert_eq!(me.user().as_str(), format!("{issuer}|ada"));
                assert_eq!(me.credential().map(portcullis::Credential::scheme), Some(Scheme::Jwt));
                let _: portcullis::tower::AuthBody<http_body_util::Full<bytes::Bytes>> = request.into_body();
                Ok::<_, std::convert::Infallible>(http::Response::new(
                    http_body_util::Full::<bytes::Bytes>::default(),
                ))
            });
            let mut request = get("/", &[("authorization", &format!("Bearer {token}"))]);
            request.extensions_mut().insert(path.to_owned());
            let service = tower::Layer::layer(&layer, tower::Layer::layer(&tenants, inner));
            let answer = tower::ServiceExt::oneshot(service, request).await.expect("infallible");
            assert_eq!(answer.status(), expected, "{issuer} {path}");
        }
    }
}

#[test]
fn issuers_that_cannot_be_told_apart_are_refused_when_they_are_added() {
    let add = |issuers: JwtIssuers, name: &str, policy: JwtPolicy| {
        let verifier = JwtVerifier::new(policy, [key(SECRET)]).expect("verifier");
        issuers.add(name, verifier).map(drop)
    };
    let new = JwtPolicy::new;
    assert_eq!(add(both(), "https://c.example", new()), Ok(()));
    assert_eq!(add(both(), "https://c.example", new().with_issuer("https://c.example")), Ok(()));
    assert_eq!(add(both(), "", new()), Err(JwtIssuersError::Nameless));
    assert_eq!(add(both(), A, new()), Err(JwtIssuersError::Repeated(A.into())));
    for other in [new().with_issuer(A), new().with_issuer("c").add_issuer("d")] {
        assert_eq!(add(both(), "c", other), Err(JwtIssuersError::OtherIssuer("c".into())));
    }
    let many = (0..64).fold(new(), |policy, n| policy.require_claim(&n.to_string()));
    let full = JwtVerifier::new(many, [key(SECRET)]).map(|verifier| both().add("c", verifier));
    let full = full.expect("verifier").expect("issuers");
    assert_eq!(add(full, "d", new().require_claim("x")), Err(JwtIssuersError::TooManyClaims));
    let none = JwtAuthenticator::for_issuers(JwtIssuers::<Principal<UserId>>::new()).map(drop);
    assert_eq!(none, Err(JwtIssuersError::Empty));
}

#[tokio::test]
async fn a_refused_token_shows_nothing_of_its_claims() {
    crate::leaks::Log::listen();
    let issuers = both();
    let (_, b) = keys();
    let token = issue(&b, "https://marker-of-an-issuer.example", "marker-of-a-subject");
    let refused = issuers.verify(&token, NOW).expect_err("refused");
    assert_eq!((refused.reason(), refused.scheme()), (Reason::InvalidClaim, Some(Scheme::Jwt)));
    let mut shown = format!("{refused} {refused:?} {issuers:?}");
    let crossed = issuers.verify_or_look_again(&issue(&b, A, "marker-of-a-subject"), NOW).await;
    let crossed = crossed.expect_err("refused");
    assert_eq!(crossed.reason(), Reason::WrongSignature);
    shown.push_str(&format!("{crossed} {crossed:?}"));
    assert!(!shown.contains("marker") && !shown.contains(SECRET), "{shown}");
    let answer = ask(&layer_of(issuers), &format!("Bearer {token}")).await;
    assert!(!format!("{answer:?}").contains("marker"), "{answer:?}");
}

#[tokio::test]
async fn an_asymmetric_issuer_beside_a_symmetric_one_stays_apart() {
    let pair = JwtKey::generate(JwtAlgorithm::Es256).expect("pair").with_id("2026");
    let (a, _) = keys();
    let issuers = JwtIssuers::new().add(A, of(a.clone())).and_then(|it| it.add(B, of(pair.clone())));
    let layer = layer_of(issuers.expect("issuers"));
    for (key, issuer, expected) in [(&a, A, 200), (&pair, B, 200), (&a, B, 401), (&pair, A, 401)] {
        assert_eq!(status(&layer, &issue(key, issuer, "ada")).await, expected, "{issuer}");
    }
}
