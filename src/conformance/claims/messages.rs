//! Telling what changed.

use crate::store::{Change, ChangeFeed, ChangeListener, EntryPointStore, RoleAdmin};

use super::changes::change_everything;

/// Hears these changes and no other, numbered from the one behind `number` on.
pub(super) async fn hear(listener: &mut impl ChangeListener, changes: Vec<Change>, number: u64) {
    for (number, change) in (number + 1..).zip(changes) {
        let heard = listener.next().await.expect("a message");
        assert_eq!((heard.number, heard.change), (number, change));
    }
}

/// Every change is heard, in order, with its number and with what was changed.
pub async fn every_change_is_heard<S: RoleAdmin + EntryPointStore + ChangeFeed>(store: &S) {
    let mut listener = store.listen().await.expect("a listener");
    let number = store.change_number().await.expect("a number");
    hear(&mut listener, change_everything(store).await, number).await;
}
