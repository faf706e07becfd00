//! Which claims about changes fail for which flaw.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{
    AdminError, Change, ChangeFeed, ChangeListener, ChangeMessage, Enabled, IssuedKey, KeyAdmin, KeyEdit,
    KeyHandle, KeyQuery, KeyRef, KeyStore, KeySummary, Networks, NewKey, OwnerKind, OwnerRef, OwnerSummary,
    StoreError, StoredPrincipal,
};
use portcullis::{AccountId, Limits, SiteId, Timestamp, UserId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::failed;
use crate::fixtures::{Record, default_realm};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    /// A switch is no change.
    ForgetsSwitches,
    /// What was refused is a change.
    CountsRefusals,
    /// A use that is written down is a change.
    CountsUses,
    /// That a key was rotated is told as if it had no new secret.
    TellsLess,
    /// A change is told with the number of the one before.
    TellsLate,
}

/// Keys in memory whose changes are numbered and told, with a flaw.
struct Flawed {
    store: MemoryKeyStore,
    flaw: Flaw,
    told: Mutex<(u64, Vec<UnboundedSender<ChangeMessage>>)>,
}

impl Flawed {
    fn told(&self) -> MutexGuard<'_, (u64, Vec<UnboundedSender<ChangeMessage>>)> {
        self.told.lock().expect("no panic")
    }

    fn tell<T>(&self, answer: Result<T, AdminError>, change: Option<Change>) -> Result<T, AdminError> {
        let change = change.filter(|_| answer.is_ok() || self.flaw == Flaw::CountsRefusals);
        if let Some(change) = change {
            let (number, listeners) = &mut *self.told();
            *number += 1;
            let late = u64::from(self.flaw == Flaw::TellsLate);
            for listener in listeners {
                let _ = listener.send(ChangeMessage { number: *number - late, change: change.clone() });
            }
        }
        answer
    }
}

struct Listener(UnboundedReceiver<ChangeMessage>);

impl ChangeListener for Listener {
    async fn next(&mut self) -> Result<ChangeMessage, StoreError> {
        // What was told is there already.
        self.0.try_recv().map_err(StoreError::unavailable)
    }
}

impl ChangeFeed for Flawed {
    type Listener = Listener;

    async fn change_number(&self) -> Result<u64, StoreError> {
        Ok(self.told().0)
    }

    async fn listen(&self) -> Result<Listener, StoreError> {
        let (sender, receiver) = unbounded_channel();
        self.told().1.push(sender);
        Ok(Listener(receiver))
    }
}

impl KeyStore for Flawed {
    type Principal = StoredPrincipal;

    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Record>, StoreError> {
        self.store.find(handle).await
    }
}

macro_rules! told {
    ($($method:ident($this:ident $(, $name:ident: $type:ty)*) -> $answer:ty => $change:expr;)*) => {
        impl KeyAdmin for Flawed {
            $(async fn $method(&$this $(, $name: $type)*) -> Result<$answer, AdminError> {
                let change: Option<Change> = $change;
                let answer = $this.store.$method($($name),*).await;
                $this.tell(answer, change)
            })*
        }
    };
}

fn owner(owner: &OwnerRef) -> Option<Change> {
    Some(Change::Owner(owner.clone()))
}

/// What is told about keys that are issued with an id.
fn issued(keys: &[NewKey]) -> Option<Change> {
    match keys {
        [key] => key.id.as_ref().map(|id| Change::Secret(default_realm(id))),
        _ => Some(Change::Everything),
    }
}

told! {
    add_account(self, account: &AccountId) -> () => owner(&OwnerRef::Account(account.clone()));
    add_user(self, user: &UserId, account: Option<&AccountId>) -> () => owner(&OwnerRef::User(user.clone()));
    add_site(self, site: &SiteId, account: &AccountId) -> () => owner(&OwnerRef::Site(site.clone()));
    set_site_url(self, site: &SiteId, url: Option<&str>) -> () => owner(&OwnerRef::Site(site.clone()));
    set_owner_limits(self, of: &OwnerRef, limits: Limits) -> () => owner(of);
    list_owners(self, kind: OwnerKind, after: Option<&str>, limit: usize) -> Vec<OwnerSummary> => None;
    set_owner_active(self, of: &OwnerRef, active: Enabled) -> () => owner(of);
    issue(self, key: NewKey, now: Timestamp) -> IssuedKey => issued(std::slice::from_ref(&key));
    issue_all(self, keys: Vec<NewKey>, now: Timestamp) -> Vec<IssuedKey> => issued(&keys);
    rotate(self, key: &KeyRef, overlap: Duration, now: Timestamp) -> IssuedKey => {
        let less = self.flaw == Flaw::TellsLess;
        Some(if less { Change::Key(key.clone()) } else { Change::Secret(key.clone()) })
    };
    revoke(self, key: &KeyRef, reason: &str, now: Timestamp) -> () => Some(Change::Key(key.clone()));
    set_enabled(self, key: &KeyRef, enabled: Enabled) -> () => {
        (self.flaw != Flaw::ForgetsSwitches).then(|| Change::Key(key.clone()))
    };
    edit(self, key: &KeyRef, edit: KeyEdit) -> () => Some(Change::Key(key.clone()));
    assign_networks(self, key: &KeyRef, networks: Networks) -> () => Some(Change::Key(key.clone()));
    record_uses(self, uses: &[(KeyRef, Timestamp)]) -> () => {
        (self.flaw == Flaw::CountsUses).then_some(Change::Everything)
    };
    find_key(self, key: &KeyRef) -> Option<KeySummary> => None;
    list(self, query: &KeyQuery, now: Timestamp) -> Vec<KeySummary> => None;
}

#[test]
fn a_feed_that_breaks_a_promise_fails_the_claim_of_it() {
    let number = "key_changes::every_change_of_a_key_or_an_owner_raises_the_number_by_one";
    let heard = "key_messages::every_change_of_a_key_or_an_owner_is_heard";
    for (flaw, expected) in [
        (Flaw::None, &[][..]),
        (Flaw::ForgetsSwitches, &[number, heard]),
        (Flaw::CountsRefusals, &[number]),
        (Flaw::CountsUses, &[number]),
        (Flaw::TellsLess, &[heard]),
        (Flaw::TellsLate, &[heard]),
    ] {
        let fresh = || Flawed { store: MemoryKeyStore::new(), flaw, told: Mutex::default() };
        assert_eq!(failed!(fresh () key_changes key_messages), expected);
    }
}
