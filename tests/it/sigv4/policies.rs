//! What a service may ask for or allow.

use portcullis::Secret;
use portcullis::sigv4::SigV4Signer;

use super::*;
use crate::kit::{get, send};

#[tokio::test]
async fn a_signature_for_another_region_or_service_is_accepted_where_that_is_named() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let one = kit.layer(authenticator(&kit));
    let two = kit.layer(authenticator(&kit).add_region("us-east-1").add_service("stock"));
    let any = kit.layer(authenticator(&kit).accept_any_region());
    for (region, service, statuses) in [
        (REGION, SERVICE, [200, 200, 200]),
        ("us-east-1", "stock", [401, 200, 401]),
        ("us-east-1", SERVICE, [401, 200, 200]),
        ("anywhere", SERVICE, [401, 401, 200]),
        (REGION, "s3", [401, 401, 401]),
        ("EU-NORTH-1", SERVICE, [401, 401, 200]),
    ] {
        let signer = SigV4Signer::new(key.id.clone(), &key.secret, region, service);
        for (layer, status) in [&one, &two, &any].into_iter().zip(statuses) {
            let sent = signed(&signer, request("GET", "/", &[], b""), b"", NOW);
            assert_eq!(send(layer, sent).await.status, status, "{region} {service}");
        }
    }
}

#[tokio::test]
async fn a_session_token_is_refused_unless_somebody_checks_it() {
    let kit = Kit::new().await;
    let (key, plain) = (kit.issue(new_key()).await, kit.issue(new_key()).await);
    let token = Secret::from("a token of this key//+==");
    let (id, known) = (key.id.clone(), token.clone());
    let checking = kit.layer(authenticator(&kit).with_session_tokens(move |held, sent| {
        if *held == id { sent.is_some_and(|sent| known.matches(sent.as_bytes())) } else { sent.is_none() }
    }));
    let blind = kit.layer(authenticator(&kit));
    let with = |key: &IssuedKey, token: Option<&str>| {
        token.map_or_else(|| signer(key), |token| signer(key).with_session_token(&Secret::from(token)))
    };
    for (key, sent, statuses) in [
        (&key, token.expose_text(), [200, 401]),
        (&key, Some("another"), [401, 401]),
        (&key, None, [401, 200]),
        (&plain, token.expose_text(), [401, 401]),
        (&plain, None, [200, 200]),
    ] {
        let signer = with(key, sent);
        for (layer, status) in [&checking, &blind].into_iter().zip(statuses) {
            let in_header = signed(&signer, request("GET", "/", &[], b""), b"", NOW);
            assert_eq!(send(layer, in_header).await.status, status, "{sent:?}");
            let target = presigned(&signer, "GET", "/", NOW);
            assert_eq!(send(layer, get(&target, &[("host", HOST)])).await.status, status, "{sent:?}");
        }
    }
    // Not signed, twice, and in both places.
    let unsigned = with_header(ByHand::new(&key, "GET", "/", b"").send(b""), "x-amz-security-token", "x");
    assert_eq!(send(&checking, unsigned).await.status, 401);
    let signer = signer(&key).with_session_token(&token);
    let mut twice = signed(&signer, request("GET", "/", &[], b""), b"", NOW);
    twice.headers_mut().append("x-amz-security-token", "x".parse().expect("a value"));
    assert_eq!(send(&checking, twice).await.status, 400);
    let target = presigned(&signer, "GET", "/", NOW);
    let both = get(&target, &[("host", HOST), ("x-amz-security-token", "x")]);
    assert_eq!(send(&checking, both).await.status, 400);
}

