//! Dry runs: what would become of a request, said without a secret or a right signature.

mod answers;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use http::request::Parts;
use portcullis::explain::{ExplainSettings, ExplainedRequest, Explainer};
use portcullis::message_signature::MessageSigner;
use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner, StrictQuerySigner};
use portcullis::request::{BodyGate, RequestTarget, RequestView};
use portcullis::sign::RequestSigner;
use portcullis::sigv4::SigV4Signer;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::store::{KeyOwner, NewKey};
use portcullis::x_auth::{StrictXAuthSigner, XAuthSigner};
use portcullis::{Authenticator, Outcome, Reason, Scheme, Secret};
use sha2::Sha256;

use crate::harness::{Answer, Browser, NOW, World, recorded};

const PAGE: &str = "/dry-run";
const BODY: &str = "{\"it's\": \"here\"}\n";

async fn dry_run(browser: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    let form = browser.get(PAGE).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.text);
    browser.submit(&form, PAGE, fields).await
}

async fn signing_key(world: &World, scheme: Scheme) -> Secret {
    let key = NewKey::new(scheme, KeyOwner::account("acme")).with_id("k-1");
    world.issue(key).await.secret.into_secret()
}

const FORMS: [(&str, Scheme, &str); 6] = [
    ("query", Scheme::QuerySignature, "without its last slash"),
    ("strict query", Scheme::QuerySignature, "if the path had its last slash"),
    ("x-auth", Scheme::XAuth, "if the body had not its last line end"),
    ("strict x-auth", Scheme::XAuth, "if the path had its last slash"),
    ("sigv4", Scheme::SigV4, ""),
    ("message", Scheme::MessageSignature, ""),
];

fn signer(form: &str, secret: &Secret) -> Box<dyn RequestSigner> {
    match form {
        "query" => Box::new(QuerySigner::new("k-1", secret)),
        "strict query" => Box::new(StrictQuerySigner::new("k-1", secret)),
        "x-auth" => Box::new(XAuthSigner::new("k-1", secret)),
        "strict x-auth" => Box::new(StrictXAuthSigner::new("k-1", secret)),
        "sigv4" => Box::new(SigV4Signer::new("k-1", secret, "eu-central-1", "orders")),
        "message" => Box::new(MessageSigner::new("k-1", secret)),
        _ => panic!("{form}"),
    }
}

fn signed(form: &str, secret: &Secret, target: &str) -> Parts {
    let request = http::Request::post(format!("https://api.example{target}"));
    let request = request.header("content-type", "application/json").body(()).expect("a request");
    let mut head = request.into_parts().0;
    signer(form, secret).sign_request(&mut head, BODY.as_bytes(), NOW).expect("signed");
    head
}

/// The request as HTTP/1.1 has it; browsers end the lines of a text area so.
fn dump(head: &Parts, body: &str) -> String {
    let mut text = format!("POST {} HTTP/1.1\r\n", head.uri.path_and_query().expect("a target"));
    if !head.headers.contains_key("host") {
        text.push_str("Host: api.example\r\n");
    }
    for (name, value) in &head.headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().expect("text")));
    }
    format!("{text}\r\n{}", body.replace('\n', "\r\n"))
}

/// The same as a curl line.
fn curl(head: &Parts, body: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let mut line = format!("curl -s -X POST {}", quoted(&head.uri.to_string()));
    for (name, value) in &head.headers {
        let header = quoted(&format!("{name}: {}", value.to_str().expect("text")));
        line.push_str(&format!(" \\\r\n  -H {header}"));
    }
    format!("{line} --data-binary {}", quoted(&body.replace('\n', "\r\n")))
}

/// Every spelling of a signature.
fn spellings(signature: &[u8]) -> Vec<String> {
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let bare = STANDARD_NO_PAD.encode(signature);
    let escaped = bare.replace('+', "%2B").replace('/', "%2F");
    vec![bare, escaped, URL_SAFE_NO_PAD.encode(signature), hex.to_uppercase(), hex]
}

/// The signature that would be right for a request, computed beside the console.
async fn right(world: &World, secret: &Secret, text: &str) -> Vec<String> {
    let explainer = Explainer::new(ExplainSettings::new()).expect("an explainer");
    let request = ExplainedRequest::parse(text.replace("\r\n", "\n")).expect("a request");
    let explained = explainer.explain(&world.store, &request, None, NOW).await.expect("an answer");
    if let Some(lines) = explained.string_to_sign() {
        let scope = lines.lines().nth(2).expect("a scope");
        let right = portcullis::sigv4::signature(secret, scope, lines).expect("a signature");
        return vec![right.to_uppercase(), right];
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose()).expect("any length");
    mac.update(explained.canonical().expect("a signed request"));
    spellings(&mac.finalize().into_bytes())
}

