//! What has gone wrong in other verifiers.

use std::time::Duration;

use portcullis::sigv4::{PathForm, QueryForm};
use portcullis::store::{IssuedKey, KeyRef};
use portcullis::{KeyAdmin, Realm, Timestamp};

use super::*;
use crate::kit::{Calls, get, send, send_counted};

async fn status_of(kit: &Kit, sent: Sent) -> u16 {
    send(&kit.layer(authenticator(kit)), sent).await.status.as_u16()
}

async fn started() -> (Kit, IssuedKey) {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    (kit, key)
}

#[tokio::test]
async fn a_captured_get_is_no_delete() {
    let (kit, key) = started().await;
    let mut sent = ByHand::new(&key, "GET", "/orders/7", b"").send(b"");
    *sent.method_mut() = http::Method::DELETE;
    assert_eq!(status_of(&kit, sent).await, 401);
    let target = presigned(&signer(&key), "GET", "/orders/7", NOW);
    assert_eq!(status_of(&kit, request("PUT", &target, &[("host", HOST)], b"")).await, 401);
}

#[tokio::test]
async fn a_request_for_another_host_is_refused_where_the_own_is_named() {
    let (kit, key) = started().await;
    let with_host = |host: &str| {
        let sent = request("GET", "/", &[("host", host)], b"");
        signed(&signer(&key), sent, b"", NOW)
    };
    let named = kit.layer(authenticator(&kit).with_authority("API.example").with_authority("b.example:8443"));
    for (host, status) in [
        ("api.example", 200),
        ("api.example:443", 200),
        ("api.example:8443", 401),
        ("b.example:8443", 200),
        ("b.example", 401),
        ("staging.example", 401),
        ("api.example.", 401),
    ] {
        assert_eq!(send(&named, with_host(host)).await.status, status, "{host}");
        assert_eq!(status_of(&kit, with_host(host)).await, 200, "{host}");
    }
}

#[tokio::test]
async fn target_and_host_that_disagree_are_malformed() {
    let (kit, key) = started().await;
    let mut sent = ByHand::new(&key, "GET", "/", b"").send(b"");
    *sent.uri_mut() = format!("https://{HOST}:443/").parse().expect("a target");
    assert_eq!(status_of(&kit, sent).await, 200);
    let mut sent = ByHand::new(&key, "GET", "/", b"").send(b"");
    *sent.uri_mut() = "https://b.example/".parse().expect("a target");
    assert_eq!(status_of(&kit, sent).await, 400);
}

/// HTTP/2 has no `Host`.
#[tokio::test]
async fn the_authority_of_the_target_is_signed_as_host() {
    let (kit, key) = started().await;
    let mut sent = ByHand::new(&key, "GET", "/", b"").send(b"");
    sent.headers_mut().remove("host");
    *sent.uri_mut() = format!("https://{HOST}/").parse().expect("a target");
    assert_eq!(status_of(&kit, sent).await, 200);
    let mut sent = ByHand::new(&key, "GET", "/", b"").send(b"");
    sent.headers_mut().remove("host");
    assert_eq!(status_of(&kit, sent).await, 401, "no host at all");
}

#[tokio::test]
async fn a_fresh_date_does_not_freshen_an_old_signature() {
    let (kit, key) = started().await;
    let sent = ByHand::new(&key, "GET", "/", b"").send(b"");
    kit.clock.advance(Duration::from_secs(901));
    let later = with_header(sent.clone(), "x-amz-date", "20231114T222821Z");
    assert_eq!([status_of(&kit, sent).await, status_of(&kit, later).await], [401, 401]);
}

#[tokio::test]
async fn the_window_includes_both_of_its_ends() {
    let (kit, key) = started().await;
    let sign = || ByHand::new(&key, "GET", "/", b"").send(b"");
    for (micros, status) in [(-900_000_001, 401), (-900_000_000, 200), (900_000_000, 200), (900_000_001, 401)]
    {
        kit.clock.set(Timestamp::from_unix_micros(NOW.as_unix_micros() + micros));
        assert_eq!(status_of(&kit, sign()).await, status, "{micros}");
    }
    let narrow = kit.layer(authenticator(&kit).with_max_skew(Duration::from_secs(60)));
    kit.clock.set(NOW.saturating_add(Duration::from_secs(61)));
    assert_eq!(send(&narrow, sign()).await.status, 401);
}