#[tokio::test]
async fn other_canonical_forms_are_accepted_where_that_is_asked() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let strict = kit.layer(authenticator(&kit));
    let lenient = kit.layer(authenticator(&kit).with_lenient_canonicalisation());
    for (target, path, query, by_rule) in [
        ("/a?q=b", PathForm::Raw, QueryForm::Raw, 200),
        ("/a?b=1&a=2", PathForm::Raw, QueryForm::Raw, 200),
        ("/a?q=b+c", PathForm::Normalised, QueryForm::PlusAsSpace, 401),
        ("/a?q=b+c", PathForm::Normalised, QueryForm::Raw, 401),
        ("/a?q=~%7e!", PathForm::Normalised, QueryForm::Raw, 401),
        ("/a%20b//c/../d?q=b+c", PathForm::Normalised, QueryForm::Rule, 200),
        ("/a%20b//c/../d?q=b+c", PathForm::Raw, QueryForm::Rule, 401),
        ("/a%20b//c/../d?q=b+c", PathForm::Raw, QueryForm::PlusAsSpace, 401),
        ("/a%20b//c/../d?q=b+c", PathForm::Raw, QueryForm::Raw, 401),
    ] {
        let sent = || ByHand::new(&key, "GET", target, b"").send_as(path, query, b"");
        assert_eq!(send(&strict, sent()).await.status, by_rule, "{target} {path:?} {query:?}");
        assert_eq!(send(&lenient, sent()).await.status, 200, "{target} {path:?} {query:?}");
        let mut other = sent();
        *other.uri_mut() = "/b?q=b+c".parse().expect("a target");
        assert_eq!(send(&lenient, other).await.status, 401, "{target} {path:?} {query:?}");
    }
    // The price of it: what was signed, and is sent as something else.
    for (form, from, to, by_rule) in [
        (PathForm::Normalised, "/?q=b%20c", "/?q=b+c", 401),
        (PathForm::Normalised, "/a%2Fb", "/a%252Fb", 401),
        (PathForm::Normalised, "/a;b", "/a%3Bb", 401),
        // By a client that needs it. By the rules, it has signed the other path.
        (PathForm::Raw, "/a%252Fb", "/a%2Fb", 200),
        (PathForm::Raw, "/a%3Bb", "/a;b", 200),
    ] {
        let mut sent = ByHand::new(&key, "GET", from, b"").send_as(form, QueryForm::Rule, b"");
        assert_eq!(send(&lenient, sent.clone()).await.status, 200, "{from}");
        *sent.uri_mut() = to.parse().expect("a target");
        assert_eq!(send(&strict, sent.clone()).await.status, by_rule, "{from} sent as {to}");
        assert_eq!(send(&lenient, sent).await.status, 200, "{from} sent as {to}");
    }
}

#[tokio::test]
async fn spellings_of_a_query_that_handlers_read_differently_have_one_signature() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit));
    let read = |query: &str| actix_web::web::Query::<Vec<(String, String)>>::from_query(query);
    let read = |query: &str| read(query).expect("readable").into_inner();
    for (one, other, same) in [
        ("q=a%2Bb", "q=a+b", false),
        ("a=1&b=2", "b=2&a=1", false),
        ("a=1&a=2", "a=2&a=1", false),
        ("flag", "flag=", true),
        ("a=1", "&a=1&", true),
    ] {
        for (from, to) in [(one, other), (other, one)] {
            let mut sent = ByHand::new(&key, "GET", &format!("/?{from}"), b"").send(b"");
            *sent.uri_mut() = format!("/?{to}").parse().expect("a target");
            assert_eq!(send(&layer, sent).await.status, 200, "{from} sent as {to}");
            let target = presigned(&signer(&key), "GET", &format!("/?{from}"), NOW);
            let target = target.replacen(&format!("?{from}&"), &format!("?{to}&"), 1);
            assert_eq!(send(&layer, get(&target, &[("host", HOST)])).await.status, 200, "{target}");
        }
        assert_eq!(read(one) == read(other), same, "{one} and {other}");
    }
    assert_eq!(read("q=a+b"), [("q".to_owned(), "a b".to_owned())]);
}

#[tokio::test]
async fn a_key_id_may_have_slashes() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key().with_id("team/ada/1")).await;
    let layer = kit.layer(authenticator(&kit));
    assert_eq!(send(&layer, Declared::sign(&key, "GET", "/", b"", NOW)).await.status, 200);
    assert_eq!(
        send(&layer, get(&presigned(&signer(&key), "GET", "/", NOW), &[("host", HOST)])).await.status,
        200
    );
}

#[tokio::test]
async fn more_headers_than_most_requests_have_are_signed_and_checked() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit));
    let names: Vec<_> = (0..50).map(|n| format!("x-amz-meta-{n:02}")).collect();
    let headers: Vec<_> = names.iter().map(|name| (name.as_str(), "v  w")).collect();
    let sent = || signed(&signer(&key), request("GET", "/", &headers, b""), b"", NOW);
    assert_eq!(send(&layer, sent()).await.status, 200);
    let mut changed = sent();
    changed.headers_mut().insert("x-amz-meta-49", "v x".parse().expect("a value"));
    assert_eq!(send(&layer, changed).await.status, 401);
    assert_eq!(send(&layer, with_header(sent(), "x-amz-meta-50", "v")).await.status, 401);
}
