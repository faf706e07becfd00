//! What the quickstart refuses.

use std::time::Duration;

use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey};
use portcullis::message_signature::MessageSigner;
use portcullis::query_signature::StrictQuerySigner;
use portcullis::sign::RequestSigner;
use portcullis::sigv4::SigV4Signer;
use portcullis::x_auth::StrictXAuthSigner;
use portcullis::{Clock, Secret, SystemClock, Timestamp};

use crate::demo::{
    API_KEY, Demo, EVENT, FEED, JWT, MESSAGE, ORDER, SIGNED_URL, SIGV4, TOKEN, X_AUTH, X_AUTH_BODY, changed,
};
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
        (SIGV4, demo.sigv4_secret()),
        (MESSAGE, demo.message_secret()),
        (EVENT, demo.event_secret()),
    ] {
        assert_eq!(demo.paste_changed(label, secret, &changed(secret)).status, 401, "{label}");
    }
}

#[test]
fn what_was_signed_a_thousand_seconds_ago_is_401() {
    let demo = Demo::start();
    for label in [SIGNED_URL, X_AUTH, X_AUTH_BODY, MESSAGE, EVENT] {
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
    assert_eq!(demo.paste_changed(EVENT, "-d $b", "-d $b.").status, 401);
}

/// A POST to `/whoami`, signed by `signer`, that is sent with `body`.
fn post(demo: &Demo, signer: &dyn RequestSigner, signed: &str, body: &str) -> u16 {
    let request = http::Request::post(format!("http://{}/whoami", demo.address));
    let request = request.header("content-type", "application/json").body(()).expect("a request");
    let (mut head, ()) = request.into_parts();
    signer.sign_request(&mut head, signed.as_bytes(), SystemClock.now()).expect("signed");
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        format!("-H '{name}: {}'", value.to_str().expect("text"))
    };
    let headers: Vec<_> = head.headers.iter().map(header).collect();
    paste(&format!("curl '{}' {} -d '{body}'", head.uri, headers.join(" "))).status
}

#[test]
fn a_handler_that_does_not_read_a_body_is_not_called_with_another_one() {
    let demo = Demo::start();
    let secret = |text: &str| Secret::from(text);
    let (x_auth, url) = (secret(demo.x_auth_secret()), secret(demo.url_secret()));
    let signers: [Box<dyn RequestSigner>; 4] = [
        Box::new(SigV4Signer::new(
            demo.sigv4_id(),
            &secret(demo.sigv4_secret()),
            "eu-central-1",
            "quickstart",
        )),
        Box::new(MessageSigner::new(demo.message_id(), &secret(demo.message_secret()))),
        Box::new(StrictXAuthSigner::new(demo.x_auth_id(), &x_auth)),
        Box::new(StrictQuerySigner::new(demo.url_id(), &url)),
    ];
    for (index, signer) in signers.iter().enumerate() {
        assert_eq!(post(&demo, &**signer, "{}", "{}"), 200, "{index}");
        assert_eq!(post(&demo, &**signer, "{}", "[]"), 401, "{index}");
    }
}

#[test]
fn what_is_signed_for_one_place_is_401_at_another() {
    let demo = Demo::start();
    let here = format!("http://{}/whoami", demo.address);
    let there = format!("http://{}/feed", demo.address);
    assert_eq!(demo.paste_changed(MESSAGE, &here, &there).status, 401);
    assert_eq!(demo.paste_changed(SIGV4, ":quickstart ", ":another ").status, 401);
    assert_eq!(demo.paste_changed(SIGV4, ":eu-central-1:", ":us-east-1:").status, 401);
}

#[test]
fn an_event_is_let_in_at_its_own_route_and_nothing_else_is() {
    let demo = Demo::start();
    for path in ["/whoami", "/orders", "/feed"] {
        assert_eq!(demo.paste_changed(EVENT, "/events ", &format!("{path} ")).status, 403, "{path}");
    }
    let event = "/events -H 'Content-Type: application/json' -d '{\"type\":\"order.paid\"}'";
    for label in [API_KEY, JWT, SIGV4] {
        assert_eq!(demo.paste_changed(label, "/whoami", event).status, 403, "{label}");
    }
}

#[test]
fn a_token_that_has_expired_is_401() {
    let demo = Demo::start();
    // The key of the tokens, derived from the master key as the example does.
    let master = std::fs::read(demo.folder.path().join("data/master.key")).expect("the master key");
    let derived = HmacKey::new(HmacAlgorithm::Sha256, &Secret::new(master))
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
    for label in [SIGNED_URL, X_AUTH, API_KEY, MESSAGE, EVENT] {
        assert_eq!(paste(&format!("{} {bearer}", demo.command(label))).status, 400, "{label}");
    }
    let twice = format!("{} -H 'X-API-Key: {}'", demo.command(API_KEY), demo.api_key());
    assert_eq!(paste(&twice).status, 400);
}

const CHALLENGES: [&str; 7] =
    ["Bearer", "Api-Key", "Query-Signature", "X-Auth", "AWS4-HMAC-SHA256", "Signature", "Webhook"];

#[test]
fn no_credential_is_401_with_every_challenge_once() {
    let demo = Demo::start();
    for path in ["whoami", "api/hello/", "orders", "events"] {
        let post = if path == "orders" || path == "events" { "-X POST" } else { "" };
        let answer = paste(&format!("curl http://{}/{path} {post}", demo.address));
        assert_eq!(answer.status, 401, "{path}");
        let challenges = answer.header("www-authenticate");
        assert_eq!(challenges, CHALLENGES, "{path}");
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
    let header = "Authorization: AWS4-HMAC-SHA256 something";
    assert_eq!(paste(&format!("{} -H '{header}'", demo.command(FEED))).status, 400);
    for header in ["Signature: sig=:AAAA:", "webhook-signature: v1,AAAA"] {
        assert_eq!(paste(&format!("{} -H '{header}'", demo.command(FEED))).status, 400, "{header}");
    }
}
