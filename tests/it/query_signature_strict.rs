//! Signed URLs in the strict form.

use std::time::Duration;

use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner, StrictQuerySigner};
use portcullis::request::RequestTarget;
use portcullis::sign::RequestSigner;
use portcullis::store::{IssuedKey, KeyAdmin, KeyEdit, KeyRef, NewKey, SignatureForms, StoredPrincipal};
use portcullis::{Authenticator, KeyStore, NonceStore, Realm, Scheme, Timestamp};

use crate::kit::{Kit, NOW, request, send};
use crate::table::{SchemeUnderTest, Sent, behaves};

pub(crate) struct StrictUrl;

const HOST: &str = "api.example";
const NAMES: [&str; 7] =
    ["pc-version", "pc-key", "pc-time", "pc-expires", "pc-nonce", "pc-digest", "pc-signature"];

fn url(key: &IssuedKey, host: &str, method: &str, target: &str, body: &[u8], now: Timestamp) -> String {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let target = RequestTarget { authority: Some(host), ..RequestTarget::new(method, path, query) };
    StrictQuerySigner::new(key.id.clone(), &key.secret).sign(&target, body, now).expect("signed")
}

fn get(target: &str) -> Sent {
    request("GET", target, &[("host", HOST)], b"")
}

/// The URL with the value of one parameter replaced.
fn with(url: &str, name: &str, value: &str) -> String {
    let start = url.find(&format!("{name}=")).expect("the parameter") + name.len() + 1;
    let end = url[start..].find('&').map_or(url.len(), |length| start + length);
    format!("{}{value}{}", &url[..start], &url[end..])
}

/// A query that is signed by hand, in whatever order and form.
fn by_hand(key: &IssuedKey, path: &str, query: &str) -> String {
    use base64::Engine;
    let mut target = RequestTarget::new("GET", path, None);
    let whole = format!("{query}&pc-signature=x");
    target.query = Some(&whole);
    target.authority = Some(HOST);
    let text = portcullis::query_signature::strict_text(&target).expect("readable").expect("of this form");
    let algorithm = portcullis::crypto::HmacAlgorithm::Sha256;
    let tag = portcullis::crypto::HmacKey::new(algorithm, key.secret.as_ref()).sign(&[&text]);
    let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(tag.expose());
    format!("{path}?{query}&pc-signature={signature}")
}

const EMPTY: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

impl SchemeUnderTest for StrictUrl {
    const CHALLENGE: &'static str = "Query-Signature";
    const CLAIMS: bool = true;
    const REFUSES_EVERY_REPEAT: bool = true;
    const READS_BODY: bool = true;

    fn authenticator<K, N>(keys: K, nonces: N) -> impl Authenticator<Principal = StoredPrincipal>
    where
        K: KeyStore<Principal = StoredPrincipal>,
        N: NonceStore,
    {
        QuerySignatureAuthenticator::new(keys, nonces).buffer_bodies()
    }

    fn new_key() -> NewKey {
        NewKey::new(Scheme::QuerySignature, Kit::ada())
    }

    fn sign(key: &IssuedKey, method: &str, path: &str, body: &[u8], now: Timestamp) -> Sent {
        request(method, &url(key, HOST, method, path, body, now), &[("host", HOST)], body)
    }

