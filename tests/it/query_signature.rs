//! Signed URLs.

use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};
use portcullis::store::{IssuedKey, NewKey, StoredPrincipal};
use portcullis::{Authenticator, KeyStore, NonceStore, Scheme, Timestamp};

use crate::kit::{Kit, NOW, get, request, send};
use crate::table::{SchemeUnderTest, Sent, behaves};

pub(crate) struct SignedUrl;

fn sign(key: &IssuedKey, target: &str, body: &[u8], now: Timestamp) -> String {
    QuerySigner::new(key.id.clone(), &key.secret).sign(target, body, now).expect("signed")
}

/// A URL signed by hand, in whatever order and form.
fn by_hand(key: &IssuedKey, signed: &str, body: &[u8]) -> String {
    use base64::Engine;
    let mac =
        portcullis::crypto::HmacKey::new(portcullis::crypto::HmacAlgorithm::Sha256, key.secret.as_ref());
    let tag = mac.sign(&[signed.as_bytes(), body]);
    format!("{signed}&signature={}", base64::engine::general_purpose::STANDARD.encode(tag.expose()))
}

impl SchemeUnderTest for SignedUrl {
    const CHALLENGE: &'static str = "Query-Signature";
    const CLAIMS: bool = true;
    const READS_BODY: bool = true;

    fn authenticator<K, N>(keys: K, nonces: N) -> impl Authenticator<Principal = StoredPrincipal>
    where
        K: KeyStore<Principal = StoredPrincipal>,
        N: NonceStore,
    {
        QuerySignatureAuthenticator::new(keys, nonces)
    }

    fn new_key() -> NewKey {
        NewKey::new(Scheme::QuerySignature, Kit::ada())
    }

    fn sign(key: &IssuedKey, method: &str, path: &str, body: &[u8], now: Timestamp) -> Sent {
        request(method, &sign(key, path, body, now), &[], body)
    }

    fn malformed(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let good = sign(key, "/", b"", NOW);
        let timestamp = NOW.as_unix_seconds();
        vec![
            ("signature alone", get("/?signature=x", &[])),
            ("no signature", get(&format!("/?timestamp={timestamp}&apikey={}", key.id), &[])),
            ("no timestamp", get(&good.replace("timestamp", "time"), &[])),
            ("an empty key", get(&good.replace(key.id.as_str(), ""), &[])),
            ("a repeated signature", get(&format!("{good}&signature=x"), &[])),
            ("a repeated key", get(&format!("{good}&apikey=x"), &[])),
            ("a repeated timestamp", get(&format!("{good}&timestamp={timestamp}"), &[])),
            ("a disguised parameter", get(&format!("{good}&%61pikey=x"), &[])),
            ("two carriers", get(&good, &[("authorization", "Bearer x")])),
            (
                "a body behind another parameter than the key",
                request(
                    "POST",
                    &by_hand(key, &format!("/?apikey={}&timestamp={timestamp}", key.id), b"x"),
                    &[],
                    b"x",
                ),
            ),
            (
                "a body that could be more of the query",
                request(
                    "POST",
                    &by_hand(key, &format!("/?timestamp={timestamp}&apikey={}", key.id), b"&x"),
                    &[],
                    b"&x",
                ),
            ),
        ]
    }

    fn wrong(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let good = sign(key, "/a?x=1", b"", NOW);
        let timed =
            |time: &str| get(&by_hand(key, &format!("/?timestamp={time}&apikey={}", key.id), b""), &[]);
        let mut cases = vec![
            ("another path", get(&good.replacen("/a", "/b", 1), &[])),
            ("another parameter", get(&good.replace("x=1", "x=2"), &[])),
            ("a parameter more", get(&format!("{good}&admin"), &[])),
            ("an empty parameter more", get(&format!("{good}&"), &[])),
            ("a semicolon", get(&good.replace("x=1", "x=1;y"), &[])),
            (
                "a short signature",
                get(
                    &by_hand(key, "/?timestamp=1700000000&apikey=k", b"")
                        .replace("&signature=", "&signature=A"),
                    &[],
                ),
            ),
            ("the id in another case", get(&good.replace(key.id.as_str(), &format!("{}A", key.id)), &[])),
        ];
        for time in [
            "nan",
            "NaN",
            "inf",
            "1e9",
            "-1700000000",
            "+1700000000",
            "1700000000000",
            "0x6553f100",
            "1_700_000_000",
            "1700000000.",
            ".5",
        ] {
            cases.push(("a timestamp that is none", timed(time)));
        }
        for drift in [-301, 301] {
            cases.push(("too far from now", timed(&(NOW.as_unix_seconds() + drift).to_string())));
        }
        let mut body = Self::sign(key, "POST", "/", b"world", NOW);
        *body.body_mut() = http_body_util::Full::from("w0rld");
        cases.push(("another body", body));
        cases
    }
}

