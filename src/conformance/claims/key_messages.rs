//! Telling what changed about keys and owners.

use crate::store::{ChangeFeed, KeyAdmin};

use super::key_changes::change_keys;
use super::messages::hear;

/// Every change of a key or an owner is heard, in order, with its number and with what was changed.
pub async fn every_change_of_a_key_or_an_owner_is_heard<S: KeyAdmin + ChangeFeed>(store: &S) {
    let mut listener = store.listen().await.expect("a listener");
    let number = store.change_number().await.expect("a number");
    hear(&mut listener, change_keys(store).await, number).await;
}
