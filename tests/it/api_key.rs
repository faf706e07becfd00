//! API keys.

use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::store::{IssuedKey, KeyHasher, NewKey, StoredPrincipal};
use portcullis::{Authenticator, KeyStore, NonceStore, Scheme, Secret, Timestamp};

use crate::kit::{Kit, get, request, send};
use crate::table::{SchemeUnderTest, Sent, behaves};

struct ApiKey;

fn igny8<K: KeyStore>(keys: K) -> ApiKeyAuthenticator<K> {
    ApiKeyAuthenticator::new(keys, KeyShape::prefix("igny8_"))
}

fn text(key: &IssuedKey) -> String {
    key.secret.expose_text().expect("text").to_owned()
}

fn bearer(key: &IssuedKey) -> String {
    format!("Bearer {}", text(key))
}

impl SchemeUnderTest for ApiKey {
    const CHALLENGE: &'static str = "Bearer";
    const CLAIMS: bool = false;
    const READS_BODY: bool = false;

    fn authenticator<K, N>(keys: K, _: N) -> impl Authenticator<Principal = StoredPrincipal>
    where
        K: KeyStore<Principal = StoredPrincipal>,
        N: NonceStore,
    {
        igny8(keys)
    }

    fn new_key() -> NewKey {
        NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_")
    }

    fn sign(key: &IssuedKey, method: &str, path: &str, body: &[u8], _: Timestamp) -> Sent {
        request(method, path, &[("authorization", &bearer(key))], body)
    }

    fn malformed(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let (bearer, text) = (bearer(key), text(key));
        vec![
            ("two lines", get("/", &[("authorization", &bearer), ("authorization", &bearer)])),
            ("two different lines", get("/", &[("authorization", &bearer), ("authorization", "Basic eDp5")])),
            ("two lines of another header", get("/", &[("x-api-key", &text), ("x-api-key", "x")])),
            ("two carriers", get("/", &[("authorization", &bearer), ("x-api-key", &text)])),
            ("two carriers, one junk", get("/", &[("authorization", "Basic eDp5"), ("x-api-key", &text)])),
        ]
    }

    fn wrong(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let authorization = |value: &str| get("/", &[("authorization", value)]);
        let text = text(key);
        vec![
            ("no key behind the word", authorization("Bearer")),
            ("only spaces behind the word", authorization("Bearer  ")),
            ("an empty header", get("/", &[("x-api-key", "")])),
            ("another prefix", authorization("Bearer other_0000000000000000000000")),
            ("too short", authorization("Bearer igny8_0")),
            ("too long", authorization(&format!("Bearer igny8_{}", "0".repeat(250)))),
            ("a mebibyte", authorization(&format!("Bearer igny8_{}", "0".repeat(1 << 20)))),
            ("another case", authorization(&format!("Bearer {}", text.replace("igny8_", "IGNY8_")))),
            ("a tab behind the word", authorization(&format!("Bearer\t{text}"))),
            ("a raw key where none is read", authorization(&text)),
            ("two keys in one line", authorization(&format!("Bearer {text}, Bearer {text}"))),
            ("a quoted key", authorization(&format!("Bearer \"{text}\""))),
            ("non-ascii", authorization(&format!("Bearer {text}é"))),
            ("a zero-width space", authorization(&format!("Bearer {text}\u{200b}"))),
            ("full-width letters", authorization("Bearer ｉｇｎｙ8_00000000000000000000")),
            ("another scheme", authorization("Basic eDp5")),
        ]
    }
}

behaves!(ApiKey);

async fn statuses(
    layer_of: impl Fn(&Kit) -> ApiKeyAuthenticator<portcullis::store::memory::MemoryKeyStore>,
    imported: &str,
    requests: Vec<Sent>,
) -> Vec<u16> {
    let kit = Kit::new().await;
    let _ = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_secret(Secret::from(imported))).await;
    let layer = kit.layer(layer_of(&kit));
    let mut statuses = Vec::new();
    for request in requests {
        statuses.push(send(&layer, request).await.status.as_u16());
    }
    statuses
}

#[tokio::test]
async fn the_originals_own_example_of_42_characters_is_accepted() {
    let key = "igny8_4f6a8c0e2b1d3f5a7c9e0b2d4f6a8c0e2b1d3f5aQz";
    assert_eq!(key.len() - "igny8_".len(), 42);
    let value = format!("bearer {key}");
    assert_eq!(
        statuses(|kit| igny8(kit.keys.clone()), key, vec![get("/", &[("authorization", &value)])]).await,
        [200]
    );
}

