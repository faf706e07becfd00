//! Keeping secrets secret.

use crate::store::{KeyAdmin, KeyHasher, KeyQuery, StoredPrincipal};
use crate::{Realm, Scheme, Secret};

use super::fixtures::*;

/// What a store hands out, and the errors it answers with, do not print a secret.
pub async fn the_secret_is_nowhere_in_debug_output_or_lists(
    store: &impl KeyAdmin<Principal = StoredPrincipal>,
) {
    let opaque = issue(store, api_key().with_prefix("igny8_").with_id("opaque")).await;
    let signing = issue(store, signing_key().with_id("signing")).await;
    let renewed = store.rotate(&default_realm(&signing.id), seconds(60), at(0)).await.expect("rotated");
    let again = store.issue(api_key().with_secret(opaque.secret.as_ref().clone()), at(0)).await;
    let digest = KeyHasher::sha256().digest(opaque.secret.expose());
    let printed = [
        format!("{opaque:?} {signing:?} {renewed:?}"),
        format!("{:?}", find_key(store, &opaque.secret).await),
        format!("{:?}", find_id(store, Scheme::XAuth, "signing").await),
        format!("{:?}", store.list(&KeyQuery::new(Realm::default()).with_limit(10), at(0)).await),
        format!("{again:?} {}", again.as_ref().expect_err("a duplicate")),
        format!("{:?}", api_key().with_secret(opaque.secret.as_ref().clone())),
        format!("{digest:?}"),
    ];
    for text in &printed {
        for secret in [&opaque.secret, &signing.secret, &renewed.secret] {
            assert!(!shows(text, secret), "{text}");
        }
    }
    assert!(shows(&format!("{:?}", opaque.secret.expose()), &opaque.secret), "bytes are recognised");
}

/// Whether a text holds the secret, as text or as a list of its bytes.
fn shows(text: &str, secret: &impl AsRef<Secret>) -> bool {
    let secret = secret.as_ref();
    let bytes = format!("{:?}", secret.expose());
    text.contains(secret.expose_text().expect("text")) || text.contains(bytes.trim_matches(['[', ']']))
}
