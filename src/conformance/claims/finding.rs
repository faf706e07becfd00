//! Finding keys.

use crate::store::{KeyAdmin, KeyHandle, KeyHasher, StoredPrincipal};
use crate::{Realm, Reason, Scheme, Secret};

use super::fixtures::*;

/// An API key is found by the digest of its text, with its id, scheme and realm, and with a
/// principal that names it as the credential.
pub async fn an_issued_api_key_is_found_by_its_digest(store: &impl KeyAdmin<Principal = StoredPrincipal>) {
    let issued = issue(store, api_key()).await;
    let found = find_key(store, &issued.secret).await.expect("found");
    assert_eq!((found.id(), found.scheme(), found.realm()), (&issued.id, Scheme::ApiKey, &Realm::default()));
    assert_eq!(refusal(&found, at(0)), None);
    let credential = found.principal().credential().expect("a credential");
    assert_eq!((credential.scheme(), credential.key()), (Scheme::ApiKey, Some(&issued.id)));
}

/// A key of a signing scheme is found by scheme and id, with the one secret that was issued,
/// ready to sign.
pub async fn a_signing_key_is_found_by_its_id_with_a_secret_that_signs(store: &impl KeyAdmin) {
    for scheme in [Scheme::XAuth, Scheme::QuerySignature] {
        let mut key = signing_key();
        key.scheme = scheme;
        let issued = issue(store, key).await;
        let found = find_id(store, scheme, issued.id.as_str()).await.expect("found");
        assert!(signs_with(&found, &issued.secret, at(0)));
        assert_eq!(found.secrets_at(at(0)).count(), 1);
    }
}

/// What one realm holds is unknown in every other, by digest and by id.
pub async fn a_key_of_another_realm_is_not_found(store: &impl KeyAdmin) {
    let elsewhere = Realm::from("elsewhere");
    let opaque = issue(store, api_key().with_realm(elsewhere.clone())).await;
    let signing = issue(store, signing_key().with_realm(elsewhere.clone())).await;
    assert!(find_key(store, &opaque.secret).await.is_none());
    assert!(find_in(store, &elsewhere, &opaque.secret).await.is_some());
    assert!(find_id(store, Scheme::XAuth, signing.id.as_str()).await.is_none());
}

/// Two realms may hold the same secret, and each finds its own key by it.
pub async fn the_same_secret_in_two_realms_is_two_keys(store: &impl KeyAdmin) {
    let (realms, secret) = (["one", "two"].map(Realm::from), Secret::from(IMPORTED));
    for realm in &realms {
        let key = api_key().with_secret(secret.clone()).with_id(realm.as_str()).with_realm(realm.clone());
        keep(store, key).await;
    }
    for realm in &realms {
        let found = find_in(store, realm, &secret).await.expect("found");
        assert_eq!((found.id().as_str(), found.realm()), (realm.as_str(), realm));
    }
    assert!(find_key(store, &secret).await.is_none());
}

/// An id is found under its own scheme alone, and the secret of a signing key is no API key.
pub async fn a_key_of_another_scheme_is_not_found(store: &impl KeyAdmin) {
    let issued = issue(store, signing_key()).await;
    for scheme in [Scheme::QuerySignature, Scheme::ApiKey, Scheme::Jwt, Scheme::Other("x-auth")] {
        assert!(find_id(store, scheme, issued.id.as_str()).await.is_none(), "{scheme:?}");
    }
    assert!(find_key(store, &issued.secret).await.is_none());
}

/// Ids are compared byte by byte: not folded, not trimmed, not cut at a zero byte.
pub async fn an_id_in_another_case_is_not_found(store: &impl KeyAdmin) {
    keep(store, signing_key().with_id("AbCd")).await;
    for other in ["abcd", "ABCD", "AbC", "AbCd ", " AbCd", "AbCd\0", ""] {
        assert!(find_id(store, Scheme::XAuth, other).await.is_none(), "{other:?}");
    }
    assert!(find_id(store, Scheme::XAuth, "AbCd").await.is_some());
}

/// The public id of an API key, which is no secret, finds nothing.
pub async fn an_api_key_is_not_found_by_its_id(store: &impl KeyAdmin) {
    let issued = issue(store, api_key()).await;
    assert!(find_id(store, Scheme::ApiKey, issued.id.as_str()).await.is_none());
}

/// A key of either kind is found by its name alone, with all that says how it stands, and without a
/// secret that anything could be checked with.
pub async fn a_key_is_found_by_its_name_without_its_secrets(store: &impl KeyAdmin) {
    for (scheme, issued) in both_kinds(store, |key| key).await {
        let (key, other) = (default_realm(&issued.id), Realm::from("other"));
        let find = async |realm: &Realm, id: &str| {
            store.find(&KeyHandle::Name { realm, id }).await.expect("an answer")
        };
        let found = find(&key.realm, key.id.as_str()).await.expect("found");
        assert_eq!((found.id(), found.realm(), found.scheme()), (&key.id, &key.realm, scheme));
        assert_eq!((refusal(&found, at(1)), found.secrets_at(at(1)).count()), (None, 0));
        assert!(find(&other, key.id.as_str()).await.is_none(), "of another realm");
        assert!(find(&key.realm, &format!("{}x", key.id.as_str())).await.is_none());
        store.revoke(&key, "it leaked", at(2)).await.expect("revoked");
        let revoked = find(&key.realm, key.id.as_str()).await.expect("found");
        assert_eq!(refusal(&revoked, at(3)), Some(Reason::KeyRevoked));
        assert!(revoked.epoch() > found.epoch());
    }
}

/// What the store does not hold is `None` and no error; so is a look-up of no digest at all.
pub async fn an_unknown_key_is_none(store: &impl KeyAdmin) {
    assert!(find_key(store, &Secret::from(IMPORTED)).await.is_none());
    assert!(find_id(store, Scheme::XAuth, "' OR 1=1 --").await.is_none());
    let nothing = KeyHandle::Digests { realm: &Realm::default(), digests: &[] };
    assert!(store.find(&nothing).await.expect("an answer").is_none());
}

/// Of several digests that are held, the first that was asked for answers.
pub async fn the_first_digest_that_is_held_answers(store: &impl KeyAdmin) {
    let (first, second) = (issue(store, api_key()).await, issue(store, api_key()).await);
    let digest = |text: &[u8]| KeyHasher::sha256().digest(text);
    let (one, two) = (digest(first.secret.expose()), digest(second.secret.expose()));
    let realm = Realm::default();
    for (digests, id) in
        [([digest(b"no"), one, two], &first.id), ([two, one, one], &second.id), ([one, two, two], &first.id)]
    {
        let found = store.find(&KeyHandle::Digests { realm: &realm, digests: &digests }).await;
        assert_eq!(found.expect("an answer").expect("found").id(), id);
    }
}