#[tokio::test]
async fn a_presigned_url_lives_from_its_date_to_its_end() {
    let (kit, key) = started().await;
    let target = presigned(&signer(&key), "GET", "/", NOW);
    for (micros, status) in [(-900_000_001, 401), (-900_000_000, 200), (600_000_000, 200), (600_000_001, 401)]
    {
        kit.clock.set(Timestamp::from_unix_micros(NOW.as_unix_micros() + micros));
        assert_eq!(status_of(&kit, get(&target, &[("host", HOST)])).await, status, "{micros}");
    }
    kit.clock.set(NOW);
    let short = kit.layer(authenticator(&kit).with_max_expiry(Duration::from_secs(599)));
    assert_eq!(send(&short, get(&target, &[("host", HOST)])).await.status, 401);
    let long = kit.layer(authenticator(&kit).with_max_expiry(Duration::from_secs(600)));
    assert_eq!(send(&long, get(&target, &[("host", HOST)])).await.status, 200);
}

#[tokio::test]
async fn a_header_that_is_signed_but_absent_is_not_an_empty_one() {
    let (kit, key) = started().await;
    let mut by_hand = ByHand::new(&key, "GET", "/", b"");
    by_hand.signed = "host;x-amz-date;x-missing";
    by_hand.headers.push(("x-missing", ""));
    let mut sent = by_hand.send(b"");
    assert_eq!(status_of(&kit, sent.clone()).await, 200);
    sent.headers_mut().remove("x-missing");
    assert_eq!(status_of(&kit, sent).await, 401);
}

#[tokio::test]
async fn headers_that_decide_something_must_be_signed() {
    let (kit, key) = started().await;
    let layer = kit.layer(authenticator(&kit).with_required_headers(["X-Account-Id"]));
    for (name, status) in [
        ("x-amz-copy-source", 401),
        ("x-amz-acl", 401),
        ("content-type", 401),
        ("content-encoding", 401),
        ("x-account-id", 401),
        ("x-account", 200),
        ("user-agent", 200),
    ] {
        let sent = with_header(ByHand::new(&key, "GET", "/", b"").send(b""), name, "v");
        assert_eq!(send(&layer, sent).await.status, status, "{name}");
        let mut by_hand = ByHand::new(&key, "GET", "/", b"");
        by_hand.headers.push((name, "v"));
        let mut names = ["host", "x-amz-date", name];
        names.sort_unstable();
        let names = names.join(";");
        by_hand.signed = &names;
        assert_eq!(send(&layer, by_hand.send(b"")).await.status, 200, "{name}");
    }
    let target = presigned(&signer(&key), "GET", "/", NOW);
    for (name, status) in [("x-amz-acl", 401), ("x-account-id", 401), ("content-type", 200)] {
        let answer = send(&layer, get(&target, &[("host", HOST), (name, "v")])).await;
        assert_eq!(answer.status, status, "{name} beside a presigned URL");
    }
    let lax = kit.layer(authenticator(&kit).accept_unsigned_content_type());
    let sent = with_header(ByHand::new(&key, "GET", "/", b"").send(b""), "content-type", "v");
    assert_eq!(send(&lax, sent).await.status, 200);
}

#[tokio::test]
async fn names_of_pseudo_headers_are_no_headers() {
    let (kit, key) = started().await;
    for name in ["@method", "(request-target)", ":authority", "request line"] {
        let sent = ByHand::new(&key, "GET", "/", b"").send(b"");
        let sent = with_authorization(sent, |text| text.replace("=host", &format!("={name};host")));
        assert_eq!(status_of(&kit, sent).await, 400, "{name}");
    }
    let sent = ByHand::new(&key, "GET", "/", b"").send(b"");
    let sent = with_header(sent, "request-line", "GET /admin");
    assert_eq!(status_of(&kit, sent).await, 200, "a header of this name says nothing");
}

#[tokio::test]
async fn every_pair_of_the_query_is_signed_and_none_is_chosen() {
    let (kit, key) = started().await;
    let moved = |from: &str, to: &str| {
        let mut sent = ByHand::new(&key, "GET", from, b"").send(b"");
        *sent.uri_mut() = to.parse().expect("a target");
        sent
    };
    for (from, to, status) in [
        ("/?Action=A&Action=B", "/?Action=A&Action=B", 200),
        ("/?Action=A", "/?Action=A&Action=B", 401),
        ("/?Action=A", "/?Action=B&Action=A", 401),
        ("/?a=1", "/?a=1&", 200),
        ("/?a=1", "/?a=1&b", 401),
        ("/?a=1", "/?a%3D1", 401),
        ("/?a=%252F", "/?a=%2F", 401),
        ("/?a=%2F", "/?a=%2f", 200),
        ("/?a=b%2Bc", "/?a=b+c", 200),
        ("/?a=b%20c", "/?a=b+c", 401),
        ("/?a=%C0%AF", "/?a=/", 401),
        ("/?a=1", "/?a=%zz", 400),
        ("/?a=1", "/?A=1", 401),
    ] {
        assert_eq!(status_of(&kit, moved(from, to)).await, status, "{from} sent as {to}");
    }
    let to_the_letter = kit.layer(authenticator(&kit).refuse_unnormalised_paths());
    for (from, to, status) in [
        ("/b", "/a/../b", 400),
        ("/b", "//b", 400),
        ("/b", "/./b", 400),
        ("/b", "/b", 200),
        ("/b/", "/b/", 200),
        ("/", "/", 200),
    ] {
        assert_eq!(send(&to_the_letter, moved(from, to)).await.status, status, "{from} sent as {to}");
    }
}

