//! Tokens that are bound to the certificate of a client.

use super::*;

#[tokio::test]
async fn a_certificate_that_a_token_is_bound_to_must_be_shown() {
    let kit = Kit::new().await;
    let own = ClientCertificate::from_der(b"certificate");
    let token = bound(&json!({ "x5t#S256": sha256("certificate") }));
    let plain = kit.layer(jwt_of(JwtPolicy::new(), [key(crate::jwt::SECRET)]));
    let with = |certificate: Option<ClientCertificate>| {
        let mut sent = request("GET", "/", &[("authorization", &format!("Bearer {token}"))], b"");
        if let Some(certificate) = certificate {
            sent.extensions_mut().insert(certificate);
        }
        sent
    };
    assert_eq!(send(&plain, with(Some(own))).await.body, "ada|");
    for other in [None, Some(ClientCertificate::from_der(b"another"))] {
        let answer = refused(&plain, with(other)).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), INVALID);
    }
}

#[tokio::test]
async fn a_token_that_is_bound_to_two_things_needs_both() {
    let kit = Kit::new().await;
    let layer = layer(&kit);
    let token = bound(&json!({ "jkt": JKT, "x5t#S256": sha256("certificate") }));
    let proof = signed(&header(), &claims(&token));
    assert_eq!(refused(&layer, sent(&token, &proof)).await.status, 401);
    let mut both = sent(&token, &proof);
    both.extensions_mut().insert(ClientCertificate::from_der(b"certificate"));
    assert_eq!(send(&layer, both).await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_checked_is_refused() {
    let kit = Kit::new().await;
    let layer = layer(&kit);
    for cnf in [
        json!({}),
        json!({ "kid": "k" }),
        json!({ "jwk": { "kty": "OKP", "crv": "Ed25519", "x": X } }),
        json!({ "jkt": JKT, "kid": "k" }),
        json!({ "jkt": "short" }),
        json!({ "jkt": null }),
        json!([]),
        json!("k"),
        Value::Null,
    ] {
        let token = bound(&cnf);
        let bearer = get("/", &[("authorization", &format!("Bearer {token}"))]);
        assert_eq!(refused(&layer, bearer).await.status, 401, "{cnf}");
        let proof = signed(&header(), &claims(&token));
        assert_eq!(refused(&layer, sent(&token, &proof)).await.status, 401, "{cnf}");
    }
}

#[tokio::test]
async fn actix_web_hands_the_certificate_over_too() {
    use actix_web::HttpMessage;
    use actix_web::test::{TestRequest, call_service, init_service};

    let kit = Kit::new().await;
    let plain = jwt_of(JwtPolicy::new(), [key(crate::jwt::SECRET)]);
    let auth = portcullis::actix::AuthMiddleware::new(plain).with_clock(kit.clock.clone());
    let inside = actix_web::web::resource("/").to(async || "inside");
    let app = init_service(actix_web::App::new().service(inside.wrap(auth))).await;
    let token = bound(&json!({ "x5t#S256": sha256("certificate") }));
    let ask = async |certificate: Option<ClientCertificate>| {
        let sent = TestRequest::get().uri("/").insert_header(("authorization", format!("Bearer {token}")));
        let request = sent.to_request();
        if let Some(certificate) = certificate {
            request.extensions_mut().insert(certificate);
        }
        call_service(&app, request).await.status().as_u16()
    };
    assert_eq!(ask(Some(ClientCertificate::from_der(b"certificate"))).await, 200);
    assert_eq!(ask(Some(ClientCertificate::from_der(b"another"))).await, 401);
    assert_eq!(ask(None).await, 401);
}