    fn malformed(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let good = url(key, HOST, "GET", "/?a=1", b"", NOW);
        let mut cases = vec![
            ("signature alone", get("/?pc-signature=x")),
            ("something behind the signature", get(&format!("{good}&b=1"))),
            ("an ampersand behind the signature", get(&format!("{good}&"))),
            ("no host", request("GET", &good, &[], b"")),
            ("a broken escape", get(&good.replace("a=1", "a=%zz"))),
            ("two carriers", request("GET", &good, &[("host", HOST), ("authorization", "Bearer x")], b"")),
        ];
        for name in NAMES {
            cases.push(("a parameter missing", get(&good.replace(name, "x"))));
            cases.push(("an empty parameter", get(&with(&good, name, ""))));
            let (path, query) = good.split_once('?').expect("a query");
            let before = |more: &str| get(&format!("{path}?{more}&{query}"));
            cases.push(("a repeated parameter", before(&format!("{name}=x"))));
            cases.push(("a repeated parameter without a value", before(name)));
            cases.push(("a parameter in another case", before(&format!("{}=x", name.to_uppercase()))));
            cases.push(("an escaped parameter", before(&format!("{}=x", name.replace('-', "%2d")))));
        }
        for name in ["timestamp", "apikey", "signature", "%61pikey", "Signature"] {
            let both = good.replacen('?', &format!("?{name}=x&"), 1);
            cases.push(("a parameter of the other form", get(&both)));
        }
        for version in ["2", "0", "01", "1.0", "%31"] {
            cases.push(("another version", get(&with(&good, "pc-version", version))));
        }
        let (path, query) = good.split_once('?').expect("a query");
        let (signed, signature) = query.rsplit_once('&').expect("a signature");
        cases.push(("the signature in front", get(&format!("{path}?{signature}&{signed}"))));
        cases
    }

    fn wrong(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let good = url(key, HOST, "GET", "/a?x=1", b"", NOW);
        let mut cases = vec![
            ("another path", get(&good.replacen("/a", "/b", 1))),
            ("an escape in the path", get(&good.replacen("/a", "/%61", 1))),
            ("a slash more", get(&good.replacen("/a", "//a", 1))),
            ("another parameter", get(&good.replace("x=1", "x=2"))),
            ("an escape in a parameter", get(&good.replace("x=1", "x=%31"))),
            ("a parameter more", get(&good.replace("x=1", "x=1&admin"))),
            ("a semicolon", get(&good.replace("x=1", "x=1;y"))),
            ("a parameter less", get(&good.replace("x=1&", ""))),
            ("another order", get(&good.replace("x=1&pc-version=1", "pc-version=1&x=1"))),
            ("another method", request("DELETE", &good, &[("host", HOST)], b"")),
            ("another host", request("GET", &good, &[("host", "other.example")], b"")),
            ("the id in another case", get(&with(&good, "pc-key", &format!("{}A", key.id)))),
            ("an escaped id", get(&with(&good, "pc-key", "%6b"))),
        ];
        let padded = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        for name in ["pc-nonce", "pc-digest", "pc-signature"] {
            for text in [
                "A",
                "!",
                "%41",
                padded,
                &"A".repeat(86),
                &"A".repeat(22),
                &"A".repeat(43),
                &"/".repeat(22),
                "a+b",
            ] {
                cases.push(("a value that is not the signed one", get(&with(&good, name, text))));
            }
        }
        let signature = good.rsplit_once('=').expect("a signature").1;
        for other in [
            format!("{signature}="),
            signature.replacen(&signature[..1], &format!("%{:02X}", signature.as_bytes()[0]), 1),
            format!("{signature}{signature}"),
        ] {
            cases.push(("the signature in another spelling", get(&with(&good, "pc-signature", &other))));
        }
        for time in [
            "nan",
            "inf",
            "1e9",
            "-1700000000",
            "+170000000",
            "1700000060000",
            "1700000000.5",
            "0x6553f100",
            "1_700_000_0",
            "170000000",
        ] {
            for name in ["pc-time", "pc-expires"] {
                cases.push(("a time that is none", get(&with(&good, name, time))));
            }
            let query = format!(
                "pc-version=1&pc-key={}&pc-time=1700000000&pc-expires={time}&pc-nonce={}&pc-digest={EMPTY}",
                key.id,
                "A".repeat(22)
            );
            cases.push(("a time that is none, signed", get(&by_hand(key, "/", &query))));
        }
        let mut body = Self::sign(key, "POST", "/", b"world", NOW);
        *body.body_mut() = http_body_util::Full::from("w0rld");
        cases.push(("another body", body));
        for (name, now) in [("expired", -60), ("not yet valid", 301)] {
            let then = Timestamp::from_unix_seconds(NOW.as_unix_seconds() + now);
            cases.push((name, Self::sign(key, "GET", "/", b"", then)));
        }
        cases
    }
}