#[tokio::test]
async fn a_path_means_what_was_signed() {
    let (kit, key) = started().await;
    let moved = |from: &'static str, to: &str| {
        let mut sent = ByHand::new(&key, "GET", from, b"").send(b"");
        *sent.uri_mut() = to.parse().expect("a target");
        sent
    };
    for (from, to, status) in [
        ("/a%20b", "/a%20b", 200),
        ("/a%20b", "/a%2520b", 401),
        ("/a%2fb", "/a%2Fb", 401),
        ("/a%2Fb", "/a/b", 401),
        ("/a", "/a/", 401),
        ("/a;v=1", "/a", 401),
        ("/a", "/%61", 401),
        ("/b", "/a/%2e%2e/b", 400),
        ("/b", "/a/%2E./b", 400),
        ("/b", "/b%", 400),
        // The rule of AWS: dots and slashes are not signed. Routers take paths to the letter.
        ("/b", "/a/../b", 200),
        ("/a/b", "/a//b", 200),
    ] {
        assert_eq!(status_of(&kit, moved(from, to)).await, status, "{from} sent as {to}");
    }
}

#[tokio::test]
async fn a_path_of_s3_means_what_was_signed() {
    let (kit, key) = started().await;
    let layer = kit.layer(authenticator(&kit).for_s3());
    let sign = |target: &'static str, form: PathForm| {
        let mut by_hand = ByHand::new(&key, "GET", target, b"");
        by_hand.headers.push(("x-amz-content-sha256", EMPTY));
        by_hand.signed = "host;x-amz-content-sha256;x-amz-date";
        by_hand.send_as(form, QueryForm::Rule, b"")
    };
    for (from, form, to, status) in [
        ("/b/a b", PathForm::EncodedOnce, "/b/a%20b", 200),
        ("/b/a%20b", PathForm::EncodedOnce, "/b/a%20b", 200),
        ("/b/(1)", PathForm::EncodedOnce, "/b/(1)", 200),
        ("/b/(1)", PathForm::Raw, "/b/(1)", 200),
        ("/b/(1)", PathForm::Raw, "/b/%281%29", 401),
        ("/b/a", PathForm::EncodedOnce, "/b//a", 401),
        ("/b/a", PathForm::EncodedOnce, "/b/x/../a", 401),
        ("/b/x/../a", PathForm::EncodedOnce, "/b/x/../a", 200),
        ("/b/a/c", PathForm::EncodedOnce, "/b/a%2Fc", 401),
        ("/b/a%2Fc", PathForm::EncodedOnce, "/b/a%2fc", 200),
        ("/b/a%2fc", PathForm::Raw, "/b/a%2fc", 200),
        ("/b/a%20b", PathForm::Encoded, "/b/a%20b", 401),
    ] {
        // What cannot be sent is signed all the same.
        let target = from.replace(' ', "%20");
        let mut sent = sign(if from.contains(' ') { "/b/a%20b" } else { from }, form);
        assert!(from == target || form == PathForm::EncodedOnce);
        *sent.uri_mut() = to.parse().expect("a target");
        assert_eq!(send(&layer, sent).await.status, status, "{from} as {form:?} sent as {to}");
    }
}

#[tokio::test]
async fn credentials_in_two_places_are_malformed() {
    let (kit, key) = started().await;
    let target = presigned(&signer(&key), "GET", "/", NOW);
    let mut sent = signed(&signer(&key), request("GET", "/", &[], b""), b"", NOW);
    *sent.uri_mut() = target.parse().expect("a target");
    assert_eq!(status_of(&kit, sent).await, 400);
    // One parameter, in any case, is a place.
    for parameter in ["X-Amz-Credential=x", "x-amz-credential=x", "X-Amz-Security-Token=x", "%58-Amz-Date=x"]
    {
        let target = format!("/?{parameter}");
        let sent = ByHand::new(&key, "GET", &target, b"").send(b"");
        assert_eq!(status_of(&kit, sent).await, 400, "{parameter}");
    }
}

