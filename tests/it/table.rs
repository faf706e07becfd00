//! The behaviour that every scheme has. A scheme says how it makes a request; the table
//! says what must become of it, so a gap in one scheme shows.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use portcullis::store::{IssuedKey, NewKey, OwnerRef, StoredPrincipal};
use portcullis::{Authenticator, KeyStore, NonceStore, Timestamp};

use crate::kit::{Answer, Calls, Down, Kit, NOW, send, send_counted};

pub(crate) type Sent = Request<Full<Bytes>>;

/// How one scheme takes part.
pub(crate) trait SchemeUnderTest {
    /// What its challenge begins with.
    const CHALLENGE: &'static str;
    /// Whether it claims signatures.
    const CLAIMS: bool;
    /// Whether it refuses a repeat of GET as well: it signs the method, and has a nonce.
    const REFUSES_EVERY_REPEAT: bool = false;
    /// Whether it reads the body.
    const READS_BODY: bool;
    /// Whether it signs the method, so that what was signed to read cannot delete.
    const SIGNS_METHOD: bool = false;

    fn authenticator<K, N>(keys: K, nonces: N) -> impl Authenticator<Principal = StoredPrincipal>
    where
        K: KeyStore<Principal = StoredPrincipal>,
        N: NonceStore;

    /// A key of this scheme for ada.
    fn new_key() -> NewKey;

    /// A request as a client with this key makes it at `now`.
    fn sign(key: &IssuedKey, method: &str, path: &str, body: &[u8], now: Timestamp) -> Sent;

