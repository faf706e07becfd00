//! What answers depend on, as places in the table of changes.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use super::slots::EVERYTHING;
use crate::SiteId;
use crate::store::{Change, KeyRecord, KeyRef, OwnerRef};

/// How many slots there are: 32 KiB of numbers.
pub(super) const SLOTS: u16 = 4_096;
/// That a key is not known: a new secret overtakes it.
const MISSING: u16 = 1;
/// What depends on who has which role, or on the account of somebody.
const DIRECTORY: u16 = 2;
/// Keys that name no owner: any owner may be behind them.
const OWNERS: u16 = 3;
/// The first slot that is shared by whatever falls into it.
const SHARED: u16 = 4;

/// The slots that one answer depends on; what is not needed is [`EVERYTHING`], on which
/// each depends anyway.
pub(super) type Subjects = [u16; 4];

/// Finds the slots. Keyed, so that nobody can choose ids that fall into one.
#[derive(Debug, Default)]
pub(super) struct Places(RandomState);

impl Places {
    pub(super) fn of_record<P>(&self, record: &KeyRecord<P>) -> Subjects {
        let key = self.key(record.realm().as_str(), record.id().as_str());
        let owner = record.owner();
        let user = owner.user.as_ref().map(|user| self.user(user.as_str()));
        let account = owner.account.as_ref().map(|account| self.account(account.as_str()));
        let site = owner.site.as_ref().map(|site| self.site(site.as_str()));
        if user.or(account).or(site).is_none() {
            return [key, OWNERS, EVERYTHING, EVERYTHING];
        }
        let [user, account, site] = [user, account, site].map(|place| place.unwrap_or(EVERYTHING));
        [key, user, account, site]
    }

    pub(super) const fn of_missing_key() -> Subjects {
        [MISSING, EVERYTHING, EVERYTHING, EVERYTHING]
    }

    /// What a user may do, or that there is no such user. Its account is not in the answer,
    /// so any account is behind it.
    pub(super) fn of_rights(&self, user: &str) -> Subjects {
        [self.user(user), DIRECTORY, EVERYTHING, EVERYTHING]
    }

    /// The account of a site, or that it has none.
    pub(super) fn of_site(&self, site: &SiteId) -> Subjects {
        [self.site(site.as_str()), DIRECTORY, EVERYTHING, EVERYTHING]
    }

    /// What a change overtakes.
    pub(super) fn of_change(&self, change: &Change) -> Option<[u16; 3]> {
        let key = |key: &KeyRef| self.key(key.realm.as_str(), key.id.as_str());
        Some(match change {
            Change::Secret(changed) => [key(changed), MISSING, MISSING],
            Change::Key(changed) => [key(changed); 3],
            Change::Owner(OwnerRef::User(user)) => [self.user(user.as_str()), OWNERS, OWNERS],
            Change::Owner(OwnerRef::Account(account)) => [self.account(account.as_str()), OWNERS, DIRECTORY],
            Change::Owner(OwnerRef::Site(site)) => [self.site(site.as_str()), OWNERS, OWNERS],
            Change::Roles => [DIRECTORY; 3],
            // The saved list is not cached, and a record names its entry points itself.
            Change::EntryPoints => return None,
            Change::Everything => [EVERYTHING; 3],
        })
    }

    fn key(&self, realm: &str, id: &str) -> u16 {
        self.place(("key", realm, id))
    }

    fn user(&self, id: &str) -> u16 {
        self.place(("user", id, ""))
    }

    fn account(&self, id: &str) -> u16 {
        self.place(("account", id, ""))
    }

    fn site(&self, id: &str) -> u16 {
        self.place(("site", id, ""))
    }

    fn place(&self, subject: (&str, &str, &str)) -> u16 {
        let hash = self.0.hash_one(subject) % u64::from(SLOTS - SHARED);
        u16::try_from(hash).map_or(EVERYTHING, |place| place + SHARED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::KeyOwner;
    use crate::{AccountId, KeyId, Realm, Scheme, UserId};

    fn record(owner: KeyOwner) -> KeyRecord<()> {
        KeyRecord::builder(Realm::default(), Scheme::XAuth, KeyId::from("k"), ()).owner(owner).build()
    }

    #[test]
    fn a_record_depends_on_its_key_and_on_each_of_its_owners() {
        let places = Places::default();
        let owner = KeyOwner::user("u").of_account("a").for_site("s");
        let subjects = places.of_record(&record(owner));
        let key = KeyRef { realm: Realm::default(), id: KeyId::from("k") };
        for change in [
            Change::Key(key.clone()),
            Change::Secret(key),
            Change::Owner(OwnerRef::User(UserId::from("u"))),
            Change::Owner(OwnerRef::Account(AccountId::from("a"))),
            Change::Owner(OwnerRef::Site(SiteId::from("s"))),
        ] {
            let touched = places.of_change(&change).expect("slots");
            assert!(touched.iter().any(|slot| subjects.contains(slot)), "{change:?}");
        }
    }

    #[test]
    fn a_record_that_names_no_owner_depends_on_every_owner() {
        let places = Places::default();
        let subjects = places.of_record(&record(KeyOwner::default()));
        let change = Change::Owner(OwnerRef::User(UserId::from("anybody")));
        assert!(places.of_change(&change).expect("slots").iter().any(|slot| subjects.contains(slot)));
    }

    #[test]
    fn no_subject_falls_into_a_slot_with_a_meaning_of_its_own() {
        let places = Places::default();
        let all: Vec<_> = (0..50_000).map(|n| places.user(&n.to_string())).collect();
        assert!(all.iter().all(|place| (SHARED..SLOTS).contains(place)));
        assert!(all.contains(&SHARED) && all.contains(&(SLOTS - 1)));
    }
}