/// The page as a reader has it: of what is found out, without the form below.
fn found(answer: &Answer) -> &str {
    answer.text.split("Another request").next().expect("a page")
}

/// A reason, as the page says it.
fn said(reason: Reason) -> String {
    let text = reason.text();
    format!("{}{}.", text[..1].to_uppercase(), &text[1..])
}

#[tokio::test]
async fn a_good_request_of_each_scheme_would_be_accepted_in_both_forms_of_text() {
    for (form, scheme, _) in FORMS {
        let world = World::new().await;
        let secret = signing_key(&world, scheme).await;
        let mut ada = world.logged_in("ada").await;
        let head = signed(form, &secret, "/orders?page=2");
        let (dump, curl) = (dump(&head, BODY), curl(&head, BODY));
        let right = right(&world, &secret, &dump).await;
        assert!(right.iter().any(|right| dump.contains(right)), "{form}: signed otherwise");
        let mut pages = Vec::new();
        for text in [&dump, &curl] {
            let answer = dry_run(&mut ada, &[("request", text)]).await;
            assert_eq!(answer.status, StatusCode::OK, "{form}: {}", answer.text);
            assert!(answer.has("Accepted: its credential is good"), "{form}: {}", answer.text);
            assert!(answer.has(scheme.name()) && answer.has("/admin/keys/key?realm=default&amp;id=k-1"));
            assert!(answer.has("Never used") && answer.has("Canonical request"), "{form}");
            for hidden in right.iter().map(String::as_str).chain([secret.expose_text().expect("text")]) {
                assert!(!answer.has(hidden), "{form}: {hidden}");
            }
            pages.push(found(&answer).to_owned());
        }
        assert_eq!(pages[0], pages[1], "{form}");
        assert_eq!(world.key("k-1").await.last_used, None, "{form}: its use is noted");
    }
}

