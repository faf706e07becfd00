//! When keys were used last, as a layer notes it.

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::store::memory::MemoryCounterStore;
use portcullis::store::{KeyRef, LastUses, NewKey};
use portcullis::{KeyAdmin, Realm, Scheme, Timestamp};

use crate::kit::{Kit, NOW, get, send};

#[tokio::test]
async fn however_often_a_key_is_used_there_is_one_use_to_write() {
    let (kit, uses) = (Kit::new().await, LastUses::new(100));
    let issued = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await;
    let layer = kit.layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()));
    let layer = layer.with_last_use(uses.clone());
    let secret = issued.secret.expose_text().expect("text");
    for second in 1..=500 {
        kit.clock.set(Timestamp::from_unix_seconds(NOW.as_unix_seconds() + second));
        assert_eq!(send(&layer, get("/", &[("x-api-key", secret)])).await.status, 200);
    }
    assert_eq!((uses.len(), uses.flush(&kit.keys).await.expect("written")), (1, 1));
    let key = KeyRef { realm: Realm::default(), id: issued.id.clone() };
    let summary = kit.keys.find_key(&key).await.expect("an answer").expect("the key");
    assert_eq!(summary.last_used.map(Timestamp::as_unix_seconds), Some(NOW.as_unix_seconds() + 500));
}

#[tokio::test]
async fn a_credential_that_is_refused_is_no_use_and_one_that_has_used_its_budget_up_is_one() {
    let (kit, uses) = (Kit::new().await, LastUses::new(100));
    let limits = "1/60".parse().expect("limits");
    let issued = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_limits(limits)).await;
    let layer = kit.layer(ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()));
    let layer = layer.with_last_use(uses.clone()).with_quotas(MemoryCounterStore::new()).allow_anonymous();
    let secret = issued.secret.expose_text().expect("text");
    let status = async |headers: &[(&str, &str)]| send(&layer, get("/", headers)).await.status.as_u16();
    assert_eq!(status(&[]).await, 200);
    assert_eq!(status(&[("x-api-key", "no_key_of_this_store_at_all")]).await, 401);
    assert!(uses.is_empty());
    for (expected, noted) in [(200, 1), (429, 1)] {
        assert_eq!(status(&[("x-api-key", secret)]).await, expected);
        assert_eq!(uses.flush(&kit.keys).await.expect("written"), noted);
    }
    kit.revoke(&issued.id).await;
    assert_eq!(status(&[("x-api-key", secret)]).await, 401);
    assert!(uses.is_empty());
}
