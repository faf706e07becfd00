//! Which tokens come with proofs, and what is asked of the requests that bring them.

use std::net::IpAddr;

use portcullis::Limit;
use portcullis::throttle::Throttle;

use super::*;

#[tokio::test]
async fn a_bound_token_is_no_bearer_token() {
    let kit = Kit::new().await;
    let token = to_jkt(JKT);
    let bearer = format!("Bearer {token}");
    let plain = kit.layer(jwt_of(JwtPolicy::new(), [key(crate::jwt::SECRET)]));
    let alone = || get("/orders", &[("authorization", &bearer)]);
    assert_eq!(refused(&plain, alone()).await.header("www-authenticate"), INVALID);

    let layer = layer(&kit);
    let answer = refused(&layer, alone()).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), [INVALID[0], &challenge("invalid_token")]);

    // Nor does a proof beside it help, of whatever token.
    let unbound = crate::jwt::token(HEADER, r#"{"sub":"ada","exp":1700000060}"#);
    for token in [&token, &unbound] {
        let proof = signed(&header(), &claims(token));
        let bearer = format!("Bearer {token}");
        let both = [("host", "api.example"), ("authorization", &bearer), ("dpop", &proof)];
        assert_eq!(refused(&layer, get("/orders", &both)).await.status, 401);
    }
    assert_eq!(
        send(&layer, get("/", &[("authorization", &format!("Bearer {unbound}"))])).await.status,
        200,
        "a token that is bound to nothing comes as bearer still"
    );
}

#[tokio::test]
async fn a_token_that_is_bound_to_no_key_is_not_taken_with_a_proof() {
    let kit = Kit::new().await;
    let token = crate::jwt::token(HEADER, r#"{"sub":"ada","exp":1700000060}"#);
    let proof = signed(&header(), &claims(&token));
    assert_eq!(refused(&layer(&kit), sent(&token, &proof)).await.status, 401);
}

#[tokio::test]
async fn bearer_tokens_can_be_refused_altogether() {
    let kit = Kit::new().await;
    let layer = kit.layer(jwt(verifier(kit.nonces.clone()).refuse_bearer()));
    let unbound = crate::jwt::good();
    let answer = refused(&layer, get("/", &[("authorization", &format!("Bearer {unbound}"))])).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), [challenge("invalid_token")]);
}

#[tokio::test]
async fn headers_that_are_repeated_are_malformed() {
    let kit = Kit::new().await;
    let (layer, token) = (layer(&kit), to_jkt(JKT));
    let proof = signed(&header(), &claims(&token));
    let mut twice = sent(&token, &proof);
    twice.headers_mut().append("dpop", proof.parse().expect("value"));
    let mut two_tokens = sent(&token, &proof);
    two_tokens.headers_mut().append("authorization", format!("Bearer {token}").parse().expect("value"));
    for request in [twice, two_tokens] {
        assert_eq!(refused(&layer, request).await.status, 400);
    }
    for empty in ["", "a.b", "a.b.c", &"a".repeat(9_000), &format!("{proof}, {proof}"), &format!("{proof}.x")]
    {
        assert_eq!(refused(&layer, sent(&token, empty)).await.status, 401, "{empty}");
    }
    assert_eq!(send(&layer, sent(&token, &proof)).await.status, 200);
}

#[tokio::test]
async fn a_proof_that_is_missing_is_refused_as_a_proof() {
    let kit = Kit::new().await;
    let (layer, token) = (layer(&kit), to_jkt(JKT));
    let mut missing = sent(&token, "");
    missing.headers_mut().remove("dpop");
    // Also of what is no good token: nobody looks at it without a proof.
    for request in [missing, sent(&token, ""), sent("a.b.c", "")] {
        let answer = refused(&layer, request).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), ["Bearer", &challenge("invalid_dpop_proof")]);
    }
}