#[tokio::test]
async fn keys_of_20_to_255_characters_are_accepted() {
    for length in [20, 21, 254, 255] {
        let key = "k".repeat(length);
        let request = get("/", &[("x-api-key", &key)]);
        let any = |kit: &Kit| ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any());
        assert_eq!(statuses(any, &key, vec![request]).await, [200], "{length}");
    }
}

#[tokio::test]
async fn each_carrier_is_read_only_where_it_is_declared() {
    const KEY: &str = "k_live_0123456789abcdef";
    let carriers = [
        ApiKeyCarrier::Bearer,
        ApiKeyCarrier::ApiKey,
        ApiKeyCarrier::RawAuthorization,
        ApiKeyCarrier::header("X-Site-Key"),
        ApiKeyCarrier::parameter("key"),
    ];
    let requests = || {
        vec![
            get("/", &[("authorization", &format!("Bearer {KEY}"))]),
            get("/", &[("authorization", &format!("api-key {KEY}"))]),
            get("/", &[("authorization", KEY)]),
            get("/", &[("x-site-key", KEY)]),
            get(&format!("/?a=1&key={}", KEY.replace('_', "%5F")), &[]),
        ]
    };
    for (n, carrier) in carriers.into_iter().enumerate() {
        let only = |kit: &Kit| {
            ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()).with_carriers([carrier.clone()])
        };
        let mut expected = [401; 5];
        expected[n] = 200;
        assert_eq!(statuses(only, KEY, requests()).await, expected, "{carrier:?}");
    }
}

#[tokio::test]
async fn a_key_that_begins_like_a_jwt_is_one_under_every_carrier_but_bearer() {
    const KEY: &str = "ey_this_is_a_key_of_ours";
    let raw = |kit: &Kit| {
        ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()).with_carriers([
            ApiKeyCarrier::Bearer,
            ApiKeyCarrier::RawAuthorization,
            ApiKeyCarrier::header("x-api-key"),
        ])
    };
    let requests = vec![
        get("/", &[("authorization", KEY)]),
        get("/", &[("x-api-key", KEY)]),
        get("/", &[("authorization", &format!("Bearer {KEY}"))]),
    ];
    assert_eq!(statuses(raw, KEY, requests).await, [200, 200, 401]);
}

#[tokio::test]
async fn a_repeated_or_unreadable_parameter_is_400() {
    const KEY: &str = "k_live_0123456789abcdef";
    let query = |kit: &Kit| {
        ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any())
            .with_carriers([ApiKeyCarrier::parameter("key")])
    };
    let targets = [
        format!("/?key={KEY}&key={KEY}"),
        format!("/?key={KEY}&k%65y={KEY}"),
        format!("/?key={KEY}%zz"),
        format!("/?key={KEY}%FF"),
        "/?key".to_owned(),
    ];
    let requests = targets.iter().map(|target| get(target, &[])).collect();
    assert_eq!(statuses(query, KEY, requests).await, [400, 400, 400, 401, 401]);
}

#[tokio::test]
async fn keys_under_a_pepper_are_found_and_earlier_ones_still_are() {
    let kit = Kit::new().await;
    let old = kit.issue(ApiKey::new_key()).await;
    let hasher = KeyHasher::peppered(&Secret::from("pepper")).accepting(KeyHasher::sha256());
    let peppered = Kit { keys: kit.keys.clone().with_hasher(hasher.clone()), ..kit };
    let new = peppered.issue(ApiKey::new_key()).await;
    let layer = peppered.layer(igny8(peppered.keys.clone()).with_hasher(hasher));
    let plain = peppered.layer(igny8(peppered.keys.clone()));
    for (key, with_pepper, without) in [(&old, 200, 200), (&new, 200, 401)] {
        let sent = || get("/", &[("authorization", &bearer(key))]);
        assert_eq!(send(&layer, sent()).await.status, with_pepper);
        assert_eq!(send(&plain, sent()).await.status, without);
    }
}

#[tokio::test]
async fn a_challenge_realm_is_named_in_every_challenge() {
    let kit = Kit::new().await;
    let layer = kit.layer(igny8(kit.keys.clone()).with_challenge_realm("sites").expect("realm"));
    let answer = send(&layer, get("/", &[])).await;
    assert_eq!(answer.header("www-authenticate"), [r#"Bearer realm="sites""#, r#"Api-Key realm="sites""#]);
    let answer = send(&layer, get("/", &[("authorization", "Bearer igny8_00000000000000000000")])).await;
    assert_eq!(answer.header("www-authenticate")[0], r#"Bearer error="invalid_token", realm="sites""#);
}
