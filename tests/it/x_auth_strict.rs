//! x-auth headers in the strict form.

use std::time::Duration;

use portcullis::request::RequestTarget;
use portcullis::sign::RequestSigner;
use portcullis::store::{IssuedKey, NewKey, StoredPrincipal};
use portcullis::x_auth::{StrictXAuthSigner, XAuthAuthenticator};
use portcullis::{Authenticator, KeyStore, NonceStore, Scheme, Timestamp};

use crate::kit::{Kit, NOW, request, send};
use crate::table::{SchemeUnderTest, Sent, behaves};

pub(crate) struct StrictXAuth;

const HEADERS: [&str; 7] = [
    "x-auth-version",
    "x-auth-iss",
    "x-auth-nbf",
    "x-auth-exp",
    "x-auth-nonce",
    "x-auth-digest",
    "x-auth-signature",
];

fn sign_for(key: &IssuedKey, host: &str, method: &str, path: &str, body: &[u8], now: Timestamp) -> Sent {
    let sent = request(method, path, &[("host", host)], body);
    let (mut head, body_sent) = sent.into_parts();
    StrictXAuthSigner::new(key.id.clone(), &key.secret).sign_request(&mut head, body, now).expect("signed");
    Sent::from_parts(head, body_sent)
}

pub(crate) fn set(sent: &mut Sent, name: &str, value: &str) {
    let name = http::HeaderName::try_from(name).expect("name");
    sent.headers_mut().insert(name, http::HeaderValue::from_bytes(value.as_bytes()).expect("value"));
}

impl SchemeUnderTest for StrictXAuth {
    const CHALLENGE: &'static str = "X-Auth";
    const CLAIMS: bool = true;
    const REFUSES_EVERY_REPEAT: bool = true;
    const READS_BODY: bool = true;

    fn authenticator<K, N>(keys: K, nonces: N) -> impl Authenticator<Principal = StoredPrincipal>
    where
        K: KeyStore<Principal = StoredPrincipal>,
        N: NonceStore,
    {
        XAuthAuthenticator::new(keys, nonces).buffer_bodies()
    }

    fn new_key() -> NewKey {
        NewKey::new(Scheme::XAuth, Kit::ada())
    }

    fn sign(key: &IssuedKey, method: &str, path: &str, body: &[u8], now: Timestamp) -> Sent {
        sign_for(key, "api.example", method, path, body, now)
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
        for version in ["2", "0", "1.0", "01", "", "x"] {
            let mut other = signed();
            set(&mut other, "x-auth-version", version);
            cases.push(("another version", other));
        }
        let mut two = signed();
        set(&mut two, "authorization", "Bearer x");
        cases.push(("two carriers", two));
        let mut nowhere = signed();
        nowhere.headers_mut().remove("host");
        cases.push(("no host", nowhere));
        let mut port = signed();
        set(&mut port, "host", "api.example:");
        cases.push(("a port without digits", port));
        let mut broken = signed();
        *broken.uri_mut() = "/%zz".parse().expect("a target");
        cases.push(("a broken escape in the path", broken));
        let mut broken = signed();
        *broken.uri_mut() = "/?a=%4".parse().expect("a target");
        cases.push(("a broken escape in the query", broken));
        cases
    }

