//! Numbering imports by the hash of another system.

use crate::store::{ChangeFeed, LegacyKeyStore};

use super::fixtures::*;
use super::legacy::{adopt, import, names, sha512};

/// An import is one change, and so is an adoption, however many ask for it at once; looking,
/// and what is refused, is none.
pub async fn each_import_and_each_adoption_is_one_change<S: LegacyKeyStore + ChangeFeed>(store: &S) {
    let number = async || store.change_number().await.expect("a number");
    let before = number().await;
    let key = import(store, api_key().with_id("old"), IMPORTED).await;
    assert_eq!(number().await - before, 1);
    assert!(adopt(store, &key, "another text of a key").await.is_err());
    let again = store.import_hash(api_key(), &sha512(IMPORTED), None, at(0)).await;
    assert!(again.is_err());
    assert!(store.legacy_hash(&key.realm, &names(IMPORTED)).await.expect("an answer").is_some());
    assert_eq!(number().await - before, 1);
    let answers = at_once((0..8).map(|_| adopt(store, &key, IMPORTED))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(number().await - before, 2);
}
