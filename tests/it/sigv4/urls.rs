//! Presigned URLs that are signed well, whatever they say.

use portcullis::Secret;
use portcullis::request::{BodyGate, RequestTarget, RequestView};

use super::*;
use crate::kit::{get, send};

/// A URL with these parameters behind the usual ones, and a signature over all of that.
fn url(key: &IssuedKey, expires: &str, more: &str, headers: &[(&'static str, &'static str)]) -> String {
    let mut by_hand = ByHand::new(key, "GET", "", b"");
    by_hand.headers = [&[("host", HOST)], headers].concat();
    let names: Vec<&str> = by_hand.headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let credential = by_hand.credential().replace('/', "%2F");
    let target = format!(
        "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={DATE}\
         &X-Amz-Expires={expires}&X-Amz-SignedHeaders={}{more}",
        names.replace(';', "%3B")
    );
    by_hand.signed = &names;
    by_hand.target = &target;
    let signature = by_hand.signature(PathForm::Normalised, QueryForm::Rule);
    format!("{target}&X-Amz-Signature={signature}")
}

#[tokio::test]
async fn an_expiry_is_whole_seconds_up_to_seven_days_though_another_is_signed() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit));
    for (expires, status) in [
        ("1", 200),
        ("600", 200),
        ("604800", 200),
        ("0", 401),
        ("000000", 401),
        ("604801", 401),
        ("999999", 401),
        ("1000000", 401),
        ("99999999999999999999", 401),
        ("-7", 401),
        ("%2B60", 401),
        ("+60", 401),
        ("60s", 401),
        ("60.0", 401),
        ("1e2", 401),
        ("0x60", 401),
        ("%36", 401),
        ("%D9%A6", 401),
        ("", 401),
    ] {
        let target = url(&key, expires, "", &[]);
        assert_eq!(send(&layer, get(&target, &[("host", HOST)])).await.status, status, "{expires}");
    }
}

#[tokio::test]
async fn what_may_stand_in_either_place_stands_in_one() {
    const TOKEN: (&str, &str) = ("x-amz-security-token", "a-token");
    const PAYLOAD: (&str, &str) = ("x-amz-content-sha256", EMPTY);
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let known = Secret::from(TOKEN.1);
    let layer = kit.layer(
        authenticator(&kit)
            .with_session_tokens(move |_, sent| sent.is_none_or(|sent| known.matches(sent.as_bytes()))),
    );
    let (token, payload) =
        (format!("&X-Amz-Security-Token={}", TOKEN.1), format!("&X-Amz-Content-Sha256={EMPTY}"));
    let wrong = payload.replace("e3b0", "e3b1");
    for (more, header, status) in [
        ("", None, 200),
        (token.as_str(), None, 200),
        ("", Some(TOKEN), 200),
        (&token, Some(TOKEN), 400),
        ("", Some(("x-amz-security-token", "another")), 401),
        ("&X-Amz-Security-Token=another", None, 401),
        (&payload, None, 200),
        ("", Some(PAYLOAD), 200),
        (&payload, Some(PAYLOAD), 400),
        (&wrong, None, 401),
        ("", Some(("x-amz-date", DATE)), 400),
    ] {
        let headers: Vec<_> = header.into_iter().collect();
        let target = url(&key, "600", more, &headers);
        let headers = [&[("host", HOST)], headers.as_slice()].concat();
        assert_eq!(send(&layer, get(&target, &headers)).await.status, status, "{more} {headers:?}");
    }
}

/// A 400 must not tell that there is a key.
#[tokio::test]
async fn what_cannot_be_read_is_malformed_whether_or_not_the_key_is_known() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let layer = kit.layer(authenticator(&kit));
    for id in [key.id.as_str(), "AKIDUNKNOWN"] {
        for target in ["/?a=%", "/?a=%zz&b=1", "/?%2", "/a%2", "/a/%2e%2e/b"] {
            let sent = ByHand::new(&key, "GET", "/", b"").send(b"");
            let mut sent = with_authorization(sent, |text| text.replace(key.id.as_str(), id));
            *sent.uri_mut() = target.parse().expect("a target");
            assert_eq!(send(&layer, sent).await.status, 400, "{id} {target}");
        }
    }
}

/// Also where nobody looks at carriers first.
#[tokio::test]
async fn two_places_are_refused_by_the_authenticator_itself() {
    let kit = Kit::new().await;
    let key = kit.issue(new_key()).await;
    let sigv4 = authenticator(&kit);
    let target = url(&key, "600", "", &[]);
    let (path, query) = target.split_once('?').expect("a query");
    let mut by_hand = ByHand::new(&key, "GET", "/", b"");
    by_hand.target = &target;
    let (head, _) = by_hand.send(b"").into_parts();
    let headers: Vec<(String, Vec<u8>)> =
        head.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    let gate = BodyGate::delivered(bytes::Bytes::new());
    let view = RequestView::new(RequestTarget::new("GET", path, Some(query)), &headers, &gate, NOW);
    let refused = sigv4.authenticate(&view).await.expect_err("two credentials");
    assert_eq!(refused.reason(), portcullis::Reason::SeveralCarriers);
}
