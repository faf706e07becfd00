//! Signed events.

mod repeats;

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use portcullis::request::{BodyGate, Notes, RequestTarget, RequestView};
use portcullis::store::memory::MemoryNonceStore;
use portcullis::store::{EntryPoints, StoredPrincipal};
use portcullis::tower::{AuthBody, AuthLayer};
use portcullis::webhook::{
    WebhookAuthenticator, WebhookEncoding, WebhookScheme, WebhookSecret, WebhookSigner, WebhookVerifier,
};
use portcullis::{
    Authenticator, Credential, FrozenClock, KeyId, Principal, Reason, Scheme, Timestamp, UserId,
};
use tower::{Layer, ServiceExt, service_fn};

use crate::kit::{Calls, Down, NOW, get, request, send, send_counted};
use crate::table::Sent;

const TEXT: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BODY: &[u8] = br#"{"type":"invoice.paid"}"#;

fn schemes() -> [(&'static str, WebhookScheme); 6] {
    [
        ("standard", WebhookScheme::standard()),
        ("svix", WebhookScheme::svix()),
        ("github", WebhookScheme::github()),
        ("stripe", WebhookScheme::stripe()),
        ("slack", WebhookScheme::slack()),
        ("body", WebhookScheme::of_body("x-shop-hmac", "", WebhookEncoding::Base64)),
    ]
}

fn secret(name: &str) -> &'static str {
    if matches!(name, "standard" | "svix") { WHSEC } else { TEXT }
}

fn verifier(name: &str, scheme: &WebhookScheme) -> WebhookVerifier {
    WebhookVerifier::new(scheme.clone(), [secret(name)]).expect("a verifier")
}

fn shop() -> StoredPrincipal {
    Principal::builder(Some(UserId::from("shop"))).account(None).site(None).build()
}

type Events<N = MemoryNonceStore> = WebhookAuthenticator<StoredPrincipal, N>;

fn events(verifier: WebhookVerifier) -> Events {
    WebhookAuthenticator::new("shop", shop(), verifier, MemoryNonceStore::new())
}

fn layer(events: Events) -> (AuthLayer<Events>, FrozenClock) {
    let clock = FrozenClock::at(NOW);
    (AuthLayer::new(events).with_clock(clock.clone()), clock)
}

fn signed_with(scheme: &WebhookScheme, secrets: &[&str], body: &[u8], now: Timestamp) -> Sent {
    let signer = WebhookSigner::new(scheme.clone(), secrets.iter().copied()).expect("a signer");
    let mut sent = request("POST", "/hooks", &[], body);
    signer.sign(body, now).expect("signed").insert_into(sent.headers_mut()).expect("headers");
    sent
}

fn signed(name: &str, scheme: &WebhookScheme, body: &[u8], now: Timestamp) -> Sent {
    signed_with(scheme, &[secret(name)], body, now)
}

fn header(sent: &Sent, name: &str) -> String {
    sent.headers()[name].to_str().expect("text").to_owned()
}

fn with(mut sent: Sent, name: &str, value: &str) -> Sent {
    let name = http::HeaderName::try_from(name).expect("a name");
    sent.headers_mut().insert(name, http::HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
    sent
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(NOW.as_unix_seconds() + seconds)
}

#[tokio::test]
async fn a_signed_event_passes_with_its_body_and_an_unsigned_one_is_401() {
    for (name, scheme) in schemes() {
        let (layer, _) = layer(events(verifier(name, &scheme)));
        for body in [BODY, b"", b"\0\x01"] {
            let answer = send(&layer, signed(name, &scheme, body, NOW)).await;
            assert_eq!(answer.status, 200, "{name}");
            assert!(answer.body.starts_with("shop|"), "{name}");
        }
        let answer = send(&layer, get("/hooks", &[])).await;
        assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (401, vec!["Webhook"]));
    }
}

