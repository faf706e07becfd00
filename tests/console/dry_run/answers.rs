//! What decides besides the signature, and what is made of whatever is pasted.

use http::StatusCode;
use portcullis::explain::{ExplainSettings, ExplainedRequest, Explainer};
use portcullis::store::{Enabled, KeyAdmin, KeyRef};
use portcullis::x_auth::XAuthSigner;
use portcullis::{Realm, Reason, Scheme};

use super::{BODY, PAGE, dry_run, dump, said, signed, signing_key};
use crate::harness::{NOW, World};

#[tokio::test]
async fn the_state_of_the_key_the_address_the_entry_point_and_the_moment_decide() {
    let world = World::new().await;
    let networks = portcullis::store::Networks::any().with_allowed(["192.0.2.0/24"]).expect("a network");
    let points = portcullis::store::EntryPoints::only(["orders.read"]).expect("names");
    let end = NOW.saturating_add(std::time::Duration::from_secs(600));
    let key = World::api_key("k-1").with_networks(networks).with_entry_points(points).with_expires_at(end);
    let issued = world.issue(key).await;
    let line =
        format!("curl https://api.example/ -H 'X-API-Key: {}'", issued.secret.expose_text().expect("text"));
    let mut ada = world.logged_in("ada").await;
    let later = "2027-01-15T08:10:00";
    for (peer, point, moment, says) in [
        ("192.0.2.8", "orders.read", "", "Accepted"),
        ("", "orders.read", "", "say which address"),
        ("198.51.100.1", "orders.read", "", &said(Reason::AddressNotAllowed)),
        ("192.0.2.8", "orders.create", "", &said(Reason::EntryPointNotAllowed)),
        ("192.0.2.8", "", "", "The entry point is taken to be /"),
        ("192.0.2.8", "orders.read", later, &said(Reason::Expired)),
    ] {
        let fields = [("request", line.as_str()), ("peer", peer), ("entry_point", point), ("moment", moment)];
        let answer = dry_run(&mut ada, &fields).await;
        assert!(answer.status == StatusCode::OK && answer.has(says), "{says}: {}", answer.text);
        // The fields that hold no secret are kept.
        assert_eq!(answer.value("peer").unwrap_or_default(), peer);
        assert_eq!(answer.value("entry-point").unwrap_or_default(), point);
        assert_eq!(answer.value("moment").unwrap_or_default(), moment);
    }
    for (field, value, says) in [
        ("peer", "300.1.1.1", "The address is one of"),
        ("entry_point", "nowhere", "no such entry point"),
        ("moment", "soon", "The moment is a date"),
    ] {
        let answer = dry_run(&mut ada, &[("request", &line), (field, value)]).await;
        assert!(answer.status.is_client_error() && answer.has(says), "{field}: {}", answer.text);
        assert!(!answer.has("X-API-Key:"), "{field}");
    }
    let key = KeyRef { realm: Realm::default(), id: "k-1".into() };
    world.store.set_enabled(&key, Enabled::No).await.expect("switched off");
    let answer = dry_run(&mut ada, &[("request", &line), ("peer", "192.0.2.8")]).await;
    assert!(answer.has(&said(Reason::KeyDisabled)) && answer.has("Disabled</span>"), "{}", answer.text);
}

#[tokio::test]
async fn what_the_client_signed_stands_beside_with_what_cannot_be_seen() {
    let world = World::new().await;
    let secret = signing_key(&world, Scheme::SigV4).await;
    let mut ada = world.logged_in("ada").await;
    let text = dump(&signed("sigv4", &secret, "/orders?page=2"), BODY);
    let request = ExplainedRequest::parse(text.replace("\r\n", "\n")).expect("a request");
    let explainer = Explainer::new(ExplainSettings::new()).expect("an explainer");
    let explained = explainer.explain(&world.store, &request, None, NOW).await.expect("an answer");
    let canonical = explained.canonical_text().expect("a text").replace("\\n", "\r\n");
    let same = dry_run(&mut ada, &[("request", &text), ("client", &canonical)]).await;
    assert!(same.has("Both are the same"), "{}", same.text);
    let other = canonical.replacen("page=2", "page=2 \t<i>\u{202e}", 1);
    let answer = dry_run(&mut ada, &[("request", &text), ("client", &other)]).await;
    assert!(answer.has("One line differs.") && answer.has("differs from character 7"), "{}", answer.text);
    assert!(answer.has(r"\t&lt;i&gt;\xe2\x80\xae") && !answer.has("\u{202e}"), "{}", answer.text);
    let longer = format!("{canonical}\r\n ");
    let answer = dry_run(&mut ada, &[("request", &text), ("client", &longer)]).await;
    assert!(answer.has("missing here") && answer.has("only here") && answer.has("·"), "{}", answer.text);
}

