//! x-auth headers.

use std::time::Duration;

use portcullis::store::{IssuedKey, NewKey, StoredPrincipal};
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{Authenticator, KeyStore, NonceStore, Scheme, Timestamp};

use crate::kit::{Kit, NOW, request, send};
use crate::table::{SchemeUnderTest, Sent, behaves};

pub(crate) struct XAuth;

const HEADERS: [&str; 4] = ["x-auth-iss", "x-auth-exp", "x-auth-nbf", "x-auth-signature"];

impl SchemeUnderTest for XAuth {
    const CHALLENGE: &'static str = "X-Auth";
    const CLAIMS: bool = true;
    const READS_BODY: bool = true;

    fn authenticator<K, N>(keys: K, nonces: N) -> impl Authenticator<Principal = StoredPrincipal>
    where
        K: KeyStore<Principal = StoredPrincipal>,
        N: NonceStore,
    {
        XAuthAuthenticator::new(keys, nonces)
    }

    fn new_key() -> NewKey {
        NewKey::new(Scheme::XAuth, Kit::ada())
    }

    fn sign(key: &IssuedKey, method: &str, path: &str, body: &[u8], now: Timestamp) -> Sent {
        let mut sent = request(method, path, &[], body);
        let signed = XAuthSigner::new(key.id.clone(), &key.secret).sign(body, now).expect("signed");
        signed.insert_into(sent.headers_mut()).expect("headers");
        sent
    }

    fn malformed(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let signed = || Self::sign(key, "POST", "/", b"", NOW);
        let mut cases = Vec::new();
        for name in HEADERS {
            let mut without = signed();
            without.headers_mut().remove(name);
            cases.push(("one header missing", without));
            let mut twice = signed();
            let value = twice.headers()[name].clone();
            twice.headers_mut().append(name, value);
            cases.push(("one header twice", twice));
        }
        let mut two = signed();
        two.headers_mut().insert("authorization", "Bearer x".parse().expect("value"));
        cases.push(("two carriers", two));
        cases
    }

    fn wrong(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let with = |name: &str, value: &str| {
            let mut sent = Self::sign(key, "POST", "/", b"body", NOW);
            let name = http::HeaderName::try_from(name).expect("name");
            sent.headers_mut().insert(name, http::HeaderValue::from_bytes(value.as_bytes()).expect("value"));
            sent
        };
        let mut cases = vec![
            ("an empty id", with("x-auth-iss", "")),
            ("the id in another case", with("x-auth-iss", &key.id.as_str().to_uppercase())),
            ("a signature of another length", with("x-auth-signature", "AAAA")),
            ("another signature", with("x-auth-signature", &"A".repeat(43))),
            ("a non-ascii signature", with("x-auth-signature", "é")),
            ("no base64", with("x-auth-signature", "!")),
        ];
        for time in [
            "1e10",
            "1e400",
            "NaN",
            "-1700000060",
            "+170000006",
            " ",
            "17000000600",
            "170000006",
            "0x65543210",
            "١٧٠٠٠٠٠٠٦٠",
        ] {
            cases.push(("a time that is not ten digits", with("x-auth-exp", time)));
            cases.push(("a time that is not ten digits", with("x-auth-nbf", time)));
        }
        let mut body = Self::sign(key, "POST", "/", b"body", NOW);
        *body.body_mut() = http_body_util::Full::from("bodY");
        cases.push(("another body", body));
        for (name, now) in [("expired", -61), ("not yet valid", 6)] {
            let then = Timestamp::from_unix_seconds(NOW.as_unix_seconds() + now);
            cases.push((name, Self::sign(key, "POST", "/", b"", then)));
        }
        cases
    }
}

behaves!(XAuth);

#[tokio::test]
async fn a_request_that_lives_longer_than_the_limit_is_refused() {
    let kit = Kit::new().await;
    let key = kit.issue(XAuth::new_key()).await;
    let layer = kit.layer(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let signer = |life| XAuthSigner::new(key.id.clone(), &key.secret).with_life(Duration::from_secs(life));
    // The signer sets `nbf` back by five seconds.
    for (life, status) in [(595, 200), (596, 401), (100_000_000, 401)] {
        let mut sent = request("POST", "/", &[], b"");
        signer(life).sign(b"", NOW).expect("signed").insert_into(sent.headers_mut()).expect("headers");
        assert_eq!(send(&layer, sent).await.status, status, "{life}");
    }
}

#[tokio::test]
async fn digits_that_move_between_the_fields_are_refused() {
    let kit = Kit::new().await;
    let key = kit.issue(XAuth::new_key()).await;
    let signed = XAuthSigner::new(key.id.clone(), &key.secret).sign(b"", NOW).expect("signed");
    let strict = kit.layer(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let lenient = kit.layer(
        XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()).dangerous_accept_eleven_digit_exp(),
    );
    let whole = format!("{}{}{}", signed.iss, signed.exp, signed.nbf);
    let start = signed.iss.len();
    for exp in 1..=19 {
        if exp == 10 {
            continue;
        }
        let moved = [
            ("x-auth-iss", signed.iss.as_str()),
            ("x-auth-exp", &whole[start..start + exp]),
            ("x-auth-nbf", &whole[start + exp..]),
            ("x-auth-signature", &signed.signature),
        ];
        assert_eq!(send(&strict, request("POST", "/", &moved, b"")).await.status, 401, "{exp}");
        assert_eq!(send(&lenient, request("POST", "/", &moved, b"")).await.status, 401, "{exp}");
    }
}

#[tokio::test]
async fn repeats_of_get_are_refused_where_that_is_asked_for() {
    let kit = Kit::new().await;
    let key = kit.issue(XAuth::new_key()).await;
    let layer =
        kit.layer(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()).refuse_safe_repeats());
    let mut statuses = Vec::new();
    for _ in 0..2 {
        statuses.push(send(&layer, XAuth::sign(&key, "GET", "/", b"", NOW)).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 401]);
}

#[tokio::test]
async fn another_spelling_of_a_signature_is_the_same_claim() {
    let kit = Kit::new().await;
    let key = kit.issue(XAuth::new_key()).await;
    let layer = kit.layer(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let first = XAuth::sign(&key, "POST", "/", b"", NOW);
    let mut second = first.clone();
    let signature = first.headers()["x-auth-signature"].to_str().expect("text").to_owned();
    let url = signature.replace('+', "-").replace('/', "_").replace('=', "");
    second.headers_mut().insert("x-auth-signature", url.parse().expect("value"));
    assert_eq!(send(&layer, first).await.status, 200);
    assert_eq!(send(&layer, second).await.status, 401);
}
