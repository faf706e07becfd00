//! The write side: who owns what, and what every key is.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;
use std::time::Duration;

use super::roles::Roles;
use crate::store::{
    AdminError, Enabled, KeyDigest, KeyFormat, KeyOwner, KeyRecord, KeyRecordBuilder, KeyRef, KeyState,
    KeySummary, LegacyHash, LegacyName, LiveSecret, OwnerKind, OwnerLimits, OwnerRef, OwnerSummary, Revoked,
    SavedEntryPoint, UserRights, issuing,
};
use crate::{AccountId, KeyId, Limits, Realm, Secret, SiteId, Timestamp, UserId};

/// How many of a key's secrets are kept: the newest and the one before.
const SECRETS: usize = 2;

/// Everything that is written, under one lock.
#[derive(Debug)]
pub(super) struct Directory<P> {
    owners: BTreeMap<OwnerRef, Owner>,
    pub(super) roles: Roles,
    pub(super) keys: BTreeMap<(Realm, KeyId), Entry<P>>,
    /// By name.
    pub(super) entry_points: BTreeMap<String, SavedEntryPoint>,
}

#[derive(Debug)]
struct Owner {
    account: Option<AccountId>,
    active: bool,
    url: Option<String>,
    limits: Limits,
}

/// One key.
#[derive(Debug)]
pub(super) struct Entry<P> {
    pub(super) summary: KeySummary,
    pub(super) principal: P,
    pub(super) format: KeyFormat,
    /// The newest first.
    pub(super) secrets: Vec<Held>,
    pub(super) epoch: u64,
}

/// One secret of a key, and when it ends if that is before the key does.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) secret: HeldSecret,
    pub(super) expires_at: Option<Timestamp>,
}

/// What is kept of a secret.
#[derive(Debug)]
pub(super) enum HeldSecret {
    /// Of an API key, the digest.
    Digest(KeyDigest),
    /// Of a signing key, the secret.
    Signing(Secret),
    /// Of an API key that was imported, what another system kept.
    Legacy(LegacyName, LegacyHash),
}

impl<P> Default for Directory<P> {
    fn default() -> Self {
        Self {
            owners: BTreeMap::new(),
            roles: Roles::default(),
            keys: BTreeMap::new(),
            entry_points: BTreeMap::new(),
        }
    }
}

impl<P> Directory<P> {
    pub(super) fn add_owner(
        &mut self,
        owner: OwnerRef,
        account: Option<&AccountId>,
    ) -> Result<(), AdminError> {
        issuing::check_owner(owner.id())?;
        if let Some(account) = account {
            self.owner(OwnerRef::Account(account.clone()))?;
        }
        if self.owners.contains_key(&owner) {
            return Err(AdminError::Duplicate);
        }
        self.owners.insert(
            owner,
            Owner { account: account.cloned(), active: true, url: None, limits: Limits::none() },
        );
        Ok(())
    }

    /// Sets the switch, and shows every key that stands otherwise now.
    pub(super) fn switch_owner(
        &mut self,
        owner: &OwnerRef,
        active: bool,
        mut show: impl FnMut(&Entry<P>),
    ) -> Result<(), AdminError> {
        self.owners.get_mut(owner).ok_or(AdminError::UnknownOwner)?.active = active;
        for entry in self.keys.values_mut() {
            if !refs(&entry.summary.owner).any(|part| part == *owner) {
                continue;
            }
            let stands = |part| self.owners.get(&part).is_some_and(|known| known.active);
            let active = refs(&entry.summary.owner).all(stands);
            if entry.summary.owner_active != active {
                entry.summary.owner_active = active;
                entry.changed();
                show(entry);
            }
        }
        Ok(())
    }

    /// Changes what is known of an owner, and shows every key that it is behind.
    pub(super) fn edit_owner(
        &mut self,
        owner: &OwnerRef,
        edit: impl FnOnce(&mut Option<String>, &mut Limits),
        mut show: impl FnMut(&Entry<P>),
    ) -> Result<(), AdminError> {
        let known = self.owners.get_mut(owner).ok_or(AdminError::UnknownOwner)?;
        edit(&mut known.url, &mut known.limits);
        for entry in self.keys.values_mut() {
            if refs(&entry.summary.owner).any(|part| part == *owner) {
                describe(&self.owners, &mut entry.summary);
                entry.changed();
                show(entry);
            }
        }
        Ok(())
    }

