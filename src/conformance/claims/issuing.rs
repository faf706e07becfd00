//! Issuing keys.

use crate::store::{
    AdminError, EntryPoints, IssuedSecret, KeyAdmin, KeyOwner, KeyQuery, Networks, NewKey, StoredPrincipal,
};
use crate::{Realm, Scheme, Scopes, Secret};

use super::fixtures::*;

/// Generated ids and secrets have the form that
/// [`KeySecret::Generate`](crate::store::KeySecret::Generate) states, the prefix included.
pub async fn generated_keys_have_the_form_of_their_scheme(store: &impl KeyAdmin) {
    let text = |secret: &IssuedSecret| secret.expose_text().expect("text").to_owned();
    let letters = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let url = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));

    let opaque = issue(store, api_key().with_prefix("igny8_")).await;
    let (id, secret) = (opaque.id.as_str().to_owned(), text(&opaque.secret));
    assert!(id.strip_prefix("key_").is_some_and(|rest| rest.len() == 16 && letters(rest)), "{id}");
    assert!(secret.strip_prefix("igny8_").is_some_and(|rest| rest.len() == 40 && letters(rest)));

    let signed_url = issue(store, NewKey::new(Scheme::QuerySignature, KeyOwner::default())).await;
    let (id, secret) = (signed_url.id.as_str(), text(&signed_url.secret));
    assert!(id.len() == 8 && hex(id) && secret.len() == 32 && hex(&secret), "{id}");

    let x_auth = issue(store, signing_key()).await;
    let (id, secret) = (x_auth.id.as_str(), text(&x_auth.secret));
    assert!(id.len() == 22 && url(id) && secret.len() == 43 && url(&secret), "{id}");
}

/// An imported secret is found, or signs, as it was handed in.
pub async fn an_imported_secret_stays_what_it_is(store: &impl KeyAdmin) {
    let imported = Secret::from(IMPORTED);
    let issued = issue(store, api_key().with_prefix("igny8_").with_secret(imported.clone())).await;
    assert!(issued.secret.matches(imported.expose()));
    assert!(find_key(store, &imported).await.is_some());

    let signing = Secret::from("an old one, with spaces");
    keep(store, signing_key().with_id("483a570a").with_secret(signing.clone())).await;
    let found = find_id(store, Scheme::XAuth, "483a570a").await.expect("found");
    assert!(signs_with(&found, &signing, at(0)));
}

/// Imported secrets that are too short, too long, not printable ASCII or without the prefix are
/// invalid; so is a prefix of a wrong form. The shortest and the longest API key are taken.
pub async fn secrets_of_a_wrong_form_are_refused(store: &impl KeyAdmin) {
    let long = "a".repeat(256);
    for bad in
        ["", "nineteen characters", "twenty characters or", "exactly\u{e9}twenty\u{e9}characters", &long]
    {
        let answer = store.issue(api_key().with_secret(Secret::from(bad)), at(0)).await;
        assert!(matches!(answer, Err(AdminError::Invalid(_))), "{bad:?}: {answer:?}");
    }
    for bad in ["", "seven77", "line\nfeed", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"] {
        let answer = store.issue(signing_key().with_secret(Secret::from(bad)), at(0)).await;
        assert!(matches!(answer, Err(AdminError::Invalid(_))), "{bad:?}: {answer:?}");
    }
    let prefixes =
        [api_key().with_prefix("acme_").with_secret(Secret::from(IMPORTED)), api_key().with_prefix("a b")];
    for key in prefixes {
        assert!(matches!(store.issue(key, at(0)).await, Err(AdminError::Invalid(_))));
    }
    for good in ["a".repeat(20), "a".repeat(255)] {
        keep(store, api_key().with_secret(Secret::from(good))).await;
    }
}

/// Ids that are empty, too long or not printable ASCII are invalid; so are labels with control
/// characters.
pub async fn ids_of_a_wrong_form_are_refused(store: &impl KeyAdmin) {
    let long = "a".repeat(256);
    for bad in ["", "a b", "a\n", "\u{e9}", &long] {
        let answer = store.issue(signing_key().with_id(bad), at(0)).await;
        assert!(matches!(answer, Err(AdminError::Invalid(_))), "{bad:?}: {answer:?}");
    }
    let label = store.issue(signing_key().with_label("a\nb"), at(0)).await;
    assert!(matches!(label, Err(AdminError::Invalid(_))));
}