    /// Requests that are ambiguous or incomplete: 400.
    fn malformed(key: &IssuedKey) -> Vec<(&'static str, Sent)>;

    /// Requests whose credential is wrong in form or content: 401.
    fn wrong(key: &IssuedKey) -> Vec<(&'static str, Sent)>;
}

/// Runs the whole table for `S`.
macro_rules! behaves {
    ($scheme:ty: $($claim:ident)*) => {$(
        #[tokio::test]
        async fn $claim() {
            $crate::table::$claim::<$scheme>().await;
        }
    )*};
    ($scheme:ty) => {
        $crate::table::behaves! { $scheme:
            a_good_request_passes_with_its_body
            no_credential_is_401_with_the_challenge
            malformed_requests_are_400
            wrong_credentials_are_401
            an_unknown_key_looks_like_a_wrong_one
            a_revoked_disabled_or_ownerless_key_looks_like_a_wrong_one
            a_key_works_between_its_start_and_its_end
            an_entry_point_that_is_not_allowed_is_403
            a_store_that_is_down_is_503
            a_repeat_is_refused_unless_it_only_reads
            a_body_over_the_limit_is_413_for_known_keys_only
            a_key_of_another_scheme_or_realm_is_unknown
        }
    };
}
pub(crate) use behaves;

const BODY: &[u8] = b"{\"title\":\"Hi\"}";

async fn refused<S: SchemeUnderTest>(kit: &Kit, request: Sent) -> Answer {
    let layer = kit.layer(S::authenticator(kit.keys.clone(), kit.nonces.clone()));
    let calls = Calls::default();
    let answer = send_counted(&layer, request, &calls).await;
    assert_eq!(calls.count(), 0, "the handler ran");
    assert_eq!(answer.header("cache-control"), ["no-store"]);
    answer
}

fn signed<S: SchemeUnderTest>(key: &IssuedKey) -> Sent {
    S::sign(key, "GET", "/orders", b"", NOW)
}

pub(crate) async fn a_good_request_passes_with_its_body<S: SchemeUnderTest>() {
    let kit = Kit::new().await;
    let key = kit.issue(S::new_key()).await;
    let layer = kit.layer(S::authenticator(kit.keys.clone(), kit.nonces.clone()));
    for (method, body) in [("GET", &b""[..]), ("POST", BODY), ("PUT", b"\0\x01"), ("DELETE", b"")] {
        let now = portcullis::Clock::now(&kit.clock);
        let answer = send(&layer, S::sign(&key, method, "/orders", body, now)).await;
        assert_eq!(answer.status, 200, "{method}");
        assert_eq!(answer.body.as_bytes(), [b"ada|", body].concat(), "{method}");
        kit.clock.advance(Duration::from_secs(1));
    }
}

pub(crate) async fn no_credential_is_401_with_the_challenge<S: SchemeUnderTest>() {
    let kit = Kit::new().await;
    let answer = refused::<S>(&kit, crate::kit::get("/orders?page=2", &[("accept", "*/*")])).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("content-type"), ["application/problem+json"]);
    assert_eq!(answer.header("www-authenticate")[0], S::CHALLENGE);
}

pub(crate) async fn malformed_requests_are_400<S: SchemeUnderTest>() {
    let kit = Kit::new().await;
    let key = kit.issue(S::new_key()).await;
    let cases = S::malformed(&key);
    assert!(cases.len() >= 3, "the scheme names malformed requests");
    for (name, request) in cases {
        let answer = refused::<S>(&kit, request).await;
        assert_eq!(answer.status, 400, "{name}");
        assert_eq!(answer.header("www-authenticate"), [""; 0], "{name}");
    }
}

pub(crate) async fn wrong_credentials_are_401<S: SchemeUnderTest>() {
    let kit = Kit::new().await;
    let key = kit.issue(S::new_key()).await;
    let cases = S::wrong(&key);
    assert!(cases.len() >= 3, "the scheme names wrong requests");
    let mut bodies: Vec<String> = Vec::new();
    for (name, request) in cases {
        let answer = refused::<S>(&kit, request).await;
        assert_eq!(answer.status, 401, "{name}");
        bodies.push(answer.body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "refusals look alike");
}

async fn wrong_answer<S: SchemeUnderTest>(kit: &Kit, key: &IssuedKey) -> Answer {
    let secret = "igny8_0000000000000000000000000000000000000000";
    let other = IssuedKey::new(key.id.clone(), secret.into());
    let answer = refused::<S>(kit, signed::<S>(&other)).await;
    assert_eq!(answer.status, 401);
    answer
}

pub(crate) async fn an_unknown_key_looks_like_a_wrong_one<S: SchemeUnderTest>() {
    let kit = Kit::new().await;
    let key = kit.issue(S::new_key()).await;
    let stranger = Kit::new().await.issue(S::new_key()).await;
    assert_eq!(refused::<S>(&kit, signed::<S>(&stranger)).await, wrong_answer::<S>(&kit, &key).await);
}

pub(crate) async fn a_revoked_disabled_or_ownerless_key_looks_like_a_wrong_one<S: SchemeUnderTest>() {
    for change in ["revoke", "disable", "user", "account", "site"] {
        let kit = Kit::new().await;
        let key = kit.issue(S::new_key()).await;
        let wrong = wrong_answer::<S>(&kit, &key).await;
        match change {
            "revoke" => kit.revoke(&key.id).await,
            "disable" => kit.disable(&key.id).await,
            "user" => kit.deactivate(OwnerRef::User("ada".into())).await,
            "account" => kit.deactivate(OwnerRef::Account("acme".into())).await,
            _ => kit.deactivate(OwnerRef::Site("shop".into())).await,
        }
        assert_eq!(refused::<S>(&kit, signed::<S>(&key)).await, wrong, "{change}");
    }
}

pub(crate) async fn a_key_works_between_its_start_and_its_end<S: SchemeUnderTest>() {
    let kit = Kit::new().await;
    let (start, end) =
        (NOW.saturating_add(Duration::from_secs(10)), NOW.saturating_add(Duration::from_secs(20)));
    let key = kit.issue(S::new_key().with_not_before(start).with_expires_at(end)).await;
    let layer = kit.layer(S::authenticator(kit.keys.clone(), kit.nonces.clone()));
    let mut statuses = Vec::new();
    for second in [9, 10, 19, 20] {
        let now = NOW.saturating_add(Duration::from_secs(second));
        kit.clock.set(now);
        statuses.push(send(&layer, S::sign(&key, "GET", "/", b"", now)).await.status.as_u16());
    }
    assert_eq!(statuses, [401, 200, 200, 401]);
}

pub(crate) async fn an_entry_point_that_is_not_allowed_is_403<S: SchemeUnderTest>() {
    let kit = Kit::new().await;
    let only = portcullis::store::EntryPoints::only(["/orders/7"]).expect("a name");
    let key = kit.issue(S::new_key().with_entry_points(only)).await;
    let layer = kit.layer(S::authenticator(kit.keys.clone(), kit.nonces.clone()));
    for (path, status) in
        [("/orders/7", 200), ("/orders/8", 403), ("/orders", 403), ("/orders/../admin", 403), ("/", 403)]
    {
        let answer = send(&layer, S::sign(&key, "GET", path, b"", NOW)).await;
        assert_eq!(answer.status, status, "{path}");
    }
}

pub(crate) async fn a_store_that_is_down_is_503<S: SchemeUnderTest>() {
    let kit = Kit::new().await;
    let key = kit.issue(S::new_key()).await;
    let layer = kit.layer(S::authenticator(Down, kit.nonces.clone())).allow_anonymous();
    let answer = send(&layer, signed::<S>(&key)).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, vec!["5"]));
    if S::CLAIMS {
        let layer = kit.layer(S::authenticator(kit.keys.clone(), Down));
        assert_eq!(send(&layer, signed::<S>(&key)).await.status, 503);
    }
}