#[tokio::test]
async fn line_ends_of_a_body_are_those_that_are_said() {
    let world = World::new().await;
    let secret = signing_key(&world, Scheme::XAuth).await;
    let mut ada = world.logged_in("ada").await;
    let headers = XAuthSigner::new("k-1", &secret).sign(b"a\r\nb", NOW).expect("signed");
    let headers: String =
        headers.pairs().iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let text = format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\na\r\nb");
    assert!(dry_run(&mut ada, &[("request", &text)]).await.has(&said(Reason::WrongSignature)));
    let answer = dry_run(&mut ada, &[("request", &text), ("long_ends", "1")]).await;
    assert!(answer.has("Accepted"), "{}", answer.text);
}

#[tokio::test]
async fn each_realm_has_its_keys_and_the_explainer_that_was_given_for_it() {
    let realm = Realm::new("partners");
    let settings = ExplainSettings::new().with_realm(realm.clone()).with_key_header("X-Own");
    let explainer = Explainer::new(settings).expect("an explainer");
    let world = World::with(|console| {
        console.with_realms([Realm::default(), realm.clone()]).with_explainer(explainer)
    })
    .await;
    let issued = world.issue(World::api_key("k-1").with_realm(realm)).await;
    let key = issued.secret.expose_text().expect("text");
    let line = format!("curl https://api.example/ -H 'X-Own: {key}'");
    let mut ada = world.logged_in("ada").await;
    for (realm, says) in
        [("default", "has no credential"), ("partners", "Accepted"), ("", "has no credential")]
    {
        let answer = dry_run(&mut ada, &[("request", &line), ("realm", realm)]).await;
        assert!(answer.has(says), "{realm}: {}", answer.text);
    }
    assert!(dry_run(&mut ada, &[("request", &line), ("realm", "x")]).await.status.is_client_error());
}

#[tokio::test]
async fn whatever_is_pasted_gets_an_answer() {
    let world = World::new().await;
    drop(signing_key(&world, Scheme::SigV4).await);
    let mut ada = world.logged_in("ada").await;
    let long = format!("POST / HTTP/1.1\n\n{}", "x".repeat(256 * 1024));
    let answer = dry_run(&mut ada, &[("request", &long)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.has("longer than 256 KiB") && answer.text.len() < 10_000);
    let answer = dry_run(&mut ada, &[("request", "curl a.example"), ("client", &long)]).await;
    assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has("longer than 256 KiB"));
    for empty in ["", " \r\n"] {
        let answer = dry_run(&mut ada, &[("request", empty)]).await;
        assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.has("The request is missing"));
    }
    let page = ada.get(PAGE).await;
    let (_, token) = page.hidden(PAGE).into_iter().find(|(name, _)| name == "token").expect("a token");
    let heads =
        ["", "curl ", "GET / HTTP/1.1%0A", "GET / HTTP/1.1%0AAuthorization: AWS4-HMAC-SHA256 ", "curl -H '"];
    let mut seed = 1_u32;
    for turn in 0..200_usize {
        let noise = (0..60).map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            format!("%{:02x}", seed >> 24)
        });
        let noise: String = noise.collect();
        let form = format!(
            "token={token}&request={}{noise}&client={noise}",
            heads[turn % heads.len()].replace(' ', "+")
        );
        let answer = ada.send(http::Method::POST, PAGE, &http::HeaderMap::new(), Some(form)).await;
        let status = answer.status;
        assert!(status == StatusCode::OK || status == StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    }
}

#[tokio::test]
async fn who_may_only_see_may_use_it_and_who_may_not_see_may_not() {
    let world = World::new().await;
    let mut ada = world.logged_in("ada").await;
    assert!(dry_run(&mut ada, &[("request", "curl a.example")]).await.has("has no credential"));
    let mut eve = world.logged_in("eve").await;
    assert_eq!(eve.get(PAGE).await.status, StatusCode::FORBIDDEN);
    assert_eq!(eve.post(PAGE, &[("request", "curl a.example")]).await.status, StatusCode::FORBIDDEN);
}