#[tokio::test]
async fn a_client_that_has_yet_to_learn_the_nonce_has_not_failed() {
    let kit = Kit::new().await;
    let nonces = DpopNonces::random().expect("random");
    let once = Limit::new(1, Duration::from_secs(60)).expect("a limit");
    let jwt = jwt(verifier(kit.nonces.clone()).with_nonces(nonces));
    let layer = kit.layer(jwt).with_throttle(Throttle::new().with_address_budget(once));
    let layer = layer.with_peer(|extensions| extensions.get::<IpAddr>().copied());
    let token = to_jkt(JKT);
    let from_one_place = |proof: &str| {
        let mut request = sent(&token, proof);
        request.extensions_mut().insert(IpAddr::from([192, 0, 2, 7]));
        request
    };
    let with = |nonce: Value| signed(&header(), &but(claims(&token), json!({ "nonce": nonce })));
    let mut fresh = String::new();
    for _ in 0..5 {
        let answer = refused(&layer, from_one_place(&with(Value::Null))).await;
        assert_eq!(answer.status, 401);
        fresh = answer.header("dpop-nonce")[0].to_owned();
    }
    assert_eq!(send(&layer, from_one_place(&with(json!(fresh)))).await.status, 200);
    // What is refused for anything else counts.
    let wrong = || from_one_place("a.b.c");
    assert_eq!(refused(&layer, wrong()).await.status, 401);
    assert_eq!(refused(&layer, wrong()).await.status, 429);
}

#[tokio::test]
async fn a_proof_that_nobody_asked_for_is_not_passed_over() {
    let kit = Kit::new().await;
    let open = kit.layer(jwt(verifier(kit.nonces.clone()))).allow_anonymous();
    assert_eq!(send(&open, get("/", &[])).await.body, "anonymous|");
    assert_eq!(refused(&open, get("/", &[("dpop", "x.y.z")])).await.status, 401);
    let chain = jwt(verifier(kit.nonces.clone()))
        .or(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_")));
    let layer = kit.layer(chain);
    let token = to_jkt(JKT);
    let proof = signed(&header(), &claims(&token));
    assert_eq!(send(&layer, sent(&token, &proof)).await.status, 200);
    let mut both = sent(&token, &signed(&header(), &but(claims(&token), json!({ "jti": "2" }))));
    both.headers_mut().insert("x-api-key", "igny8_0123".parse().expect("value"));
    assert_eq!(send(&layer, both).await.status, 400);
}

#[tokio::test]
async fn a_claim_outlives_its_proof() {
    let kit = Kit::new().await;
    let layer = layer(&kit);
    let long =
        token(HEADER, json!({ "sub": "ada", "exp": 1_700_001_000, "cnf": { "jkt": JKT } }).to_string());
    let ahead = signed(&header(), &but(claims(&long), json!({ "iat": 1_700_000_005 })));
    assert_eq!(send(&layer, sent(&long, &ahead)).await.status, 200);
    for _ in 0..80 {
        kit.clock.advance(Duration::from_secs(1));
        assert_eq!(refused(&layer, sent(&long, &ahead)).await.status, 401);
    }
}

#[tokio::test]
async fn a_nonce_store_that_is_down_is_503() {
    let kit = Kit::new().await;
    let layer = kit.layer(jwt(verifier(Down)));
    let token = to_jkt(JKT);
    let good = signed(&header(), &claims(&token));
    assert_eq!(refused(&layer, sent(&token, &good)).await.status, 503);
    // A refusal does not come so far.
    let wrong = signed(&header(), &but(claims(&token), json!({ "htm": "PUT" })));
    assert_eq!(refused(&layer, sent(&token, &wrong)).await.status, 401);
}

#[tokio::test]
async fn the_nonce_that_a_server_asks_for_comes_with_the_refusal() {
    let kit = Kit::new().await;
    let nonces = DpopNonces::random().expect("random");
    let layer = kit.layer(jwt(verifier(kit.nonces.clone()).with_nonces(nonces)));
    let token = to_jkt(JKT);
    let with = |nonce: Value, jti: &str| {
        signed(&header(), &but(claims(&token), json!({ "nonce": nonce, "jti": jti })))
    };
    let answer = refused(&layer, sent(&token, &with(Value::Null, "1"))).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), ["Bearer", &challenge("use_dpop_nonce")]);
    let fresh = answer.header("dpop-nonce")[0].to_owned();
    assert_eq!(send(&layer, sent(&token, &with(json!(fresh), "2"))).await.status, 200);
    let wrong = refused(&layer, sent(&token, &with(json!("abc"), "3"))).await;
    assert_eq!(wrong.header("dpop-nonce"), [fresh]);
    assert!(refused(&layer, sent(&token, "a.b.c")).await.header("dpop-nonce").is_empty());
}