behaves!(StrictUrl);

fn signed_urls(
    kit: &Kit,
) -> QuerySignatureAuthenticator<impl KeyStore<Principal = StoredPrincipal>, impl NonceStore> {
    QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()).buffer_bodies()
}

#[tokio::test]
async fn the_window_is_as_long_as_its_settings_say() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictUrl::new_key()).await;
    let layer = kit.layer(
        signed_urls(&kit).with_max_drift(Duration::from_secs(30)).with_max_life(Duration::from_secs(60)),
    );
    let mut count = 0_u8;
    for (start, end, status) in [
        (0, 60, 200),
        (0, 61, 401),
        (0, 1, 200),
        (0, 0, 401),
        (-59, 1, 200),
        (-60, 0, 401),
        (30, 90, 200),
        (31, 90, 401),
        (20, 10, 401),
        (30, 91, 401),
    ] {
        count += 1;
        let (start, end) = (NOW.as_unix_seconds() + start, NOW.as_unix_seconds() + end);
        let nonce = format!("{}{}", "A".repeat(20), char::from(b'a' + count)) + "A";
        let query = format!(
            "pc-version=1&pc-key={}&pc-time={start}&pc-expires={end}&pc-nonce={nonce}&pc-digest={EMPTY}",
            key.id
        );
        assert_eq!(send(&layer, get(&by_hand(&key, "/", &query))).await.status, status, "{start} {end}");
    }
}

#[tokio::test]
async fn a_captured_url_is_good_once_until_it_ends() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictUrl::new_key()).await;
    let layer = kit.layer(signed_urls(&kit));
    // From the moment that a clock which is behind may first see it.
    let ahead = NOW.saturating_add(Duration::from_secs(300));
    let captured = url(&key, HOST, "GET", "/orders?page=2", b"", ahead);
    assert_eq!(send(&layer, get(&captured)).await.status, 200);
    for second in [0, 1, 299, 300, 358, 359, 360, 100_000] {
        kit.clock.set(NOW.saturating_add(Duration::from_secs(second)));
        assert_eq!(send(&layer, get(&captured)).await.status, 401, "{second}");
    }
}

#[tokio::test]
async fn a_url_for_another_host_is_refused_with_either_hosts_name() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictUrl::new_key()).await;
    let own = kit.layer(signed_urls(&kit).with_authority(HOST.parse().expect("an authority")));
    let captured = url(&key, "staging.example", "GET", "/", b"", NOW);
    for host in [HOST, "staging.example"] {
        assert_eq!(send(&own, request("GET", &captured, &[("host", host)], b"")).await.status, 401, "{host}");
    }
    let upper = url(&key, "API.example:443", "GET", "/", b"", NOW);
    assert_eq!(send(&own, get(&upper)).await.status, 200);
}

#[tokio::test]
async fn neither_form_verifies_as_the_other() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictUrl::new_key()).await;
    let layer = kit.layer(signed_urls(&kit).accept_compatible_form());
    let strict = url(&key, HOST, "GET", "/", b"", NOW);
    let time = NOW.as_unix_seconds();
    let signature = strict.rsplit_once('=').expect("a signature").1;
    let padded = format!("{}%3D", signature.replace('-', "%2B").replace('_', "%2F"));
    // What is left without the version, and what a reader of the other form would make of it.
    assert_eq!(send(&layer, get(&strict.replace("pc-version=1&", ""))).await.status, 400);
    assert_eq!(send(&layer, get(&strict.replace("pc-", "pd-"))).await.status, 401);
    let lowered = format!("/?timestamp={time}&apikey={}&signature={padded}", key.id);
    assert_eq!(send(&layer, get(&lowered)).await.status, 401);
    let compatible = QuerySigner::new(key.id.clone(), &key.secret);
    let sent = compatible.sign("/", b"", NOW).expect("signed");
    let mac = sent.rsplit_once('=').expect("a signature").1;
    let url_safe = mac.replace("%2B", "-").replace("%2F", "_").replace("%3D", "");
    assert_eq!(send(&layer, get(&with(&strict, "pc-signature", &url_safe))).await.status, 401);
    assert_eq!(send(&layer, get(&sent)).await.status, 200);
}