    /// Owners of a kind in the order of their ids.
    pub(super) fn owners(&self, kind: OwnerKind, after: Option<&str>, limit: usize) -> Vec<OwnerSummary> {
        // No id is empty: every one is behind the empty text.
        let start = Bound::Excluded(match (kind, after.unwrap_or_default()) {
            (OwnerKind::User, after) => OwnerRef::User(after.into()),
            (OwnerKind::Account, after) => OwnerRef::Account(after.into()),
            (OwnerKind::Site, after) => OwnerRef::Site(after.into()),
        });
        let behind = self.owners.range((start, Bound::Unbounded));
        let of_kind = behind.take_while(|(owner, _)| owner.kind() == kind);
        let line = |(owner, known): (&OwnerRef, &Owner)| OwnerSummary {
            owner: owner.clone(),
            account: known.account.clone(),
            active: if known.active { Enabled::Yes } else { Enabled::No },
            url: known.url.clone(),
            limits: known.limits.clone(),
        };
        of_kind.take(limit).map(line).collect()
    }

    /// What a user may do; none where it is not known.
    pub(super) fn rights_of(&self, user: &UserId) -> Option<UserRights> {
        let known = self.owners.get(&OwnerRef::User(user.clone()))?;
        let account = known.account.clone().map(OwnerRef::Account);
        let stands = |account| self.owners.get(&account).is_some_and(|account| account.active);
        if !known.active || !account.is_none_or(stands) {
            return Some(UserRights::Inactive);
        }
        Some(UserRights::Active(self.roles.of(user)))
    }

    /// Refuses a user who is not known.
    pub(super) fn check_user(&self, user: &UserId) -> Result<(), AdminError> {
        self.owner(OwnerRef::User(user.clone())).map(drop)
    }

    /// The owner as the directory knows it, and whether all its parts are active.
    pub(super) fn settle(&self, owner: KeyOwner) -> Result<(KeyOwner, bool), AdminError> {
        for part in refs(&owner) {
            self.owner(part)?;
        }
        let account = |part: Option<OwnerRef>| {
            part.and_then(|part| self.owners.get(&part)).and_then(|known| known.account.clone())
        };
        let site = account(owner.site.clone().map(OwnerRef::Site));
        let user = account(owner.user.clone().map(OwnerRef::User));
        let owner = issuing::settle_owner(owner, site, user)?;
        let active = refs(&owner).all(|part| self.owners.get(&part).is_some_and(|known| known.active));
        Ok((owner, active))
    }

    /// The account of a site, where both are active.
    pub(super) fn account_of_site(&self, site: &SiteId) -> Option<AccountId> {
        let active = |owner| self.owners.get(&owner).filter(|known| known.active);
        let account = active(OwnerRef::Site(site.clone()))?.account.as_ref()?;
        active(OwnerRef::Account(account.clone())).map(|_| account.clone())
    }

    fn owner(&self, owner: OwnerRef) -> Result<&Owner, AdminError> {
        self.owners.get(&owner).ok_or(AdminError::UnknownOwner)
    }

    /// Adds a key whose id is new in its realm.
    pub(super) fn add(&mut self, mut entry: Entry<P>) -> Result<&Entry<P>, AdminError> {
        use std::collections::btree_map::Entry as Slot;
        describe(&self.owners, &mut entry.summary);
        match self.keys.entry((entry.summary.realm.clone(), entry.summary.id.clone())) {
            Slot::Occupied(_) => Err(AdminError::Duplicate),
            Slot::Vacant(slot) => Ok(slot.insert(entry)),
        }
    }

    /// Refuses a list of new keys in which an id or an API key is there twice, or in which
    /// an id is taken.
    pub(super) fn check_all(&self, entries: &[Entry<P>]) -> Result<(), AdminError> {
        let mut ids = HashSet::new();
        let mut digests = HashSet::new();
        for Entry { summary, secrets, .. } in entries {
            let name = (summary.realm.clone(), summary.id.clone());
            let free = !self.keys.contains_key(&name) && ids.insert(name);
            let fresh = secrets.iter().all(|held| match held.secret {
                HeldSecret::Digest(digest) => digests.insert((summary.realm.clone(), digest)),
                HeldSecret::Signing(_) | HeldSecret::Legacy(..) => true,
            });
            if !free || !fresh {
                return Err(AdminError::Duplicate);
            }
        }
        Ok(())
    }

    /// A key that is to be changed. None can be that was revoked.
    pub(super) fn changeable(&mut self, key: &KeyRef) -> Result<&mut Entry<P>, AdminError> {
        let entry = self.known(key)?;
        if entry.summary.state == KeyState::Revoked {
            return Err(AdminError::Revoked);
        }
        Ok(entry)
    }

    /// Withdraws a key.
    pub(super) fn revoke(
        &mut self,
        key: &KeyRef,
        reason: &str,
        at: Timestamp,
    ) -> Result<&Entry<P>, AdminError> {
        let entry = self.known(key)?;
        if entry.summary.state != KeyState::Revoked {
            entry.summary.revoked = Some(Revoked { at, reason: reason.to_owned() });
            entry.switch(KeyState::Revoked);
        }
        Ok(entry)
    }