    fn wrong(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let with = |name: &str, value: &str| {
            let mut sent = Self::sign(key, "POST", "/a?b=1", b"body", NOW);
            set(&mut sent, name, value);
            sent
        };
        let mut cases = vec![
            ("an empty id", with("x-auth-iss", "")),
            ("the id in another case", with("x-auth-iss", &key.id.as_str().to_uppercase())),
            ("another id", with("x-auth-iss", "other")),
            ("another nonce", with("x-auth-nonce", "AAAAAAAAAAAAAAAAAAAAAA")),
            ("another end", with("x-auth-exp", "1700000061")),
            ("another beginning", with("x-auth-nbf", "1699999994")),
            ("another host", with("host", "other.example")),
        ];
        for text in
            ["", "AAAA", "é", "!", "a.b:c", &"A".repeat(21), &"A".repeat(23), "AAAAAAAAAAAAAAAAAAAAAB"]
        {
            cases.push(("a nonce that is none", with("x-auth-nonce", text)));
        }
        for name in ["x-auth-digest", "x-auth-signature"] {
            let padded = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
            let standard = "//////////////////////////////////////////8";
            for text in ["", "AAAA", "é", "!", padded, standard, &"A".repeat(86), &"0".repeat(64)] {
                cases.push(("no base64url of 32 bytes", with(name, text)));
            }
            cases.push(("other bytes", with(name, &"A".repeat(43))));
        }
        for time in [
            "1e10",
            "1e400",
            "NaN",
            "-1700000060",
            "+170000006",
            " ",
            "17000000600",
            "1700000060000",
            "0x65543210",
            "١٧٠٠٠٠٠٠٦٠",
        ] {
            cases.push(("a time that is not ten digits", with("x-auth-exp", time)));
            cases.push(("a time that is not ten digits", with("x-auth-nbf", time)));
        }
        for (method, target) in [
            ("DELETE", "/a?b=1"),
            ("POST", "/b?b=1"),
            ("POST", "/a?b=2"),
            ("POST", "/a"),
            ("POST", "/a?"),
            ("POST", "/a?b=1&c"),
            ("POST", "//a?b=1"),
            ("POST", "/%61?b=1"),
            ("POST", "/a/?b=1"),
            ("POST", "/a?b=%31"),
        ] {
            let mut other = Self::sign(key, "POST", "/a?b=1", b"body", NOW);
            *other.method_mut() = method.parse().expect("a method");
            *other.uri_mut() = target.parse().expect("a target");
            cases.push(("another method or target", other));
        }
        let mut body = Self::sign(key, "POST", "/", b"body", NOW);
        *body.body_mut() = http_body_util::Full::from("bodY");
        cases.push(("another body", body));
        let mut none = Self::sign(key, "POST", "/", b"body", NOW);
        *none.body_mut() = http_body_util::Full::default();
        cases.push(("no body", none));
        for (name, now) in [("expired", -60), ("not yet valid", 6)] {
            let then = Timestamp::from_unix_seconds(NOW.as_unix_seconds() + now);
            cases.push((name, Self::sign(key, "POST", "/", b"", then)));
        }
        cases
    }
}

behaves!(StrictXAuth);

pub(crate) fn layer(
    kit: &Kit,
) -> XAuthAuthenticator<impl KeyStore<Principal = StoredPrincipal>, impl NonceStore> {
    XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()).buffer_bodies()
}

#[tokio::test]
async fn a_captured_get_is_no_delete_and_no_get_again() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictXAuth::new_key()).await;
    let layer = kit.layer(layer(&kit));
    let captured = StrictXAuth::sign(&key, "GET", "/orders", b"", NOW);
    let mut other = captured.clone();
    *other.method_mut() = http::Method::DELETE;
    assert_eq!(send(&layer, other).await.status, 401);
    let statuses = [send(&layer, captured.clone()).await.status, send(&layer, captured).await.status];
    assert_eq!(statuses.map(|status| status.as_u16()), [200, 401]);
}

