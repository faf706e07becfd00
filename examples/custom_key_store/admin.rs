//! How keys in the file are issued and changed: by the rules of every store.

use std::time::Duration;

use portcullis::store::{
    AdminError, Direction, Enabled, IssuedKey, KeyAdmin, KeyEdit, KeyFormat, KeyOwner, KeyQuery, KeyRef,
    KeySort, KeyState, KeySummary, Networks, NewKey, OwnerKind, OwnerRef, OwnerSummary, Revoked, issuing,
};
use portcullis::{AccountId, Limits, SiteId, Timestamp, UserId};

use super::state::{State, StoredOwner, limits};
use super::store::{FileKeyStore, known, stored};

impl KeyAdmin for FileKeyStore {
    async fn add_account(&self, account: &AccountId) -> Result<(), AdminError> {
        self.change(|state| add(state, &OwnerRef::Account(account.clone()), None))
    }

    async fn add_user(&self, user: &UserId, account: Option<&AccountId>) -> Result<(), AdminError> {
        self.change(|state| add(state, &OwnerRef::User(user.clone()), account))
    }

    async fn add_site(&self, site: &SiteId, account: &AccountId) -> Result<(), AdminError> {
        self.change(|state| add(state, &OwnerRef::Site(site.clone()), Some(account)))
    }

    async fn set_site_url(&self, site: &SiteId, url: Option<&str>) -> Result<(), AdminError> {
        issuing::check_site_url(url)?;
        self.edit_owner(&OwnerRef::Site(site.clone()), |known| known.url = url.map(str::to_owned))
    }

    async fn set_owner_limits(&self, owner: &OwnerRef, limits: Limits) -> Result<(), AdminError> {
        self.edit_owner(owner, |known| known.limits = limits.to_string())
    }

    async fn list_owners(
        &self,
        kind: OwnerKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<OwnerSummary>, AdminError> {
        let state = self.state();
        let all = match kind {
            OwnerKind::User => &state.users,
            OwnerKind::Account => &state.accounts,
            OwnerKind::Site => &state.sites,
        };
        let behind = all.iter().filter(|(id, _)| after.is_none_or(|after| id.as_str() > after));
        let line = |(id, known): (&String, &StoredOwner)| {
            let owner = match kind {
                OwnerKind::User => OwnerRef::User(UserId::from(id.as_str())),
                OwnerKind::Account => OwnerRef::Account(AccountId::from(id.as_str())),
                OwnerKind::Site => OwnerRef::Site(SiteId::from(id.as_str())),
            };
            let active = if known.active { Enabled::Yes } else { Enabled::No };
            Ok(OwnerSummary::new(owner, known.account.as_deref().map(AccountId::from), active)
                .with_url(known.url.clone())
                .with_limits(limits(&known.limits)?))
        };
        behind.take(limit).map(line).collect()
    }

    async fn set_owner_active(&self, owner: &OwnerRef, active: Enabled) -> Result<(), AdminError> {
        self.edit_owner(owner, |known| known.active = active == Enabled::Yes)
    }

    async fn issue(&self, key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
        self.change(|state| self.insert(state, key, now))
    }

    async fn issue_all(&self, keys: Vec<NewKey>, now: Timestamp) -> Result<Vec<IssuedKey>, AdminError> {
        self.change(|state| keys.into_iter().map(|key| self.insert(state, key, now)).collect())
    }

    async fn rotate(&self, key: &KeyRef, overlap: Duration, now: Timestamp) -> Result<IssuedKey, AdminError> {
        self.change(|state| {
            let mut summary = changeable(state, key)?;
            let held = stored(state, key)?;
            let format: KeyFormat = held.format.parse().unwrap_or_default();
            let number = held.secrets.first().map_or(1, |newest| newest.number + 1);
            let issued = issuing::fresh(summary.scheme, &format, Some(&key.id))?;
            let fresh = self.keep(state, (&key.realm, summary.scheme, number), &issued)?;
            let held = stored(state, key)?;
            for old in &mut held.secrets {
                let ends = [old.expires_at.map(Timestamp::from_unix_micros), summary.expires_at];
                old.expires_at = Some(issuing::retired(now, overlap, ends).as_unix_micros());
            }
            held.secrets.insert(0, fresh);
            held.secrets.truncate(2);
            summary.renewed_at = now;
            summary.hint = issuing::hint(summary.scheme, &format, issued.secret.as_ref());
            held.changed(&summary);
            Ok(issued)
        })
    }

    async fn revoke(&self, key: &KeyRef, reason: &str, now: Timestamp) -> Result<(), AdminError> {
        issuing::check_reason(reason)?;
        self.change(|state| match changeable(state, key) {
            Err(AdminError::Revoked) => Ok(()),
            summary => {
                let mut summary = summary?;
                summary.state = KeyState::Revoked;
                summary.revoked = Some(Revoked { at: now, reason: reason.to_owned() });
                stored(state, key)?.changed(&summary);
                Ok(())
            }
        })
    }

    async fn set_enabled(&self, key: &KeyRef, enabled: Enabled) -> Result<(), AdminError> {
        self.alter(key, |summary| summary.state = enabled.into())
    }

    async fn edit(&self, key: &KeyRef, edit: KeyEdit) -> Result<(), AdminError> {
        self.change(|state| {
            let edited = issuing::edited(known(state, key)?, edit)?;
            stored(state, key)?.changed(&edited);
            Ok(())
        })
    }

    async fn assign_networks(&self, key: &KeyRef, networks: Networks) -> Result<(), AdminError> {
        self.alter(key, |summary| summary.networks = networks)
    }

    async fn record_uses(&self, uses: &[(KeyRef, Timestamp)]) -> Result<(), AdminError> {
        self.change(|state| {
            for (key, at) in uses {
                if let Ok(held) = stored(state, key) {
                    held.last_used = held.last_used.max(Some(at.as_unix_micros()));
                }
            }
            Ok(())
        })
    }

    async fn find_key(&self, key: &KeyRef) -> Result<Option<KeySummary>, AdminError> {
        match known(&self.state(), key) {
            Err(AdminError::UnknownKey) => Ok(None),
            answer => answer.map(Some),
        }
    }

    async fn list(&self, query: &KeyQuery, now: Timestamp) -> Result<Vec<KeySummary>, AdminError> {
        issuing::check_search(query)?;
        let (state, realm) = (self.state(), query.realm.as_str());
        let mut page = Vec::new();
        for (id, held) in state.keys.get(realm).into_iter().flatten() {
            page.push(held.summary(&state, realm, id)?);
        }
        if let Some(after) = &query.after {
            let place = page.iter().find(|key| key.id == *after).cloned();
            match (place, query.sort, query.direction) {
                (Some(place), ..) => page.retain(|key| query.compare(&place, key).is_lt()),
                (None, KeySort::Id, Direction::Ascending) => page.retain(|key| key.id > *after),
                (None, KeySort::Id, Direction::Descending) => page.retain(|key| key.id < *after),
                (None, ..) => return Err(AdminError::UnknownKey),
            }
        }
        page.retain(|key| query.selects(key, now));
        page.sort_by(|one, other| query.compare(one, other));
        page.truncate(query.limit);
        Ok(page)
    }
}

impl FileKeyStore {
    fn alter(&self, key: &KeyRef, set: impl FnOnce(&mut KeySummary)) -> Result<(), AdminError> {
        self.change(|state| {
            let mut summary = changeable(state, key)?;
            set(&mut summary);
            stored(state, key)?.changed(&summary);
            Ok(())
        })
    }

