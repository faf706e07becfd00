//! Which tokens are asked about.

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
    let dpop = DpopVerifier::new(kit.nonces.clone());
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
