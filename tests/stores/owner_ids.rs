//! Which ids owners and realms may have, in every store.

use portcullis::store::{AdminError, NewKey};
use portcullis::{AccountId, Realm, SiteId, UserId};

use crate::backends;
use crate::fixtures::*;
use crate::redis_backends;

async fn ids_of_owners_and_realms_are_1_to_255_bytes_without_control_characters(store: &impl Store) {
    let refused = |answer| matches!(answer, Err(AdminError::Invalid(_)));
    let of_realm = |realm: &str| -> NewKey { api_key().with_realm(Realm::from(realm)) };
    let acme = AccountId::from("acme");
    store.add_account(&acme).await.expect("added");
    for bad in ["", "\0", "a\nb", "\u{1b}[2J", "a\u{85}", &"a".repeat(256), &"a".repeat(100_000)] {
        assert!(refused(store.add_user(&UserId::from(bad), None).await), "{bad:.9?}");
        assert!(refused(store.add_account(&AccountId::from(bad)).await), "{bad:.9?}");
        assert!(refused(store.add_site(&SiteId::from(bad), &acme).await), "{bad:.9?}");
        assert!(refused(store.issue(of_realm(bad), at(0)).await.map(drop)), "{bad:.9?}");
    }
    for good in ["a", " a b ", "ada@example.org", "\u{43a}\u{43b}\u{44e}\u{447}", &"a".repeat(255)] {
        store.add_user(&UserId::from(good), None).await.expect(good);
        store.add_account(&AccountId::from(good)).await.expect(good);
        store.add_site(&SiteId::from(good), &acme).await.expect(good);
        keep(store, of_realm(good)).await;
    }
}

macro_rules! stores {
    ($($name:ident: $($fresh:ident)::+,)+) => {$(
        #[tokio::test]
        async fn $name() {
            let fresh = $($fresh)::+().await;
            ids_of_owners_and_realms_are_1_to_255_bytes_without_control_characters(&fresh.store).await;
        }
    )+};
}

stores! {
    ids_have_one_rule_in_memory: backends::memory,
    ids_have_one_rule_in_sqlite: backends::sqlite_file,
    ids_have_one_rule_in_postgres: backends::postgres,
    ids_have_one_rule_in_redis: redis_backends::redis,
}