#[tokio::test]
async fn a_key_with_the_strict_form_alone_refuses_the_other_like_a_wrong_signature() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictUrl::new_key().strict_only()).await;
    let only = portcullis::store::EntryPoints::only(["/orders"]).expect("a name");
    let narrow = kit.issue(StrictUrl::new_key().strict_only().with_entry_points(only)).await;
    let layer = kit.layer(signed_urls(&kit).accept_compatible_form());
    let ask = async |id: &portcullis::KeyId, secret: &portcullis::Secret, body: &[u8]| {
        let target = QuerySigner::new(id.clone(), secret).sign("/", body, NOW).expect("signed");
        send(&layer, request("POST", &target, &[("host", HOST)], body)).await
    };
    let wrong = ask(&key.id, &"another secret".into(), b"").await;
    assert_eq!(wrong.status, 401);
    for body in [&b""[..], b"x"] {
        assert_eq!(ask(&key.id, key.secret.as_ref(), body).await, wrong);
        // Not a 403 either: that would tell that the signature is right.
        assert_eq!(ask(&narrow.id, narrow.secret.as_ref(), body).await, wrong);
    }
    assert_eq!(send(&layer, StrictUrl::sign(&key, "POST", "/", b"x", NOW)).await.status, 200);
    let named = KeyRef { realm: Realm::default(), id: key.id.clone() };
    let edit = KeyEdit::new().signature_forms(SignatureForms::Any);
    kit.keys.edit(&named, edit).await.expect("edited");
    assert_eq!(ask(&key.id, key.secret.as_ref(), b"").await.status, 200);
}

#[tokio::test]
async fn an_authenticator_of_the_strict_form_alone_refuses_the_other() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictUrl::new_key()).await;
    let layer = kit.layer(signed_urls(&kit).strict_only()).allow_anonymous();
    let compatible = QuerySigner::new(key.id.clone(), &key.secret).sign("/", b"", NOW).expect("signed");
    assert_eq!(send(&layer, get(&compatible)).await.status, 401, "and is not let in as nobody");
    assert_eq!(send(&layer, StrictUrl::sign(&key, "GET", "/", b"", NOW)).await.status, 200);
    assert_eq!(send(&layer, get("/?page=2")).await.status, 200, "as nobody");
    let query = compatible.trim_start_matches("/?");
    let escaped = get(&format!("/?{}", query.replacen("apikey", "%61pikey", 1)));
    assert_eq!(send(&layer, escaped).await.status, 401, "in disguise too");
    // What has some of the names is no signature of that form, but an application's parameter.
    for own in ["timestamp=5", "apikey=a&apikey=b", "signature", "timestamp=5&signature=x", "Signature=1"] {
        let sent = get(&format!("/events?{own}"));
        assert_eq!(send(&layer, sent).await.status, 200, "as nobody: {own}");
    }
}

#[tokio::test]
async fn both_signers_are_request_signers() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictUrl::new_key()).await;
    let layer = kit.layer(signed_urls(&kit));
    let compatible = QuerySigner::new(key.id.clone(), &key.secret);
    let signers: [&dyn RequestSigner; 2] = [&compatible, &compatible.clone().strict()];
    for signer in signers {
        for target in ["/a", "/a?", "/a?b=1&c", "http://api.example/a?b", "http://api.example"] {
            let (mut head, body) = request("POST", target, &[("host", HOST)], b"x").into_parts();
            let now = portcullis::Clock::now(&kit.clock);
            signer.sign_request(&mut head, b"x", now).expect("signed");
            assert!(signer.sign_request(&mut head, b"x", now).is_err(), "it is signed already");
            let sent = Sent::from_parts(head, body);
            let answer = send(&layer, sent).await;
            assert_eq!(answer.status, 200, "{signer:?} {target}");
            kit.clock.advance(Duration::from_secs(1));
        }
    }
}
