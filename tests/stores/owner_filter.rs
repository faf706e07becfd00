//! Which users keys may be bound to; that all else is handed on, the battery shows.

use portcullis::store::{AdminError, KeyOwner, KeyQuery, NewKey, OwnerFilter};
use portcullis::{KeyAdmin, Realm, UserId};

use crate::backends::{memory, sqlite_file};
use crate::fixtures::*;

fn key_of(owner: KeyOwner) -> NewKey {
    let mut key = signing_key();
    key.owner = owner;
    key
}

async fn a_refused_user_gets_no_key(store: impl Store + Clone) {
    let admins = OwnerFilter::new(store.clone(), |user: &UserId| user.as_str().starts_with("admin"));
    for user in ["admin", "admin-2", "bob", "Admin", "xadmin"] {
        admins.add_user(&UserId::from(user), None).await.expect("added");
    }
    for user in ["bob", "Admin", "xadmin", "absent"] {
        let answer = admins.issue(key_of(KeyOwner::user(user)), at(0)).await;
        assert!(matches!(answer, Err(AdminError::OwnerNotAllowed)), "{user}: {answer:?}");
        assert!(!admins.allows(&UserId::from(user)));
    }
    assert!(
        store.list(&KeyQuery::new(Realm::default()).with_limit(1), at(0)).await.expect("a list").is_empty()
    );
    for owner in [KeyOwner::user("admin"), KeyOwner::user("admin-2"), KeyOwner::default()] {
        keep(&admins, key_of(owner)).await;
    }
    let unknown = admins.issue(key_of(KeyOwner::user("admin-3")), at(0)).await;
    assert!(matches!(unknown, Err(AdminError::UnknownOwner)));
}

#[tokio::test]
async fn a_refused_user_gets_no_key_in_memory() {
    a_refused_user_gets_no_key(memory().await.store).await;
}

#[tokio::test]
async fn a_refused_user_gets_no_key_in_sqlite() {
    let fresh = sqlite_file().await;
    a_refused_user_gets_no_key(fresh.store.clone()).await;
}

#[tokio::test]
async fn a_key_that_is_there_keeps_its_user() {
    let store = memory().await.store;
    store.add_user(&UserId::from("bob"), None).await.expect("added");
    let issued = issue(&store, key_of(KeyOwner::user("bob"))).await;
    let nobody = OwnerFilter::new(store, |_: &UserId| false);
    let renewed = nobody.rotate(&default_realm(&issued.id), seconds(60), at(0)).await;
    assert!(renewed.is_ok_and(|renewed| renewed.id == issued.id));
}
