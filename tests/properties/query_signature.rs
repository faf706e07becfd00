//! Signed URLs.

use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};
use portcullis::store::memory::MemoryNonceStore;
use portcullis::{Scheme, Timestamp};
use proptest::prelude::*;

use crate::harness::{NOW, keys, verdict, with_byte};

/// The target with every spelling of the signature's `+`, `/` and `=` made one.
fn unified(target: &[u8]) -> String {
    let text = String::from_utf8_lossy(target).into_owned();
    match text.split_once("&signature=") {
        None => text,
        Some((signed, signature)) => {
            let signature =
                signature.replace("%2B", "+").replace("%2b", "+").replace("%20", "+").replace(' ', "+");
            let signature =
                signature.replace("%2F", "/").replace("%2f", "/").replace("%3D", "=").replace("%3d", "=");
            format!("{signed}&signature={signature}")
        }
    }
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted_and_any_change_is_refused(
        target in "/[a-z/.%]{0,12}(\\?[a-z]{1,3}=[a-zA-Z0-9+%;=]{0,8}(&[a-z]{1,3}){0,2})?",
        body in prop::collection::vec(any::<u8>(), 0..200),
        compatible in any::<bool>(),
        place in any::<usize>(),
        byte in any::<u8>(),
    ) {
        let (keys, key) = keys(Scheme::QuerySignature);
        let signer = QuerySigner::new(key.id, &key.secret);
        let Ok(url) = signer.sign(&target, &body, Timestamp::from_unix_seconds(NOW)) else {
            return Err(TestCaseError::reject("not a target to sign"));
        };
        let authenticator = || {
            let strict = QuerySignatureAuthenticator::new(keys.clone(), MemoryNonceStore::new());
            if compatible { strict.accept_compatible_form() } else { strict }
        };
        prop_assert!(verdict(&authenticator(), &url, &[], &body).is_ok(), "{url}");

        let changed = with_byte(url.as_bytes(), place, byte);
        if let Ok(changed) = String::from_utf8(changed)
            && unified(changed.as_bytes()) != unified(url.as_bytes())
            && !compatible
        {
            prop_assert!(verdict(&authenticator(), &changed, &[], &body).is_err(), "{changed}");
        }
        if !body.is_empty() {
            let other = with_byte(&body, place, byte);
            prop_assert!(verdict(&authenticator(), &url, &[], &other).is_err());
        }
    }

    #[test]
    fn a_strict_signature_covers_one_split_of_query_and_body_only(
        query in "([a-z]{1,2}(=[a-z&]{0,3})?&){0,2}",
        body in "[a-z=&]{0,6}",
        shift in -12_isize..12,
    ) {
        let (keys, key) = keys(Scheme::QuerySignature);
        let signer = QuerySigner::new(key.id, &key.secret);
        let target = format!("/?{}", query.trim_end_matches('&'));
        let Ok(url) = signer.sign(&target, body.as_bytes(), Timestamp::from_unix_seconds(NOW)) else {
            return Err(TestCaseError::reject("ambiguous"));
        };
        let (signed, signature) = url.split_once("&signature=").expect("signed");
        let whole = format!("{signed}{body}");
        let cut = signed.len().saturating_add_signed(shift).min(whole.len());
        let (query, moved) = whole.split_at(cut);
        let authenticator = QuerySignatureAuthenticator::new(keys, MemoryNonceStore::new());
        let found = verdict(&authenticator, &format!("{query}&signature={signature}"), &[], moved.as_bytes());
        prop_assert_eq!(found.is_ok(), cut == signed.len(), "{} | {}", query, moved);
    }

    #[test]
    fn arbitrary_queries_never_panic_and_never_pass(query in "\\PC{0,80}", compatible in any::<bool>()) {
        let (keys, key) = keys(Scheme::QuerySignature);
        let strict = QuerySignatureAuthenticator::new(keys, MemoryNonceStore::new());
        let authenticator = if compatible { strict.accept_compatible_form() } else { strict };
        let target = format!("/?{query}");
        prop_assert!(verdict(&authenticator, &target, &[], b"").is_err());
        let nearly = format!("/?{query}&timestamp={NOW}&apikey={}&signature={query}", key.id);
        prop_assert!(verdict(&authenticator, &nearly, &[], b"").is_err());
    }
}