/// Keys of a scheme that no store holds keys for are invalid, generated or imported.
pub async fn schemes_without_stored_keys_are_refused(store: &impl KeyAdmin) {
    for scheme in [Scheme::Jwt, Scheme::Other("x-auth")] {
        let generated = NewKey::new(scheme, KeyOwner::default());
        let imported = NewKey::new(scheme, KeyOwner::default()).with_id("k").with_secret(IMPORTED.into());
        for key in [generated, imported] {
            assert!(matches!(store.issue(key, at(0)).await, Err(AdminError::Invalid(_))), "{scheme:?}");
        }
    }
}

/// An id that is in use is a duplicate, whatever the scheme; in another case or another realm it
/// is another id.
pub async fn an_id_is_given_once_in_a_realm(store: &impl KeyAdmin) {
    keep(store, signing_key().with_id("k")).await;
    for again in [signing_key().with_id("k"), api_key().with_id("k")] {
        assert!(matches!(store.issue(again, at(0)).await, Err(AdminError::Duplicate)));
    }
    keep(store, signing_key().with_id("K")).await;
    keep(store, signing_key().with_id("k").with_realm(Realm::from("elsewhere"))).await;
}

/// An API key that is in use is a duplicate, and stays what it was.
pub async fn an_api_key_is_given_once_in_a_realm(store: &impl KeyAdmin) {
    let key = || api_key().with_secret(Secret::from(IMPORTED));
    let first = issue(store, key()).await;
    assert!(matches!(store.issue(key(), at(0)).await, Err(AdminError::Duplicate)));
    let found = find_key(store, &Secret::from(IMPORTED)).await.expect("found");
    assert_eq!(found.id(), &first.id);
}

/// A key whose validity ends when it begins is invalid.
pub async fn an_end_before_the_beginning_is_refused(store: &impl KeyAdmin) {
    let key = api_key().with_not_before(at(10)).with_expires_at(at(10));
    assert!(matches!(store.issue(key, at(0)).await, Err(AdminError::Invalid(_))));
}

/// Scopes, limits, label and times come back as they were handed in, when the key is found and
/// when it is listed; text of every script with them.
pub async fn everything_about_a_key_comes_back(store: &impl KeyAdmin<Principal = StoredPrincipal>) {
    let names: [Option<&[&str]>; 3] = [None, Some(&[]), Some(&["api/hello/", "/orders/{id}", "*"])];
    for (n, names) in (0..).zip(names) {
        let entry_points = names
            .map_or_else(EntryPoints::any, |only| EntryPoints::only(only.iter().copied()).expect("names"));
        let networks = Networks::any().with_allowed(names.into_iter().flatten().map(|_| "10.0.0.0/8"));
        let networks = networks.expect("networks");
        let scopes = Scopes::parse("orders:read orders:write").expect("scopes");
        let key = api_key()
            .with_id(format!("k{n}"))
            .with_label("ünï 'cödé'; --")
            .with_scopes(scopes.clone())
            .with_entry_points(entry_points.clone())
            .with_networks(networks.clone())
            .with_not_before(at(10))
            .with_expires_at(at(20));
        let issued = store.issue(key, at(5)).await.expect("issued");

        let found = find_key(store, &issued.secret).await.expect("found");
        assert_eq!((found.entry_points(), found.principal().scopes()), (&entry_points, &scopes));
        assert_eq!((found.not_before(), found.expires_at()), (Some(at(10)), Some(at(20))));
        let usable = [9, 10, 19, 20].map(|now| refusal(&found, at(now)).is_none());
        assert_eq!(usable, [false, true, true, false]);

        let listed =
            store.list(&KeyQuery::new(Realm::default()).with_limit(10), at(0)).await.expect("a list");
        let line = listed.iter().find(|line| line.id == issued.id).expect("a line");
        assert_eq!((line.label.as_str(), line.created_at), ("ünï 'cödé'; --", at(5)));
        assert_eq!((&line.scopes, &line.entry_points), (&scopes, &entry_points));
        assert_eq!((found.networks(), &line.networks), (&networks, &networks));
        assert_eq!((line.not_before, line.expires_at), (Some(at(10)), Some(at(20))));
    }
}

/// Of two that issue the same id at the same moment one succeeds, and the other is told that it
/// is a duplicate.
pub async fn of_two_that_issue_the_same_id_at_once_one_succeeds(store: &impl KeyAdmin) {
    let key = || signing_key().with_id("k");
    let mut answers = at_once([store.issue(key(), at(0)), store.issue(key(), at(0))]).await;
    answers.sort_by_key(Result::is_err);
    assert!(matches!(answers[..], [Ok(_), Err(AdminError::Duplicate)]), "{answers:?}");
}