#[tokio::test]
async fn an_event_that_is_let_in_is_noted_by_the_name_of_its_sender() {
    for (name, scheme) in schemes() {
        let event = signed(name, &scheme, BODY, NOW);
        let (notes, gate) = (Notes::new(), BodyGate::delivered(BODY.into()));
        let target = RequestTarget::new("POST", "/hooks", None);
        let view = RequestView::new(target, event.headers(), &gate, NOW).with_notes(&notes);
        assert!(events(verifier(name, &scheme)).authenticate(&view).await.is_ok(), "{name}");
        // It is no key of a store, so that nobody writes down its use.
        let expected = Credential::of_name(Scheme::Webhook, KeyId::from("shop"));
        assert_eq!(notes.credential(), Some(&expected), "{name}");
    }
}

#[tokio::test]
async fn the_published_examples_verify() {
    let at = Timestamp::from_unix_seconds;
    let slack = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
        channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
        response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
        trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let standard = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    let github =
        [("x-hub-signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")];
    let slack_headers = [
        ("x-slack-request-timestamp", "1531420618"),
        ("x-slack-signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
    ];
    type Case<'a> = (WebhookScheme, &'a str, &'a [(&'a str, &'a str)], &'a [u8], i64);
    let cases: [Case<'_>; 3] = [
        (WebhookScheme::standard(), WHSEC, &standard, br#"{"test": 2432232314}"#, 1_614_265_330),
        (WebhookScheme::github(), "It's a Secret to Everybody", &github, b"Hello, World!", 0),
        (WebhookScheme::slack(), TEXT, &slack_headers, slack, 1_531_420_618),
    ];
    for (scheme, secret, headers, body, now) in cases {
        let verifier = WebhookVerifier::new(scheme, [secret]).expect("a verifier");
        let sent = request("POST", "/", headers, body);
        verifier.verify(sent.headers(), body, at(now)).expect(secret);
        let error = verifier.verify(sent.headers(), &[body, b" "].concat(), at(now)).expect_err(secret);
        assert_eq!(error.reason(), Reason::WrongSignature);
    }
}

#[tokio::test]
async fn ambiguous_and_incomplete_events_are_400() {
    for (name, scheme) in schemes() {
        let (layer, _) = layer(events(verifier(name, &scheme)));
        let whole = || signed(name, &scheme, BODY, NOW);
        for header in scheme.headers() {
            let mut without = whole();
            without.headers_mut().remove(header);
            let status = if scheme.headers().count() == 1 { 401 } else { 400 };
            assert_eq!(send(&layer, without).await.status, status, "{name} without {header}");
            let mut twice = whole();
            let value = twice.headers()[header].clone();
            twice.headers_mut().append(header, value);
            assert_eq!(send(&layer, twice).await.status, 400, "{name}, {header} twice");
        }
        let two = with(whole(), "authorization", "Bearer x");
        assert_eq!(send(&layer, two).await.status, 400, "{name} beside another");
    }
    let stripe = WebhookScheme::stripe();
    let (layer, _) = layer(events(verifier("stripe", &stripe)));
    let sent = signed("stripe", &stripe, BODY, NOW);
    let list = header(&sent, "stripe-signature");
    let (time, rest) = list.split_once(',').expect("a list");
    for bad in [rest.to_owned(), format!("{time},{list}"), format!("t=1700000001,{list}")] {
        let answer = send(&layer, with(sent.clone(), "stripe-signature", &bad)).await;
        assert_eq!(answer.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn wrong_events_are_401_and_look_alike() {
    for (name, scheme) in schemes() {
        let (layer, _) = layer(events(verifier(name, &scheme)));
        let good = signed(name, &scheme, BODY, NOW);
        let carrier = scheme.headers().last().expect("a header");
        let list = header(&good, carrier);
        let mut cases = Vec::new();
        for bad in [
            String::new(),
            "é".to_owned(),
            list.to_uppercase().replace("T=", "t="),
            list.replace(|digit| matches!(digit, 'b'..='f'), "B"),
            format!("{list}{list}"),
            list[..list.len() - 1].to_owned(),
            format!("{list} "),
            format!("{list},"),
            list.replace("v1", "v2").replace("v0=", "v1=").replace("sha256", "sha1"),
            list.replace('=', ""),
        ] {
            // White space around a value is not part of it.
            if bad.trim() != list {
                cases.push((format!("the list {bad}"), with(good.clone(), carrier, &bad)));
            }
        }
        if let Some(time) = scheme.headers().find(|name| name.contains("timestamp")) {
            for bad in
                ["", "1700000000000", "170000000", "+170000000", "1700000000.0", "1.7e9", "0x6553f100", "NaN"]
            {
                cases.push((format!("the time {bad}"), with(good.clone(), time, bad)));
            }
        }
        if let Some(id) = scheme.headers().find(|name| name.ends_with("-id")) {
            for bad in ["", "a.b", "a b", "é", &"a".repeat(256), "msg_other"] {
                cases.push((format!("the id {bad}"), with(good.clone(), id, bad)));
            }
        }
        let mut body = good.clone();
        *body.body_mut() = Full::from("{}");
        cases.push(("another body".to_owned(), body));
        let other = if matches!(name, "standard" | "svix") { OTHER } else { "another secret, as long" };
        cases.push(("another secret".to_owned(), signed_with(&scheme, &[other], BODY, NOW)));
        let mut bodies = Vec::new();
        for (what, sent) in cases {
            let calls = Calls::default();
            let answer = send_counted(&layer, sent, &calls).await;
            assert!(
                (answer.status.as_u16(), calls.count()) == (401, 0),
                "{name}: {what} is {}",
                answer.status
            );
            bodies.push(answer.body);
        }
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{name}: refusals look alike");
        assert_eq!(send(&layer, good).await.status, 200, "{name}: nothing was claimed");
    }
}

#[tokio::test]
async fn an_event_passes_within_the_tolerance_in_either_direction() {
    for (name, scheme) in schemes() {
        let timed = !matches!(name, "github" | "body");
        for (seconds, in_time) in [(-301, false), (-300, true), (300, true), (301, false)] {
            let (layer, _) = layer(events(verifier(name, &scheme)));
            let status = if in_time || !timed { 200 } else { 401 };
            let answer = send(&layer, signed(name, &scheme, BODY, at(seconds))).await;
            assert_eq!(answer.status, status, "{name} at {seconds}");
        }
        let brief = verifier(name, &scheme).with_tolerance(Duration::from_secs(10));
        let (layer, _) = layer(events(brief));
        let status = if timed { 401 } else { 200 };
        assert_eq!(send(&layer, signed(name, &scheme, BODY, at(-11))).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn a_replaced_secret_is_accepted_until_its_end() {
    let scheme = WebhookScheme::standard();
    let secrets = [WebhookSecret::new(WHSEC).until(at(100)), WebhookSecret::new(OTHER)];
    let (layer, clock) =
        layer(events(WebhookVerifier::new(scheme.clone(), secrets.clone()).expect("a verifier")));
    for (seconds, old) in [(0, 200), (99, 200), (100, 401)] {
        clock.set(at(seconds));
        let sent = |secret| signed_with(&scheme, &[secret], BODY, at(seconds));
        assert_eq!(send(&layer, sent(WHSEC)).await.status, old, "{seconds}");
        assert_eq!(send(&layer, sent(OTHER)).await.status, 200, "{seconds}");
    }
    // Nor is it signed with.
    let signer = WebhookSigner::new(scheme, secrets).expect("a signer");
    let count = |now| signer.sign(b"", now).expect("signed").pairs()[2].1.split(' ').count();
    assert_eq!((count(at(99)), count(at(100))), (2, 1));
}

#[tokio::test]
async fn unknown_versions_are_passed_over_and_are_never_enough() {
    let cases = [
        ("standard", WebhookScheme::standard(), "v1a,AAAA v2,x", ' '),
        ("stripe", WebhookScheme::stripe(), "v0=6ffb,v2=", ','),
    ];
    for (name, scheme, unknown, separator) in cases {
        let (layer, _) = layer(events(verifier(name, &scheme)));
        let event = signed(name, &scheme, BODY, NOW);
        let carrier = scheme.headers().last().expect("a header");
        let list = header(&event, carrier);
        let only = match name {
            "stripe" => format!("t={},{unknown}", NOW.as_unix_seconds()),
            _ => unknown.to_owned(),
        };
        assert_eq!(send(&layer, with(event.clone(), carrier, &only)).await.status, 401, "{name}");
        let beside = format!("{list}{separator}{unknown}");
        assert_eq!(send(&layer, with(event, carrier, &beside)).await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn an_event_passes_only_at_the_entry_points_that_are_named() {
    for (name, scheme) in schemes() {
        let only = EntryPoints::only(["/hooks"]).expect("a name");
        let (layer, _) = layer(events(verifier(name, &scheme)).with_entry_points(only));
        let event = signed(name, &scheme, BODY, NOW);
        let mut elsewhere = event.clone();
        *elsewhere.uri_mut() = "/admin".parse().expect("a target");
        assert_eq!(send(&layer, elsewhere).await.status, 403, "{name}");
        assert_eq!(send(&layer, event).await.status, 200, "{name}: nothing was claimed");
    }
}

#[tokio::test]
async fn a_store_of_claims_that_is_down_is_503_for_good_events_only() {
    for (name, scheme) in schemes() {
        let events: Events<Down> = WebhookAuthenticator::new("shop", shop(), verifier(name, &scheme), Down);
        let layer = AuthLayer::new(events).with_clock(FrozenClock::at(NOW));
        let good = signed(name, &scheme, BODY, NOW);
        let mut wrong = good.clone();
        *wrong.body_mut() = Full::from("{}");
        assert_eq!(send(&layer, good).await.status, 503, "{name}");
        assert_eq!(send(&layer, wrong).await.status, 401, "{name}");
    }
}

#[tokio::test]
async fn the_body_is_asked_for_behind_the_headers_and_up_to_the_limit() {
    for (name, scheme) in schemes() {
        let (layer, _) = layer(events(verifier(name, &scheme)));
        let layer = layer.with_body_limit(8);
        for (body, status) in [("12345678", 200), ("123456789", 413)] {
            let sent = signed(name, &scheme, body.as_bytes(), NOW);
            assert_eq!(send(&layer, sent).await.status, status, "{name}");
        }
        if !matches!(name, "github" | "body") {
            let old = signed(name, &scheme, b"123456789", at(-301));
            assert_eq!(send(&layer, old).await.status, 401, "{name}");
        }
    }
}

#[tokio::test]
async fn bytes_that_move_between_id_time_and_body_are_refused() {
    let scheme = WebhookScheme::standard();
    let (layer, _) = layer(events(verifier("standard", &scheme)));
    let body = b"1700000001.{}";
    let signed =
        WebhookSigner::new(scheme, [WHSEC]).expect("a signer").sign_as("msg", body, NOW).expect("signed");
    let signature = &signed.pairs()[2].1;
    // What is signed is `msg.1700000000.1700000001.{}`.
    for (id, time, body) in [
        ("msg.1700000000", "1700000001", "{}"),
        ("msg", "1700000000.1700000001", "{}"),
        ("", "msg.1700000000", "1700000001.{}"),
    ] {
        let moved = [("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)];
        let answer = send(&layer, request("POST", "/", &moved, body.as_bytes())).await;
        assert_eq!(answer.status, 401, "{id} {time}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_sender_and_never_the_secret() {
    let verifier = verifier("slack", &WebhookScheme::slack());
    let events = events(verifier.clone());
    assert!(!format!("{events:?}").contains(TEXT));
    let sent = signed("slack", &WebhookScheme::slack(), BODY, NOW);
    let error = verifier.verify(sent.headers(), b"other", NOW).expect_err("refused");
    assert_eq!(error.to_string(), "webhook: the signature is wrong");
    let error = verifier.verify(&http::HeaderMap::new(), b"", NOW).expect_err("refused");
    assert_eq!(error.reason(), Reason::MissingCredential);
    assert!(sent.headers()["x-slack-signature"].is_sensitive());
    let _: KeyId = "shop".into();
}

#[tokio::test]
async fn a_handler_sees_the_id_where_credentials_are_removed() {
    let scheme = WebhookScheme::standard();
    let (layer, _) = layer(events(verifier("standard", &scheme)));
    let names = |request: http::Request<AuthBody<Full<Bytes>>>| async move {
        let names: Vec<String> = request.headers().keys().map(ToString::to_string).collect();
        Ok::<_, Infallible>(http::Response::new(Full::<Bytes>::from(names.join(" "))))
    };
    let service = layer.remove_credentials().layer(service_fn(names));
    let answer = service.oneshot(signed("standard", &scheme, BODY, NOW)).await.expect("infallible");
    assert_eq!(crate::kit::answer(answer).await.body, "webhook-id");
}
