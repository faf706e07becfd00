//! What the quickstart refuses.

use std::time::Duration;

use portcullis::Timestamp;
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey};

use crate::demo::{API_KEY, Demo, FEED, JWT, ORDER, SIGNED_URL, TOKEN, X_AUTH, X_AUTH_BODY, changed};
use crate::shell::paste;

#[test]
fn a_wrong_secret_is_401_whatever_the_scheme() {
    let demo = Demo::start();
    for (label, secret) in [
        (API_KEY, demo.api_key()),
        (ORDER, demo.api_key()),
        (TOKEN, demo.password()),
        (SIGNED_URL, demo.url_secret()),
        (X_AUTH, demo.x_auth_secret()),
        (X_AUTH_BODY, demo.x_auth_secret()),
    ] {
        assert_eq!(demo.paste_changed(label, secret, &changed(secret)).status, 401, "{label}");
    }
}

#[test]
fn what_was_signed_a_thousand_seconds_ago_is_401() {
    let demo = Demo::start();
    for label in [SIGNED_URL, X_AUTH, X_AUTH_BODY] {
        let then = |ago: u32| format!("expr $(date +%s) - {ago}");
        assert_eq!(demo.paste_changed(label, "date +%s", &then(1000)).status, 401, "{label}");
        // The expression is not what is wrong.
        assert_eq!(demo.paste_changed(label, "date +%s", &then(1)).status, 200, "{label}");
    }
}

#[test]
fn a_body_that_was_not_signed_is_401() {
    let demo = Demo::start();
    assert_eq!(demo.paste_changed(X_AUTH_BODY, "-d $b", "-d $b.").status, 401);
    let captured = format!("{} -d ''", demo.command(X_AUTH_BODY).replace("-d $b", "-d x"));
    assert_eq!(paste(&captured).status, 401);
}

#[test]
fn a_token_that_has_expired_is_401() {
    let demo = Demo::start();
    // The key of the tokens, derived from the master key as the example does.
    let master = std::fs::read(demo.folder.path().join("data/master.key")).expect("the master key");
    let derived = HmacKey::new(HmacAlgorithm::Sha256, &portcullis::Secret::new(master))
        .sign(&[b"portcullis quickstart: JWT secret"]);
    let text: String = derived.expose().iter().map(|byte| format!("{byte:02x}")).collect();
    let issue = |lifetime, issuer| {
        let key = JwtKey::hmac(JwtAlgorithm::Hs256, text.as_str().into()).expect("a key");
        let issuer = JwtIssuer::new(key, Duration::from_secs(lifetime)).with_issuer(issuer);
        issuer.issue("demo", Timestamp::from_unix_seconds(1_700_000_000)).expect("a token")
    };
    let whoami = |token: &str| {
        paste(&format!("curl http://{}/whoami -H 'Authorization: Bearer {token}'", demo.address))
    };
    let (hour, century) = (3600, 100 * 365 * 24 * 3600);
    assert_eq!(whoami(&issue(century, "portcullis-quickstart")).status, 200);
    for wrong in [
        issue(hour, "portcullis-quickstart"),
        issue(century, "another-issuer"),
        changed(&issue(century, "portcullis-quickstart")),
        "a.b.c".to_owned(),
        "eyJ".to_owned(),
    ] {
        let answer = whoami(&wrong);
        assert_eq!(answer.status, 401, "{wrong}");
        assert!(answer.header("www-authenticate").contains(&r#"Bearer error="invalid_token""#), "{answer:?}");
    }
}

#[test]
fn who_is_known_and_may_not_is_403() {
    let demo = Demo::start();
    // A token has no scopes, and neither has the x-auth key.
    let order = "/orders -H 'Content-Type: application/json' -d '{\"item\":\"book\"}'";
    assert_eq!(demo.paste_changed(JWT, "/whoami", order).status, 403);
    assert_eq!(demo.paste_changed(X_AUTH_BODY, "/whoami", "/orders").status, 403);
    // The entry points of the signed-URL key are others.
    for path in ["/feed", "/orders", "/api/hello"] {
        let status = demo.paste_changed(SIGNED_URL, "\"/api/hello/?", &format!("\"{path}?")).status;
        assert_eq!(status, if path == "/api/hello" { 404 } else { 403 }, "{path}");
    }
}

#[test]
fn two_credentials_at_once_are_400() {
    let demo = Demo::start();
    let bearer = format!("-H 'Authorization: Bearer {}'", demo.api_key());
    for label in [SIGNED_URL, X_AUTH, API_KEY] {
        assert_eq!(paste(&format!("{} {bearer}", demo.command(label))).status, 400, "{label}");
    }
    let twice = format!("{} -H 'X-API-Key: {}'", demo.command(API_KEY), demo.api_key());
    assert_eq!(paste(&twice).status, 400);
}

#[test]
fn no_credential_is_401_with_every_challenge_once() {
    let demo = Demo::start();
    for path in ["whoami", "api/hello/", "orders"] {
        let post = if path == "orders" { "-X POST" } else { "" };
        let answer = paste(&format!("curl http://{}/{path} {post}", demo.address));
        assert_eq!(answer.status, 401, "{path}");
        let challenges = answer.header("www-authenticate");
        assert_eq!(challenges, ["Bearer", "Api-Key", "Query-Signature", "X-Auth"], "{path}");
    }
    assert_eq!(paste(&format!("curl http://{}/nothing", demo.address)).status, 404);
}

#[test]
fn a_wrong_credential_is_not_anonymous() {
    let demo = Demo::start();
    for header in [
        &format!("Authorization: Bearer {}", changed(demo.api_key())),
        "Authorization: Bearer something",
        "Authorization: Basic ZGVtbzpkZW1v",
        "X-API-Key: something",
    ] {
        let answer = paste(&format!("{} -H '{header}'", demo.command(FEED)));
        assert_eq!(answer.status, 401, "{header}");
    }
    assert_eq!(paste(&format!("{} -H 'X-Auth-Iss: someone'", demo.command(FEED))).status, 400);
}