behaves!(SignedUrl);

#[tokio::test]
async fn the_window_includes_both_of_its_ends() {
    let kit = Kit::new().await;
    let key = kit.issue(SignedUrl::new_key()).await;
    let layer = kit.layer(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    for (micros, status) in [(-300_000_001, 401), (-300_000_000, 200), (300_000_000, 200), (300_001_000, 401)]
    {
        let then = Timestamp::from_unix_micros(NOW.as_unix_micros() + micros);
        assert_eq!(
            send(&layer, SignedUrl::sign(&key, "GET", "/", b"", then)).await.status,
            status,
            "{micros}"
        );
    }
}

#[tokio::test]
async fn bytes_that_move_between_query_and_body_are_refused() {
    let kit = Kit::new().await;
    let key = kit.issue(SignedUrl::new_key()).await;
    let layer = kit.layer(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let signed = format!("/?timestamp={}&apikey={}", NOW.as_unix_seconds(), key.id);
    let sent = by_hand(&key, &signed, b"=1&b");
    let signature = sent.split_once("&signature=").expect("signed").1;
    let whole = format!("{signed}=1&b");
    for cut in signed.find("&apikey").expect("key")..whole.len() {
        if cut == signed.len() {
            continue;
        }
        let (query, body) = whole.split_at(cut);
        let moved = request("POST", &format!("{query}&signature={signature}"), &[], body.as_bytes());
        let answer = send(&layer, moved).await;
        assert!(answer.status.is_client_error(), "{query} {body}: {}", answer.status);
    }
}

#[tokio::test]
async fn the_encoded_form_is_accepted_in_the_compatible_mode_alone() {
    let kit = Kit::new().await;
    let key = kit.issue(SignedUrl::new_key()).await;
    let strict = kit.layer(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let compatible = kit.layer(
        QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()).accept_compatible_form(),
    );
    let signed =
        by_hand(&key, &format!("/?q=a+b&timestamp={}&apikey={}", NOW.as_unix_seconds(), key.id), b"");
    let cases = [
        (signed.clone(), 200, 200),
        (signed.replace("a+b", "a%20b"), 401, 200),
        (format!("{signed}&admin="), 401, 401),
        (format!("{signed}&admin"), 401, 401),
        (signed.replace("a+b", "a;b"), 401, 401),
        (signed.replace("a+b", "%FF"), 401, 401),
    ];
    for (target, in_strict, in_compatible) in cases {
        assert_eq!(send(&strict, get(&target, &[])).await.status, in_strict, "{target}");
        assert_eq!(send(&compatible, get(&target, &[])).await.status, in_compatible, "{target}");
    }
}

#[tokio::test]
async fn a_body_may_follow_any_parameter_in_the_compatible_mode() {
    let kit = Kit::new().await;
    let key = kit.issue(SignedUrl::new_key()).await;
    let layer = kit.layer(
        QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()).accept_compatible_form(),
    );
    let target = by_hand(&key, &format!("/?apikey={}&timestamp={}", key.id, NOW.as_unix_seconds()), b"&x");
    assert_eq!(send(&layer, request("POST", &target, &[], b"&x")).await.status, 200);
}

#[tokio::test]
async fn an_ambiguous_request_does_not_tell_whether_its_key_is_known() {
    let kit = Kit::new().await;
    let key = kit.issue(SignedUrl::new_key()).await;
    let layer = kit.layer(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let ask = async |id: &str| {
        let signature = format!("{}=", "A".repeat(43));
        let time = NOW.as_unix_seconds();
        let target = format!("/?apikey={id}&timestamp={time}&signature={signature}");
        send(&layer, request("POST", &target, &[], b"x")).await
    };
    assert_eq!(ask(key.id.as_str()).await, ask("00000000").await);
}