pub(crate) async fn a_repeat_is_refused_unless_it_only_reads<S: SchemeUnderTest>() {
    let kit = Kit::new().await;
    let key = kit.issue(S::new_key()).await;
    let layer = kit.layer(S::authenticator(kit.keys.clone(), kit.nonces.clone()));
    let again = if S::CLAIMS { 401 } else { 200 };
    let read_again = if S::REFUSES_EVERY_REPEAT { 401 } else { 200 };
    for (method, second) in [("GET", read_again), ("HEAD", read_again), ("POST", again), ("DELETE", again)] {
        kit.clock.advance(Duration::from_secs(1));
        let now = portcullis::Clock::now(&kit.clock);
        let sent = S::sign(&key, method, "/orders", b"x", now);
        for status in [200, second] {
            assert_eq!(send(&layer, sent.clone()).await.status, status, "{method}");
        }
    }
    // Where no method is signed, what was read once must not be usable to delete.
    kit.clock.advance(Duration::from_secs(1));
    let now = portcullis::Clock::now(&kit.clock);
    let read = S::sign(&key, "GET", "/orders", b"", now);
    let mut deletes = read.clone();
    *deletes.method_mut() = http::Method::DELETE;
    assert_eq!(send(&layer, read).await.status, 200);
    assert_eq!(send(&layer, deletes).await.status, if S::SIGNS_METHOD { 401 } else { again });
}

pub(crate) async fn a_body_over_the_limit_is_413_for_known_keys_only<S: SchemeUnderTest>() {
    let kit = Kit::new().await;
    let key = kit.issue(S::new_key()).await;
    let stranger = Kit::new().await.issue(S::new_key()).await;
    let layer = kit.layer(S::authenticator(kit.keys.clone(), kit.nonces.clone())).with_body_limit(8);
    let over = if S::READS_BODY { 413 } else { 200 };
    for (key, body, status) in
        [(&key, "12345678", 200), (&key, "123456789", over), (&stranger, "123456789", 401)]
    {
        let answer = send(&layer, S::sign(key, "POST", "/", body.as_bytes(), NOW)).await;
        assert_eq!(answer.status, status, "{body}");
    }
}

pub(crate) async fn a_key_of_another_scheme_or_realm_is_unknown<S: SchemeUnderTest>() {
    let kit = Kit::new().await;
    let mut key = S::new_key();
    key.realm = portcullis::Realm::new("elsewhere");
    let elsewhere = kit.issue(key).await;
    assert_eq!(refused::<S>(&kit, signed::<S>(&elsewhere)).await.status, 401);

    let mut key = S::new_key();
    key.scheme = match key.scheme {
        portcullis::Scheme::XAuth => portcullis::Scheme::QuerySignature,
        _ => portcullis::Scheme::XAuth,
    };
    let other = kit.issue(key).await;
    assert_eq!(refused::<S>(&kit, signed::<S>(&other)).await.status, 401);
}
