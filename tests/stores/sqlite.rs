//! What a principal type asks of the keys in a file.

use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::store::{AdminError, KeyAdmin, KeyHandle, KeyHasher, KeyQuery, KeyStore, StoreError};
use portcullis::{Principal, Realm, UserId};

use crate::backends::master;
use crate::databases::{Database, Sqlite};
use crate::fixtures::*;

#[tokio::test]
async fn a_key_without_what_the_principal_needs_is_neither_issued_nor_found() {
    let place = Sqlite::fresh().await;
    let issued = issue(&place.open().await, api_key()).await;
    let strict: SqliteKeyStore<Principal<UserId>> =
        SqliteKeyStore::connect(place.path(), master()).await.expect("a file");
    let (realm, digests) = (Realm::default(), [KeyHasher::sha256().digest(issued.secret.expose())]);
    let answer = strict.find(&KeyHandle::Digests { realm: &realm, digests: &digests }).await;
    assert!(matches!(answer, Err(StoreError::Corrupt(_))));
    assert!(matches!(strict.issue(api_key(), at(0)).await, Err(AdminError::MissingOwner)));
    assert_eq!(strict.list(&KeyQuery::new(realm).with_limit(10), at(0)).await.expect("a list").len(), 1);
}