    fn edit_owner(&self, owner: &OwnerRef, set: impl FnOnce(&mut StoredOwner)) -> Result<(), AdminError> {
        self.change(|state| {
            set(state.owner_mut(owner).ok_or(AdminError::UnknownOwner)?);
            state.keys_of(owner).for_each(|key| key.epoch += 1);
            Ok(())
        })
    }
}

/// A key that may be changed: one that was not revoked.
fn changeable(state: &State, key: &KeyRef) -> Result<KeySummary, AdminError> {
    let summary = known(state, key)?;
    if summary.state == KeyState::Revoked { Err(AdminError::Revoked) } else { Ok(summary) }
}

fn add(state: &mut State, owner: &OwnerRef, account: Option<&AccountId>) -> Result<(), AdminError> {
    issuing::check_owner(owner.id())?;
    if let Some(account) = account {
        state.owner(&OwnerRef::Account(account.clone())).ok_or(AdminError::UnknownOwner)?;
    }
    if state.owner(owner).is_some() {
        return Err(AdminError::Duplicate);
    }
    let account = account.map(ToString::to_string);
    let all = match owner.kind() {
        OwnerKind::User => &mut state.users,
        OwnerKind::Account => &mut state.accounts,
        OwnerKind::Site => &mut state.sites,
    };
    let new = StoredOwner { account, active: true, url: None, limits: String::new() };
    all.insert(owner.id().to_owned(), new);
    Ok(())
}

/// The owner as the file knows it.
pub(crate) fn settle(state: &State, owner: KeyOwner) -> Result<KeyOwner, AdminError> {
    let account = |part: Option<OwnerRef>| match part {
        None => Ok(None),
        Some(part) => {
            let known = state.owner(&part).ok_or(AdminError::UnknownOwner)?;
            Ok::<_, AdminError>(known.account.as_deref().map(AccountId::from))
        }
    };
    let site = account(owner.site.clone().map(OwnerRef::Site))?;
    let user = account(owner.user.clone().map(OwnerRef::User))?;
    account(owner.account.clone().map(OwnerRef::Account))?;
    issuing::settle_owner(owner, site, user)
}
