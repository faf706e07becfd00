//! Records are cached, decisions are not.

use http::{HeaderMap, HeaderValue};
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::request::{BodyGate, RequestTarget, RequestView};
use portcullis::store::cached::CacheSettings;
use portcullis::store::{EntryPoints, KeyHandle, KeyOwner, Networks, NewKey};
use portcullis::{Authenticator, KeyAdmin, KeyStore, Outcome, Realm, Reason, Scheme, Secret, Timestamp};

use crate::backing::{Cached, NOW, cached, digest_of, find, find_id, known, seconds};

/// Why a request with this key is refused at a moment, from an address; nothing if it is not.
async fn refusal(keys: &Cached, secret: &impl AsRef<Secret>, now: Timestamp, from: &str) -> Option<Reason> {
    let authenticator = ApiKeyAuthenticator::new(keys.clone(), KeyShape::any());
    let mut headers = HeaderMap::new();
    let value = format!("Bearer {}", secret.as_ref().expose_text().expect("text"));
    headers.insert("authorization", HeaderValue::from_str(&value).expect("a header"));
    let gate = BodyGate::new();
    let view = RequestView::new(RequestTarget::new("GET", "/", None), &headers, &gate, now)
        .with_peer(Some(from.parse().expect("an address")));
    match authenticator.authenticate(&view).await {
        Ok(Outcome::Authenticated(_)) => None,
        Ok(Outcome::Absent) => panic!("the key was not seen"),
        Err(error) => Some(error.reason()),
    }
}

#[tokio::test]
async fn expiry_address_and_entry_point_are_checked_on_every_hit() {
    let (keys, store, _) = cached(CacheSettings::new());
    let new = NewKey::new(Scheme::ApiKey, KeyOwner::default())
        .with_not_before(NOW)
        .with_expires_at(NOW.saturating_add(seconds(20)))
        .with_networks(Networks::any().with_allowed(["192.0.2.0/24"]).expect("a network"));
    let secret = store.keys().issue(new, NOW).await.expect("issued").secret;
    let at = |second| NOW.saturating_add(seconds(second));
    for (second, from, reason) in [
        (19, "192.0.2.7", None),
        (20, "192.0.2.7", Some(Reason::Expired)),
        (19, "198.51.100.1", Some(Reason::AddressNotAllowed)),
        (0, "192.0.2.7", None),
    ] {
        assert_eq!(refusal(&keys, &secret, at(second), from).await, reason, "{second} {from}");
    }
    let early = NOW.saturating_sub(seconds(1));
    assert_eq!(refusal(&keys, &secret, early, "192.0.2.7").await, Some(Reason::NotYetValid));

    let new = NewKey::new(Scheme::ApiKey, KeyOwner::default())
        .with_entry_points(EntryPoints::only(["orders"]).expect("names"));
    let secret = store.keys().issue(new, NOW).await.expect("issued").secret;
    for _ in 0..2 {
        let reason = refusal(&keys, &secret, NOW, "192.0.2.7").await;
        assert_eq!(reason, Some(Reason::EntryPointNotAllowed));
    }
    assert_eq!(store.asked(), 2, "one question for each key");
}

#[tokio::test]
async fn a_cached_key_of_one_realm_is_unknown_in_another() {
    let (keys, store, _) = cached(CacheSettings::new());
    let digest = known(store.keys(), KeyOwner::default()).await.digest;
    let (home, other) = (Realm::default(), Realm::from("other"));
    for (realm, found) in [(&home, true), (&other, false), (&home, true), (&other, false)] {
        let handle = KeyHandle::Digests { realm, digests: &[digest] };
        assert_eq!(keys.find(&handle).await.expect("an answer").is_some(), found, "{realm}");
    }
    assert_eq!(store.asked(), 2);
}

#[tokio::test]
async fn a_cached_id_of_one_scheme_is_unknown_in_another() {
    let (keys, store, _) = cached(CacheSettings::new());
    let new = NewKey::new(Scheme::XAuth, KeyOwner::default());
    let id = store.keys().issue(new, NOW).await.expect("issued").id;
    let realm = Realm::default();
    for _ in 0..2 {
        assert!(find_id(&keys, &id).await.is_some());
        for scheme in [Scheme::QuerySignature, Scheme::Other("x-auth")] {
            let handle = KeyHandle::Id { realm: &realm, scheme, id: id.as_str() };
            assert!(keys.find(&handle).await.expect("an answer").is_none(), "{scheme}");
        }
    }
    assert_eq!(store.asked(), 3);
}

/// Two authenticators may share their newest pepper and nothing else.
#[tokio::test]
async fn a_list_of_digests_is_answered_for_itself_alone() {
    let (keys, store, _) = cached(CacheSettings::new());
    let old = known(store.keys(), KeyOwner::default()).await.digest;
    let [newest, other] = [b"newest", b"other "].map(|text| digest_of(&Secret::new(text.to_vec())));
    let realm = Realm::default();
    for _ in 0..2 {
        for (digests, found) in
            [(&[newest, old][..], true), (&[newest, other], false), (&[newest], false), (&[], false)]
        {
            let handle = KeyHandle::Digests { realm: &realm, digests };
            assert_eq!(keys.find(&handle).await.expect("an answer").is_some(), found);
        }
    }
    assert_eq!(store.asked(), 4);
    assert!(find(&keys, old).await.is_some());
}

#[tokio::test]
async fn nothing_that_was_asked_is_printed() {
    let (keys, store, _) = cached(CacheSettings::new());
    let known = known(store.keys(), KeyOwner::default()).await;
    let shown = format!("{:?}", portcullis::store::cached::CachedKeyStore::new(store.keys().clone()));
    assert!(!shown.contains(known.secret.expose_text().expect("text")));
    assert!(find(&keys, known.digest).await.is_some());
}