#[tokio::test]
async fn a_wrong_signature_is_explained_without_the_right_one_and_without_the_secret() {
    for (form, scheme, diagnosis) in FORMS {
        let world = World::new().await;
        let secret = signing_key(&world, scheme).await;
        let other = Secret::from("another secret, which signs it by hand");
        let mut ada = world.logged_in("ada").await;
        let head = signed(form, &secret, "/orders?page=2");
        let changed = match form {
            "x-auth" => dump(&head, &format!("{BODY}\n")),
            _ => dump(&head, BODY).replacen("/orders?", "/orders/?", 1),
        };
        let foreign = dump(&signed(form, &other, "/orders?page=2"), BODY);
        for (text, diagnosis) in [(&changed, diagnosis), (&foreign, "")] {
            let right = right(&world, &secret, text).await;
            assert!(!right.iter().any(|right| text.contains(right)), "{form}: it is the right one");
            let answer = dry_run(&mut ada, &[("request", text), ("client", "what\r\nthe client says")]).await;
            assert_eq!(answer.status, StatusCode::OK, "{form}: {}", answer.text);
            assert!(answer.has("Refused with 401: "), "{form}: {}", answer.text);
            assert!(
                answer.has(&said(Reason::WrongSignature)) && answer.has(diagnosis),
                "{form}: {}",
                answer.text
            );
            assert!(answer.has("class=\"columns\"") && answer.has("differs from character"), "{form}");
            for hidden in right.iter().map(String::as_str).chain([secret.expose_text().expect("text")]) {
                assert!(!answer.has(hidden), "{form}: {hidden}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_as_good_as_a_secret_is_never_sent_back() {
    let world = World::new().await;
    let issued = world.issue(World::api_key("k-1")).await;
    let key = issued.secret.expose_text().expect("text").to_owned();
    let mut ada = world.logged_in("ada").await;
    let basic = STANDARD.encode("ada:s3cret-word");
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4";
    let unknown = "k23456789012345678901234567890";
    let encoded_key = STANDARD.encode(format!("ada:{key}"));
    for (text, says, hidden) in [
        (format!("curl https://api.example/ -H 'X-API-Key: {key}'"), "Accepted", vec![key.as_str()]),
        (format!("GET / HTTP/1.1\nHost: a\nAuthorization: Bearer {key}\n\n"), "Accepted", vec![&key]),
        (format!("curl https://api.example/ -H 'X-API-Key: {unknown}'"), "Refused with 401", vec![unknown]),
        (format!("curl https://api.example/ -u 'ada:{key}'"), "Nobody claims it", vec![&key, &encoded_key]),
        (
            "curl https://api.example/ -u ada:s3cret-word".to_owned(),
            "Nobody claims it",
            vec!["s3cret-word", &basic],
        ),
        (
            format!("GET / HTTP/1.1\nHost: a\nAuthorization: Basic {basic}\n\n"),
            "Nobody claims it",
            vec![&basic],
        ),
        (
            format!("curl https://api.example/ -H 'Authorization: Bearer {jwt}'"),
            "Nobody claims it",
            vec![jwt],
        ),
        ("curl https://api.example/".to_owned(), "Nobody claims it: it has no credential", vec![]),
        // What is no request.
        (format!("curl https://api.example/ -H 'X-API-Key: {key}"), "curl line", vec![&key]),
        (format!("curl https://api.example/ -F 'a={key}'"), "Option -F", vec![&key]),
        (format!("curl https://api.example/ --{key}"), "curl line", vec![&key[..20]]),
        (format!("GET / HTTP/1.1\n{key}\n\n"), "Line 2 of the dump", vec![&key]),
        (key.clone(), "Line 1 of the dump", vec![&key]),
    ] {
        // In whatever field it was pasted.
        for field in ["request", "client", "entry_point", "peer", "moment", "realm"] {
            let answer = dry_run(&mut ada, &[(field, &text)]).await;
            assert_eq!(answer.headers.get(CACHE_CONTROL).expect("a header"), "no-store");
            if field == "request" {
                assert!(answer.has(says), "{says}: {}", answer.text);
                let is_read =
                    says.starts_with("Accepted") || says.starts_with("Refused") || says.starts_with("Nobody");
                let status = if is_read { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
                assert_eq!(answer.status, status, "{says}: {}", answer.text);
            } else {
                assert!(answer.status.is_client_error(), "{field}: {}", answer.text);
            }
            for hidden in &hidden {
                assert!(!answer.has(hidden), "{field}: {hidden} is in {}", answer.text);
            }
        }
    }
    let events = recorded(&world.events);
    for hidden in [key.as_str(), unknown, "s3cret-word", &basic, jwt] {
        assert!(!events.contains(hidden), "{events}");
    }
    assert_eq!(world.key("k-1").await.last_used, None);
}

#[tokio::test]
async fn credentials_among_the_signed_headers_are_not_shown() {
    let world = World::new().await;
    drop(signing_key(&world, Scheme::SigV4).await);
    let mut ada = world.logged_in("ada").await;
    let text = format!(
        "GET /?X-Amz-Security-Token=t0ken HTTP/1.1\nHost: a\nX-Amz-Date: 20270115T080000Z\nCookie: c00kie\n\
         X-Amz-Security-Token: t0ken\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=k-1/20270115/eu-central-1/orders/aws4_request, \
         SignedHeaders=cookie;host;x-amz-date;x-amz-security-token, Signature={}\n\n",
        "0".repeat(64)
    );
    for client in ["", "GET\n/\n\ncookie:c00kie\nx-amz-security-token:t1ken"] {
        let answer = dry_run(&mut ada, &[("request", &text), ("client", client)]).await;
        assert!(answer.has("cookie:(not shown)") && answer.has("Canonical request"), "{}", answer.text);
        for hidden in ["t0ken", "t1ken", "c00kie"] {
            assert!(!answer.has(hidden), "{hidden}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn nothing_is_used_up_and_nothing_is_recorded() {
    let world = World::new().await;
    let secret = signing_key(&world, Scheme::QuerySignature).await;
    let mut grace = world.logged_in("grace").await;
    let head = signed("query", &secret, "/orders");
    let before = recorded(&world.events);
    for _ in 0..2 {
        let answer = dry_run(&mut grace, &[("request", &dump(&head, BODY))]).await;
        assert!(answer.has("Accepted"), "{}", answer.text);
    }
    assert_eq!(recorded(&world.events), before);
    let service =
        QuerySignatureAuthenticator::new(world.store.clone(), MemoryNonceStore::new()).buffer_bodies();
    let gate = BodyGate::delivered(BODY.into());
    let headers: Vec<(String, Vec<u8>)> = Vec::new();
    let target = RequestTarget::new("POST", head.uri.path(), head.uri.query());
    let view = RequestView::new(target, &headers, &gate, NOW);
    assert!(matches!(service.authenticate(&view).await, Ok(Outcome::Authenticated(_))));
    assert_eq!(world.key("k-1").await.last_used, None);
}
