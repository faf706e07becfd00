//! What operators may see of secrets.

use crate::Secret;
use crate::store::{KeyAdmin, KeyFormat, KeyRef};

use super::fixtures::*;

/// The hint of a key, as a list and a look-up tell it.
pub(super) async fn shown(store: &impl KeyAdmin, key: &KeyRef) -> String {
    let query = crate::store::KeyQuery::new(key.realm.clone());
    let listed = store.list(&query, at(0)).await.expect("a list");
    let listed = listed.into_iter().find(|line| line.id == key.id).expect("the key");
    let known = store.find_key(key).await.expect("an answer").expect("the key");
    assert_eq!(listed.hint, known.hint);
    known.hint.to_string()
}

fn last_four(secret: &impl AsRef<Secret>) -> String {
    let text = secret.as_ref().expose_text().expect("a text");
    text[text.len() - 4..].to_owned()
}

/// Of a new key its prefix is shown, and the last four characters of its secret; of a signing key
/// those alone. It makes no difference whether it is issued alone or with others.
pub async fn a_new_key_shows_its_prefix_and_the_last_four_of_its_secret(store: &impl KeyAdmin) {
    let key = issue(store, api_key().with_prefix("acme_")).await;
    assert_eq!(shown(store, &default_realm(&key.id)).await, format!("acme_…{}", last_four(&key.secret)));
    let format = KeyFormat::checked("acme", "live").expect("a format");
    let key = issue(store, api_key().with_format(format)).await;
    assert_eq!(shown(store, &default_realm(&key.id)).await, format!("acme_live_…{}", last_four(&key.secret)));
    let keys = vec![
        signing_key().with_prefix("none_"),
        api_key().with_prefix("igny8_").with_secret(IMPORTED.into()),
    ];
    let keys = store.issue_all(keys, at(0)).await.expect("issued");
    assert_eq!(shown(store, &default_realm(&keys[0].id)).await, format!("…{}", last_four(&keys[0].secret)));
    assert_eq!(shown(store, &default_realm(&keys[1].id)).await, "igny8_…ij01");
}

/// The last four are shown where 32 characters are behind the prefix; of a shorter secret the prefix
/// alone is, and nothing where there is none.
pub async fn a_short_secret_shows_its_prefix_alone(store: &impl KeyAdmin) {
    let long = "0123456789abcdef0123456789abcdef";
    for (key, expected) in [
        (api_key().with_prefix("p_").with_secret(format!("p_{long}").as_str().into()), "p_…cdef"),
        (api_key().with_prefix("p_").with_secret(format!("p_{}", &long[1..]).as_str().into()), "p_…"),
        (api_key().with_secret(long[1..].into()), ""),
        (signing_key().with_secret(long.into()), "…cdef"),
        (signing_key().with_secret(long[1..].into()), ""),
    ] {
        let issued = issue(store, key).await;
        let known = shown(store, &default_realm(&issued.id)).await;
        assert_eq!(known, expected, "of a secret of {}", issued.secret.expose().len());
    }
}

/// A key that was rotated shows its newest secret, and never the one before.
pub async fn a_rotated_key_shows_its_newest_secret(store: &impl KeyAdmin) {
    let short = api_key().with_prefix("p_").with_id("short").with_secret("p_0123456789abcdefghij".into());
    let imported = api_key().with_prefix("igny8_").with_id("long").with_secret(IMPORTED.into());
    for (key, before, prefix) in [
        (short, "p_…", "p_"),
        (imported, "igny8_…ij01", "igny8_"),
        (signing_key().with_id("signs").with_secret("0123456789".into()), "", ""),
    ] {
        let name = default_realm(&issue(store, key).await.id);
        assert_eq!(shown(store, &name).await, before);
        let new = store.rotate(&name, seconds(60), at(1)).await.expect("rotated");
        assert_eq!(shown(store, &name).await, format!("{prefix}…{}", last_four(&new.secret)));
    }
}
