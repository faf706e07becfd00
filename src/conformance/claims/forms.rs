//! Which forms of signature keys accept.

use crate::store::{AdminError, KeyAdmin, KeyEdit, KeyOwner, KeyQuery, NewKey, SignatureForms};
use crate::{Realm, Scheme};

use super::fixtures::*;

/// A key accepts any form where nothing is said, and the strict one alone where it was issued so:
/// when it is found, when it is found by its name, and in lists.
pub async fn a_key_accepts_any_form_unless_it_is_issued_with_the_strict_one_alone(store: &impl KeyAdmin) {
    for scheme in [Scheme::XAuth, Scheme::QuerySignature] {
        let key = || NewKey::new(scheme, KeyOwner::default());
        let any = issue(store, key()).await;
        let strict = issue(store, key().strict_only()).await;
        for (issued, forms) in [(&any, SignatureForms::Any), (&strict, SignatureForms::StrictOnly)] {
            let found = find_id(store, scheme, issued.id.as_str()).await.expect("found");
            assert_eq!(found.signature_forms(), forms);
            let known = store.find_key(&default_realm(&issued.id)).await.expect("an answer");
            assert_eq!(known.expect("a known key").signature_forms, forms);
        }
    }
    let listed = store.list(&KeyQuery::new(Realm::default()).with_limit(10), at(0)).await.expect("a list");
    let strict = listed.iter().filter(|line| line.signature_forms == SignatureForms::StrictOnly).count();
    assert_eq!((listed.len(), strict), (4, 2));
}

/// Forms that are edited hold at the next look-up, raise the epoch, and stay through other edits
/// and rotations.
pub async fn the_forms_of_a_key_hold_at_once_when_they_are_edited_and_through_rotation(
    store: &impl KeyAdmin,
) {
    let issued = issue(store, signing_key()).await;
    let key = default_realm(&issued.id);
    let mut before = None;
    for forms in [SignatureForms::StrictOnly, SignatureForms::Any, SignatureForms::StrictOnly] {
        store.edit(&key, KeyEdit::new().signature_forms(forms)).await.expect("edited");
        let found = find_id(store, Scheme::XAuth, issued.id.as_str()).await.expect("found");
        assert_eq!(found.signature_forms(), forms);
        assert!(before.replace(found.epoch()) < Some(found.epoch()));
    }
    store.edit(&key, KeyEdit::new().label("new")).await.expect("edited");
    drop(store.rotate(&key, seconds(60), at(0)).await.expect("rotated"));
    let found = find_id(store, Scheme::XAuth, issued.id.as_str()).await.expect("found");
    assert_eq!(found.signature_forms(), SignatureForms::StrictOnly);
    let known = store.find_key(&key).await.expect("an answer").expect("a known key");
    assert_eq!(known.signature_forms, SignatureForms::StrictOnly);
    store.revoke(&key, "lost", at(5)).await.expect("revoked");
    let refused = store.edit(&key, KeyEdit::new().signature_forms(SignatureForms::Any)).await;
    assert!(matches!(refused, Err(AdminError::Revoked)), "{refused:?}");
}

/// A key of a scheme that has one form is neither issued with the strict one alone nor edited so.
pub async fn only_schemes_with_two_forms_have_keys_with_one(store: &impl KeyAdmin) {
    for scheme in [Scheme::ApiKey, Scheme::SigV4, Scheme::MessageSignature] {
        let refused = store.issue(NewKey::new(scheme, KeyOwner::default()).strict_only(), at(0)).await;
        assert!(matches!(refused, Err(AdminError::Invalid(_))), "{scheme}: {refused:?}");
        let issued = issue(store, NewKey::new(scheme, KeyOwner::default())).await;
        let key = default_realm(&issued.id);
        let strict = KeyEdit::new().label("new").signature_forms(SignatureForms::StrictOnly);
        let refused = store.edit(&key, strict).await;
        assert!(matches!(refused, Err(AdminError::Invalid(_))), "{scheme}: {refused:?}");
        let known = store.find_key(&key).await.expect("an answer").expect("a known key");
        assert_eq!((known.signature_forms, known.label.as_str()), (SignatureForms::Any, ""));
    }
}