#[tokio::test]
async fn behind_a_proxy_the_public_origin_is_what_proofs_name() {
    let kit = Kit::new().await;
    let layer = layer(&kit);
    let token = to_jkt(JKT);
    let behind = |proof: &str| {
        let mut request = sent(&token, proof);
        request.headers_mut().insert("host", "10.0.0.7:8080".parse().expect("value"));
        request
    };
    let inside = but(claims(&token), json!({ "htu": "https://10.0.0.7:8080/orders" }));
    assert_eq!(refused(&layer, behind(&signed(&header(), &inside))).await.status, 401);
    assert_eq!(send(&layer, behind(&signed(&header(), &claims(&token)))).await.status, 200);
    for bad in ["http://api.example", "api.example", "https://api.example/v1"] {
        assert!(DpopVerifier::new(kit.nonces.clone(), bad).is_err(), "{bad}");
        assert!(verifier(kit.nonces.clone()).add_origin(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn a_proof_for_another_server_is_not_taken_from_it_under_its_name() {
    let kit = Kit::new().await;
    let token = to_jkt(JKT);
    // What the client sent to a server of somebody else, which sends it on.
    let sent_on = |jti: &str| {
        let theirs = json!({ "htu": "https://evil.example/orders", "jti": jti });
        let mut request = sent(&token, &signed(&header(), &but(claims(&token), theirs)));
        request.headers_mut().insert("host", "evil.example".parse().expect("value"));
        request
    };
    assert_eq!(refused(&layer(&kit), sent_on("1")).await.status, 401);
    let own = verifier(kit.nonces.clone()).add_origin("https://api.example:8443").expect("origin");
    assert_eq!(refused(&kit.layer(jwt(own)), sent_on("2")).await.status, 401);
    assert!(kit.nonces.is_empty());
    // Whoever says that any authority will do gets this, until an origin is said.
    let any = DpopVerifier::dangerous_any_authority(kit.nonces.clone());
    assert_eq!(send(&kit.layer(jwt(any.clone())), sent_on("3")).await.status, 200);
    let own = any.add_origin("https://api.example").expect("origin");
    assert_eq!(refused(&kit.layer(jwt(own)), sent_on("4")).await.status, 401);
}

#[tokio::test]
async fn a_service_that_is_called_at_two_origins_takes_proofs_for_both() {
    let kit = Kit::new().await;
    let both = verifier(kit.nonces.clone()).add_origin("https://eu.api.example:8443").expect("origin");
    let layer = kit.layer(jwt(both));
    let token = to_jkt(JKT);
    for (origin, status) in
        [("https://api.example", 200), ("https://eu.api.example:8443", 200), ("https://eu.api.example", 401)]
    {
        let of = json!({ "htu": format!("{origin}/orders"), "jti": origin });
        let proof = signed(&header(), &but(claims(&token), of));
        assert_eq!(send(&layer, sent(&token, &proof)).await.status, status, "{origin}");
    }
}

#[tokio::test]
async fn the_word_dpop_belongs_to_nobody_where_proofs_are_not_checked() {
    let kit = Kit::new().await;
    let plain = kit.layer(jwt_of(JwtPolicy::new(), [key(crate::jwt::SECRET)]));
    let token = to_jkt(JKT);
    let answer = refused(&plain, sent(&token, &signed(&header(), &claims(&token)))).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_description_names_the_word_and_the_proof() {
    use utoipa::Modify;

    let kit = Kit::new().await;
    let schemes = portcullis::openapi::SecuritySchemes::of(&jwt(verifier(kit.nonces.clone())));
    let mut document = utoipa::openapi::OpenApi::default();
    schemes.modify(&mut document);
    let text = serde_json::to_string(&document).expect("json");
    for part in ["begins with the word `DPoP`", r#""name":"dpop""#, r#""scheme":"bearer""#] {
        assert!(text.contains(part), "{part} {text}");
    }
}

#[test]
fn an_error_names_what_is_wrong_with_a_proof() {
    let error = portcullis::AuthError::from(DpopError::Target);
    assert_eq!(error.kind().status(), 401);
    assert_eq!(DpopError::of(&error), Some(&DpopError::Target));
    assert_eq!(std::error::Error::source(&error).expect("why").to_string(), DpopError::Target.to_string());
    let verifier = JwtVerifier::new(JwtPolicy::new(), [key(crate::jwt::SECRET)]).expect("verifier");
    assert!(DpopError::of(&verifier.verify("x", NOW).expect_err("refused")).is_none());
}
