//! Which tokens are asked about.

use portcullis::jwt::{IntrospectionSettingsError, JwtPolicyError};
use portcullis::request::{BodyGate, RequestTarget, RequestView};
use portcullis::{AuthError, Authenticator, Credential, Outcome, Principal, Reason, Scheme, UserId};

use super::*;

#[tokio::test]
async fn tokens_that_look_like_json_web_tokens_belong_to_others_unless_it_takes_all() {
    let kit = Kit::new().await;
    let fake = Fake::new(active());
    let opaque = fake.opaque(JwtPolicy::new());
    let layer = kit.layer(opaque.clone());
    for other in [good().as_str(), "a.b.c", "eyJ"] {
        assert_eq!(status(&layer, other).await, 401, "{other}");
    }
    assert_eq!(fake.asked(), 0);
    let chain = kit.layer(crate::jwt::jwt().or(opaque.clone()));
    assert_eq!(send(&chain, bearer(&good())).await.status, 200);
    assert_eq!(fake.asked(), 0);
    assert_eq!(send(&chain, bearer(TOKEN)).await.status, 200);
    assert_eq!(fake.asked(), 1);
    let all = kit.layer(opaque.take_every_token());
    assert_eq!((status(&all, &good()).await, fake.asked()), (200, 2));
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused_without_a_question() {
    let kit = Kit::new().await;
    let fake = Fake::new(active());
    let layer = kit.layer(fake.opaque(JwtPolicy::new()));
    for bad in ["a b", "a,b", "a\"b", "=", "a=b", "a%41", &"a".repeat(8193)] {
        assert_eq!(status(&layer, bad).await, 401, "{bad}");
    }
    for other in ["Basic YTpi", "Bearer", "DPoP abc"] {
        let answer = send(&layer, get("/", &[("authorization", other)])).await;
        assert_eq!(answer.status, 401, "{other}");
        assert_eq!(answer.header("www-authenticate"), ["Bearer"], "{other}");
    }
    let two = get("/", &[("authorization", "Bearer a"), ("authorization", "Bearer b")]);
    assert_eq!(send(&layer, two).await.status, 400);
    assert_eq!(fake.asked(), 0);
}

#[tokio::test]
async fn an_opaque_token_that_is_bound_to_a_key_needs_its_proof() {
    let kit = Kit::new().await;
    let key = JwtKey::generate(JwtAlgorithm::EdDsa).expect("key");
    let thumbprint = key.thumbprint().expect("thumbprint");
    let fake = Fake::new(with(json!({ "cnf": { "jkt": thumbprint } })));
    let dpop = DpopVerifier::new(kit.nonces.clone(), "https://api.example").expect("origin");
    let layer = kit.layer(fake.opaque(JwtPolicy::new()).with_dpop(dpop));
    let proof = DpopProof::new("GET", "https://api.example/orders").with_token(TOKEN);
    let proof = proof.sign(&key, crate::kit::NOW).expect("signed");
    let sent = || {
        let authorization = format!("DPoP {TOKEN}");
        get("/orders", &[("host", "api.example"), ("authorization", &authorization), ("dpop", &proof)])
    };
    assert_eq!(send(&layer, sent()).await.body, "ada|");
    let again = send(&layer, sent()).await;
    assert_eq!(again.status, 401);
    assert!(again.header("www-authenticate")[1].ends_with(r#"error="invalid_dpop_proof""#));
    assert_eq!(status(&layer, TOKEN).await, 401);
}

/// Asks with the mapping that there is without one of the application's.
async fn ask_unmapped(says: Value, policy: JwtPolicy) -> Result<Principal<UserId>, AuthError> {
    let opaque = Fake::new(says).unmapped(policy);
    let headers = vec![("authorization".to_owned(), format!("Bearer {TOKEN}").into_bytes())];
    let gate = BodyGate::new();
    let view = RequestView::new(RequestTarget::new("GET", "/", None), &headers, &gate, crate::kit::NOW);
    match opaque.authenticate(&view).await? {
        Outcome::Authenticated(me) => Ok(me),
        Outcome::Absent => Err(AuthError::new(Reason::MissingCredential)),
    }
}

#[tokio::test]
async fn a_policy_with_two_issuers_tells_their_subjects_apart() {
    let says = |issuer: &str| with(json!({ "iss": issuer, "sub": "ada|1" }));
    let (a, b) = ("https://issuer.example", "https://other.example");
    let one = ask_unmapped(says(a), JwtPolicy::new().with_issuer(a)).await.expect("accepted");
    assert_eq!(one.user().as_str(), "ada|1");
    for issuer in [a, b] {
        let both = JwtPolicy::new().with_issuer(a).add_issuer(b);
        let me = ask_unmapped(says(issuer), both).await.expect("accepted");
        assert_eq!(me.user().as_str(), format!("{issuer}|ada|1"));
    }
}

#[tokio::test]
async fn principals_and_refusals_are_of_the_scheme_of_introspection() {
    let scheme = Scheme::Other("introspection");
    let me = ask_unmapped(active(), JwtPolicy::new()).await.expect("accepted");
    assert_eq!(me.credential().map(Credential::scheme), Some(scheme));
    let both = || JwtPolicy::new().with_issuer("https://issuer.example").add_issuer("https://other.example");
    for (policy, changes) in [
        (JwtPolicy::new(), json!({ "sub": null })),
        (JwtPolicy::new(), json!({ "sub": "" })),
        (JwtPolicy::new(), json!({ "scope": ["a"] })),
        (both(), json!({ "sub": null })),
    ] {
        let refused = ask_unmapped(with(changes.clone()), policy).await.expect_err("refused");
        assert_eq!(refused.scheme(), Some(scheme), "{changes}");
    }
}

#[tokio::test]
async fn an_active_token_about_nobody_is_an_invalid_token() {
    let kit = Kit::new().await;
    let nobody = Fake::new(with(json!({ "sub": null }))).unmapped(JwtPolicy::new());
    let stored =
        |me: Principal<UserId>| Principal::builder(Some(me.user().clone())).account(None).site(None).build();
    let nobody = nobody.map_principal(stored);
    let answer = send(&kit.layer(nobody), bearer(TOKEN)).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), INVALID);
}

#[tokio::test]
async fn what_is_no_access_token_is_401() {
    let kit = Kit::new().await;
    let refresh = with(json!({ "token_use": "refresh_token" }));
    let answer = send(&kit.layer(Fake::new(refresh).opaque(JwtPolicy::new())), bearer(TOKEN)).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), INVALID);
}

#[test]
fn a_policy_that_no_answer_meets_builds_no_authenticator() {
    for (policy, expected) in [
        (JwtPolicy::new().with_type("at+jwt"), IntrospectionSettingsError::Type),
        (JwtPolicy::new().with_audience(""), JwtPolicyError::EmptyExpectation.into()),
    ] {
        let client = ClientAuthentication::basic("orders", &"s".into()).expect("client");
        let endpoint =
            IntrospectionEndpoint::new("https://login.example/introspect", client).expect("endpoint");
        let built = IntrospectionAuthenticator::new(Arc::new(Plain), endpoint, policy);
        assert_eq!(built.map(drop), Err(expected));
    }
}