#[tokio::test]
async fn a_signature_for_another_host_is_refused_with_either_hosts_name() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictXAuth::new_key()).await;
    let own = layer(&kit).with_authority("API.example:443".parse().expect("an authority"));
    let own = kit.layer(own.with_authority("[2001:DB8::1]".parse().expect("an authority")));
    let any = kit.layer(layer(&kit));
    let captured = || sign_for(&key, "staging.example", "POST", "/", b"", NOW);
    let mut renamed = captured();
    set(&mut renamed, "host", "api.example");
    assert_eq!(send(&own, renamed).await.status, 401);
    // With its own name it verifies, where nobody says which names are meant.
    assert_eq!(send(&own, captured()).await.status, 401);
    assert_eq!(send(&any, captured()).await.status, 200);
    for host in ["api.example", "API.EXAMPLE", "api.example:443", "api.example:80", "[2001:db8::1]"] {
        assert_eq!(send(&own, sign_for(&key, host, "POST", "/", b"", NOW)).await.status, 200, "{host}");
    }
    for host in ["api.example.", "api.example:8443", "xapi.example"] {
        assert_eq!(send(&own, sign_for(&key, host, "POST", "/", b"", NOW)).await.status, 401, "{host}");
    }
}

#[tokio::test]
async fn the_ports_of_the_web_and_case_are_one_authority_on_both_sides() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictXAuth::new_key()).await;
    let layer = kit.layer(layer(&kit));
    for (signed, sent, status) in [
        ("api.example", "API.example:443", 200),
        ("API.example:80", "api.example", 200),
        ("api.example:8080", "api.example", 401),
        ("api.example", "api.example.", 401),
    ] {
        let mut request = sign_for(&key, signed, "POST", "/", b"", NOW);
        set(&mut request, "host", sent);
        assert_eq!(send(&layer, request).await.status, status, "{signed} {sent}");
    }
}

#[tokio::test]
async fn digits_that_move_between_the_fields_are_refused() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictXAuth::new_key()).await;
    let layer = kit.layer(layer(&kit));
    let signed = StrictXAuth::sign(&key, "POST", "/", b"", NOW);
    let text = |name: &str| signed.headers()[name].to_str().expect("text").to_owned();
    let whole = [text("x-auth-iss"), text("x-auth-nbf"), text("x-auth-exp")].concat();
    let (first, second) = (text("x-auth-iss").len(), text("x-auth-iss").len() + 10);
    let mut tried = 0;
    for one in first - 3..=first + 3 {
        for two in second - 3..=second + 3 {
            if (one, two) == (first, second) {
                continue;
            }
            let mut moved = signed.clone();
            set(&mut moved, "x-auth-iss", &whole[..one]);
            set(&mut moved, "x-auth-nbf", &whole[one..two]);
            set(&mut moved, "x-auth-exp", &whole[two..]);
            assert_eq!(send(&layer, moved).await.status, 401, "{one} {two}");
            tried += 1;
        }
    }
    assert_eq!((tried, send(&layer, signed).await.status.as_u16()), (48, 200));
}

#[tokio::test]
async fn one_nonce_is_claimed_by_each_key_until_its_request_ends() {
    let kit = Kit::new().await;
    let keys = [kit.issue(StrictXAuth::new_key()).await, kit.issue(StrictXAuth::new_key()).await];
    let layer = kit.layer(layer(&kit).with_max_life(Duration::from_secs(65)));
    let sent: Vec<_> = keys.iter().map(|key| by_hand(key, &[5; 16], NOW)).collect();
    for request in &sent {
        assert_eq!(send(&layer, request.clone()).await.status, 200, "each key has nonces of its own");
        assert_eq!(send(&layer, request.clone()).await.status, 401);
    }
    // To the last second that it could be accepted in, and from then on.
    for second in [1, 58, 59, 60, 61, 100_000] {
        kit.clock.set(NOW.saturating_add(Duration::from_secs(second)));
        assert_eq!(send(&layer, sent[0].clone()).await.status, 401, "{second}");
    }
    // The same nonce in another request of the key is a repeat as well.
    kit.clock.set(NOW);
    let other = by_hand(&keys[0], &[5; 16], NOW.saturating_add(Duration::from_secs(1)));
    assert_eq!(send(&layer, other).await.status, 401);
}