#[tokio::test]
async fn a_repeat_is_refused_where_that_is_asked() {
    let (kit, key) = started().await;
    let once = kit.layer(authenticator(&kit).refuse_replays());
    let never = kit.layer(authenticator(&kit).refuse_safe_repeats());
    for (layer, method, path, second) in [
        (&once, "POST", "/1", 401),
        (&once, "GET", "/2", 200),
        (&never, "GET", "/3", 401),
        (&never, "PUT", "/4", 401),
    ] {
        let sent = || Declared::sign(&key, method, path, b"", NOW);
        assert_eq!(send(layer, sent()).await.status, 200, "{method} {path}");
        assert_eq!(send(layer, sent()).await.status, second, "{method} {path}");
        assert_eq!(status_of(&kit, sent()).await, 200, "{method} {path}");
    }
    // To the last moment at which the signature is good.
    let sent = || Declared::sign(&key, "POST", "/5", b"", NOW);
    kit.clock.set(NOW.saturating_sub(Duration::from_secs(900)));
    assert_eq!(send(&once, sent()).await.status, 200);
    kit.clock.set(NOW.saturating_add(Duration::from_secs(900)));
    assert_eq!(send(&once, sent()).await.status, 401);
}

#[tokio::test]
async fn a_wrong_signature_claims_nothing() {
    let (kit, key) = started().await;
    let layer = kit.layer(authenticator(&kit).refuse_replays());
    let sent = || Declared::sign(&key, "POST", "/", b"", NOW);
    for _ in 0..3 {
        let wrong = with_header(sent(), "x-amz-date", "20231114T221321Z");
        assert_eq!(send(&layer, wrong).await.status, 401);
    }
    assert_eq!(send(&layer, sent()).await.status, 200);
}

#[tokio::test]
async fn a_signature_by_a_secret_that_was_replaced_is_refused_although_its_key_was_derived() {
    let (kit, key) = started().await;
    let sign = |key: &IssuedKey, path| Declared::sign(key, "GET", path, b"", NOW);
    assert_eq!(status_of(&kit, sign(&key, "/1")).await, 200);
    assert_eq!(status_of(&kit, sign(&key, "/2")).await, 200, "with the key that was derived");

    let place = KeyRef { realm: Realm::default(), id: key.id.clone() };
    let new = kit.keys.rotate(&place, Duration::from_secs(60), NOW).await.expect("rotated");
    assert_eq!(new.id, key.id);
    assert_eq!(status_of(&kit, sign(&new, "/1")).await, 200, "the new secret under the old id");
    assert_eq!(status_of(&kit, sign(&key, "/1")).await, 200, "the old one for as long as it lives");
    kit.clock.advance(Duration::from_secs(60));
    assert_eq!(status_of(&kit, sign(&key, "/1")).await, 401);
    assert_eq!(status_of(&kit, sign(&new, "/1")).await, 200);

    let newer = kit.keys.rotate(&place, Duration::ZERO, NOW).await.expect("rotated");
    assert_eq!(status_of(&kit, sign(&new, "/1")).await, 401);
    assert_eq!(status_of(&kit, sign(&newer, "/1")).await, 200);
    kit.revoke(&key.id).await;
    assert_eq!(status_of(&kit, sign(&newer, "/1")).await, 401);
}

#[tokio::test]
async fn long_headers_are_refused_before_any_look_up() {
    let (kit, key) = started().await;
    let names: Vec<_> = (0..700).map(|n| format!("a{n:05}")).collect();
    let filler = "a".repeat(8 << 10);
    for authorization in [
        format!("AWS4-HMAC-SHA256 {filler}"),
        format!("AWS4-HMAC-SHA256 {}", ",".repeat(8 << 10)),
        format!("AWS4-HMAC-SHA256 {}", "Credential=a/b/c/d/e,".repeat(400)),
        format!(
            "AWS4-HMAC-SHA256 Credential={}, SignedHeaders=host, Signature={}",
            "/".repeat(8 << 10),
            "0".repeat(64)
        ),
        ByHand::new(&key, "GET", "/", b"")
            .authorization(&"0".repeat(64))
            .replace("host;", &format!("{};host;", names.join(";"))),
    ] {
        // A look-up would be a 503.
        let layer = kit.layer(portcullis::sigv4::SigV4Authenticator::new(
            crate::kit::Down,
            kit.nonces.clone(),
            REGION,
            SERVICE,
        ));
        let calls = Calls::default();
        let sent = get("/", &[("host", HOST), ("x-amz-date", DATE), ("authorization", &authorization)]);
        assert_eq!(send_counted(&layer, sent, &calls).await.status, 400);
        assert_eq!(calls.count(), 0);
    }
}