    /// A key, whatever its state.
    pub(super) fn known(&mut self, key: &KeyRef) -> Result<&mut Entry<P>, AdminError> {
        self.keys.get_mut(&(key.realm.clone(), key.id.clone())).ok_or(AdminError::UnknownKey)
    }

    /// The hash that a key holds under this name.
    pub(super) fn legacy_hash(&self, key: &KeyRef, name: LegacyName) -> Option<LegacyHash> {
        let entry = self.keys.get(&(key.realm.clone(), key.id.clone()))?;
        entry.secrets.iter().find_map(|held| match &held.secret {
            HeldSecret::Legacy(held, hash) if *held == name => Some(hash.clone()),
            _ => None,
        })
    }

    /// What is known of a key.
    pub(super) fn summary(&self, key: &KeyRef) -> Option<&KeySummary> {
        Some(&self.keys.get(&(key.realm.clone(), key.id.clone()))?.summary)
    }
}

/// Fills in what a list says of a key and its owners know.
fn describe(owners: &BTreeMap<OwnerRef, Owner>, key: &mut KeySummary) {
    let find = |part: Option<OwnerRef>| part.and_then(|part| owners.get(&part));
    let limits = |part: Option<OwnerRef>| find(part).map(|known| known.limits.clone()).unwrap_or_default();
    let site = key.owner.site.clone().map(OwnerRef::Site);
    key.site_url = find(site.clone()).and_then(|known| known.url.clone());
    key.owner_limits = OwnerLimits {
        user: limits(key.owner.user.clone().map(OwnerRef::User)),
        account: limits(key.owner.account.clone().map(OwnerRef::Account)),
        site: limits(site),
    };
}

impl<P> Entry<P> {
    /// Sets the state.
    pub(super) fn switch(&mut self, state: KeyState) {
        self.summary.state = state;
        self.changed();
    }

    /// Sets what the key is limited to.
    pub(super) fn limit(&mut self, set: impl FnOnce(&mut KeySummary)) {
        set(&mut self.summary);
        self.changed();
    }

    pub(super) fn changed(&mut self) {
        self.epoch = self.epoch.saturating_add(1);
    }

    /// Puts a new secret in front. The answer is the secrets that are kept no longer.
    pub(super) fn rotate(&mut self, secret: HeldSecret, overlap: Duration, now: Timestamp) -> Vec<Held> {
        if let Some(old) = self.secrets.first_mut() {
            let ends = [old.expires_at, self.summary.expires_at];
            old.expires_at = Some(issuing::retired(now, overlap, ends));
            self.summary.previous_until = old.expires_at;
        }
        self.summary.renewed_at = now;
        self.secrets.insert(0, Held { secret, expires_at: None });
        self.changed();
        self.secrets.split_off(SECRETS.min(self.secrets.len()))
    }
}

impl<P: Clone> Directory<P> {
    /// A key of whatever scheme, without secrets.
    pub(super) fn standing(&self, realm: &Realm, id: &str) -> Option<KeyRecord<P>> {
        self.keys.get(&(realm.clone(), KeyId::from(id))).map(Entry::standing)
    }
}

impl<P: Clone> Entry<P> {
    /// The record that a look-up by id finds.
    pub(super) fn by_id(&self) -> KeyRecord<P> {
        let record = issuing::record(&self.summary, self.principal.clone(), self.epoch, None);
        let signing = self.secrets.iter().filter_map(|held| match &held.secret {
            HeldSecret::Signing(secret) => Some(LiveSecret::new(secret.clone(), held.expires_at)),
            HeldSecret::Digest(_) | HeldSecret::Legacy(..) => None,
        });
        signing.fold(record, KeyRecordBuilder::secret).build()
    }

    /// The record that a look-up by name finds, without secrets.
    fn standing(&self) -> KeyRecord<P> {
        issuing::record(&self.summary, self.principal.clone(), self.epoch, None).build()
    }

    /// The records that look-ups by digest find.
    pub(super) fn by_digest(&self) -> impl Iterator<Item = (KeyDigest, KeyRecord<P>)> {
        self.secrets.iter().filter_map(|held| match held.secret {
            HeldSecret::Digest(digest) => {
                let principal = self.principal.clone();
                let record = issuing::record(&self.summary, principal, self.epoch, held.expires_at);
                Some((digest, record.build()))
            }
            HeldSecret::Signing(_) | HeldSecret::Legacy(..) => None,
        })
    }
}

fn refs(owner: &KeyOwner) -> impl Iterator<Item = OwnerRef> {
    let user = owner.user.clone().map(OwnerRef::User);
    let account = owner.account.clone().map(OwnerRef::Account);
    let site = owner.site.clone().map(OwnerRef::Site);
    [user, account, site].into_iter().flatten()
}