/// A request that is signed with the parts that are public.
fn by_hand(key: &IssuedKey, nonce: &[u8; 16], now: Timestamp) -> Sent {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use sha2::Digest;
    let (nbf, exp) = (now.as_unix_seconds().to_string(), (now.as_unix_seconds() + 60).to_string());
    let digest: [u8; 32] = sha2::Sha256::digest(b"").into();
    let fields = portcullis::x_auth::StrictFields {
        iss: key.id.as_str(),
        nbf: &nbf,
        exp: &exp,
        nonce,
        digest: &digest,
    };
    let mut target = RequestTarget::new("POST", "/", None);
    target.authority = Some("api.example");
    let text = portcullis::x_auth::strict_text(&target, &fields).expect("an authority");
    let algorithm = portcullis::crypto::HmacAlgorithm::Sha256;
    let tag = portcullis::crypto::HmacKey::new(algorithm, key.secret.as_ref()).sign(&[&text]);
    let headers = [
        ("host", "api.example"),
        ("x-auth-version", "1"),
        ("x-auth-iss", key.id.as_str()),
        ("x-auth-nbf", &nbf),
        ("x-auth-exp", &exp),
        ("x-auth-nonce", &URL_SAFE_NO_PAD.encode(nonce)),
        ("x-auth-digest", &URL_SAFE_NO_PAD.encode(digest)),
        ("x-auth-signature", &URL_SAFE_NO_PAD.encode(tag.expose())),
    ];
    request("POST", "/", &headers, b"")
}

#[tokio::test]
async fn a_request_that_lives_longer_than_the_limit_is_refused() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictXAuth::new_key()).await;
    let layer = kit.layer(layer(&kit));
    // The signer sets `nbf` back by five seconds.
    for (life, status) in [(595, 200), (596, 401), (100_000_000, 401)] {
        let signer = StrictXAuthSigner::new(key.id.clone(), &key.secret).with_life(Duration::from_secs(life));
        let (mut head, body) = request("POST", "/", &[("host", "a")], b"").into_parts();
        signer.sign_request(&mut head, b"", NOW).expect("signed");
        assert_eq!(send(&layer, Sent::from_parts(head, body)).await.status, status, "{life}");
    }
}

#[tokio::test]
async fn a_wrong_body_uses_its_nonce_up_and_a_wrong_signature_does_not() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictXAuth::new_key()).await;
    let layer = kit.layer(layer(&kit));
    let sent = StrictXAuth::sign(&key, "POST", "/", b"body", NOW);
    for _ in 0..3 {
        let mut wrong = sent.clone();
        *wrong.method_mut() = http::Method::PUT;
        assert_eq!(send(&layer, wrong).await.status, 401);
    }
    assert_eq!(send(&layer, sent).await.status, 200);
    let sent = StrictXAuth::sign(&key, "POST", "/", b"body", NOW);
    let mut wrong = sent.clone();
    *wrong.body_mut() = http_body_util::Full::from("bodY");
    assert_eq!(send(&layer, wrong).await.status, 401);
    assert_eq!(send(&layer, sent).await.status, 401);
}

#[tokio::test]
async fn strangers_put_nothing_into_the_store_of_nonces() {
    let mut kit = Kit::new().await;
    kit.nonces = portcullis::store::memory::MemoryNonceStore::with_capacity(1);
    let key = kit.issue(StrictXAuth::new_key()).await;
    let layer = kit.layer(layer(&kit));
    let other = IssuedKey::new(key.id.clone(), "another secret".into());
    for _ in 0..200 {
        let sent = StrictXAuth::sign(&other, "POST", "/", b"", NOW);
        assert_eq!(send(&layer, sent).await.status, 401);
    }
    assert!(kit.nonces.is_empty());
    let [first, second] = [(); 2].map(|()| StrictXAuth::sign(&key, "POST", "/", b"", NOW));
    assert_eq!(send(&layer, first).await.status, 200);
    assert_eq!((send(&layer, second).await.status.as_u16(), kit.nonces.len()), (503, 1));
}
