//! Telling what changed.

use crate::store::{ChangeFeed, ChangeListener, EntryPointStore, RoleAdmin};

use super::changes::change_everything;

/// Every change is heard, in order, with its number and with what was changed.
pub async fn every_change_is_heard<S: RoleAdmin + EntryPointStore + ChangeFeed>(store: &S) {
    let mut listener = store.listen().await.expect("a listener");
    let mut number = store.change_number().await.expect("a number");
    for change in change_everything(store).await {
        number += 1;
        let heard = listener.next().await.expect("a message");
        assert_eq!((heard.number, heard.change), (number, change));
    }
}
