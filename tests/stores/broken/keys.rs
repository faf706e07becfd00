//! A store of keys with a flaw: how keys are issued and changed.

use std::time::Duration;

use portcullis::store::{
    AdminError, Enabled, IssuedKey, KeyAdmin, KeyEdit, KeyHandle, KeyHasher, KeyQuery, KeyRef, KeySecret,
    KeyState, KeyStore, KeySummary, Networks, NewKey, OwnerKind, OwnerRef, OwnerSummary, Revoked,
    SignatureForms,
};
use portcullis::{AccountId, KeyId, Limits, Scheme, SiteId, Timestamp, UserId};

use super::flaw::Flaw;
use super::flawed::{Flawed, again, something, unnamed, unowned};
use crate::fixtures::seconds;

impl KeyAdmin for Flawed {
    async fn add_account(&self, account: &AccountId) -> Result<(), AdminError> {
        self.settled(self.store.add_account(account).await)
    }

    async fn add_user(&self, user: &UserId, account: Option<&AccountId>) -> Result<(), AdminError> {
        self.settled(self.store.add_user(user, account).await)
    }

    async fn add_site(&self, site: &SiteId, account: &AccountId) -> Result<(), AdminError> {
        self.settled(self.store.add_site(site, account).await)
    }

    async fn set_site_url(&self, site: &SiteId, url: Option<&str>) -> Result<(), AdminError> {
        self.settled(self.store.set_site_url(site, url).await)
    }

    async fn set_owner_limits(&self, owner: &OwnerRef, limits: Limits) -> Result<(), AdminError> {
        self.settled(self.store.set_owner_limits(owner, limits).await)
    }

    async fn list_owners(
        &self,
        kind: OwnerKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<OwnerSummary>, AdminError> {
        if self.flaw == Flaw::OwnersByLocale {
            let mut all = self.store.list_owners(kind, None, usize::MAX).await?;
            all.sort_by_key(|line| line.owner.id().to_lowercase());
            let behind = |line: &OwnerSummary| {
                after.is_none_or(|after| line.owner.id().to_lowercase() > after.to_lowercase())
            };
            return Ok(all.into_iter().filter(behind).take(limit).collect());
        }
        let page = self.store.list_owners(kind, after, limit).await?;
        let bare = self.flaw == Flaw::OwnersWithoutUrls;
        Ok(page.into_iter().map(|line| if bare { line.with_url(None) } else { line }).collect())
    }

    async fn set_owner_active(&self, owner: &OwnerRef, active: Enabled) -> Result<(), AdminError> {
        if self.flaw == Flaw::SwitchesNoOwner {
            return Ok(());
        }
        self.settled(self.store.set_owner_active(owner, active).await)
    }

    async fn issue(&self, mut key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
        match (self.flaw, &key.secret) {
            (Flaw::ForgetsPrefix, _) => key.prefix.clear(),
            (Flaw::ForgetsLabel, _) => key.label.clear(),
            (Flaw::ForgetsBeginning, _) => key.not_before = None,
            (Flaw::ForgetsFormat, KeySecret::Generate) => {
                if let Some(format) = key.format.take() {
                    key.secret = KeySecret::Import(format.generate(key.id.as_ref())?.1);
                }
            }
            (Flaw::UppercasesImports, KeySecret::Import(secret)) => {
                let text = secret.expose_text().unwrap_or_default().to_ascii_uppercase();
                key.secret = KeySecret::Import(text.as_str().into());
            }
            (Flaw::RefusesGuests, _) if self.is_guest(&key).await => return Err(AdminError::ForeignOwner),
            _ => {}
        }
        let mut free = false;
        if let (Flaw::RacesForIds, Some(id)) = (self.flaw, &key.id) {
            free = self.find_key(&KeyRef { realm: key.realm.clone(), id: id.clone() }).await?.is_none();
            tokio::task::yield_now().await;
        }
        if self.flaw == Flaw::AnySchemeHasForms
            && !matches!(key.scheme, Scheme::XAuth | Scheme::QuerySignature)
        {
            key.signature_forms = SignatureForms::Any;
        }
        let issued = match (self.flaw, self.store.issue(again(&key), now).await) {
            (Flaw::AcceptsAnything, Err(AdminError::Invalid(_))) => something(),
            (Flaw::AcceptsDuplicates, Err(AdminError::Duplicate)) => {
                self.store.issue(unnamed(&key), now).await?
            }
            (Flaw::RacesForIds, Err(AdminError::Duplicate)) if free => {
                self.store.issue(unnamed(&key), now).await?
            }
            (Flaw::ReusesRevoked, Err(AdminError::Duplicate)) if self.is_of_revoked(&key).await => {
                self.store.issue(unnamed(&key), now).await?
            }
            (Flaw::AcceptsAnyOwner, Err(AdminError::UnknownOwner | AdminError::ForeignOwner)) => {
                self.store.issue(unowned(&key), now).await?
            }
            (Flaw::LeavesKeysBehind, Err(error)) => {
                drop(self.store.issue(unowned(&key), now).await);
                return Err(error);
            }
            (_, answer) => answer?,
        };
        let name = KeyRef { realm: key.realm, id: issued.id.clone() };
        if self.flaw == Flaw::LabelsWithSecrets {
            let text = issued.secret.expose_text().unwrap_or_default();
            self.store.edit(&name, KeyEdit::new().label(text)).await?;
        }
        self.notes().digests.insert(name, KeyHasher::sha256().digest(issued.secret.expose()));
        Ok(issued)
    }

    async fn issue_all(&self, mut keys: Vec<NewKey>, now: Timestamp) -> Result<Vec<IssuedKey>, AdminError> {
        if self.flaw == Flaw::OneByOne {
            let mut all = Vec::new();
            for key in keys {
                all.push(self.store.issue(key, now).await?);
            }
            return Ok(all);
        }
        if self.flaw == Flaw::Backwards {
            keys.reverse();
        }
        self.store.issue_all(keys, now).await
    }

    async fn rotate(&self, key: &KeyRef, overlap: Duration, now: Timestamp) -> Result<IssuedKey, AdminError> {
        for other in self.besides(key) {
            drop(self.store.rotate(&other, overlap, now).await);
        }
        let digest = self.notes().digests.get(key).copied();
        let handle = KeyHandle::Digests { realm: &key.realm, digests: digest.as_slice() };
        if let (Some(digest), Ok(Some(found))) = (digest, self.store.find(&handle).await) {
            self.notes().found.insert(digest, found);
        }
        let overlap = match self.flaw {
            Flaw::NoOverlap => Duration::ZERO,
            Flaw::AlwaysOverlaps => overlap.max(seconds(1)),
            _ => overlap,
        };
        let known = self.store.find_key(key).await?;
        let end = |end| KeyEdit::new().expires_at(end);
        if self.flaw == Flaw::LengthensOldSecrets {
            let _ = self.store.edit(key, end(None)).await;
        }
        let answer = self.store.rotate(key, overlap, now).await;
        match (self.flaw, known, answer) {
            (Flaw::LengthensOldSecrets, Some(known), answer) => {
                let _ = self.store.edit(key, end(known.expires_at)).await;
                answer
            }
            (Flaw::LengthensKeys, Some(_), answer) => {
                let _ = self.store.edit(key, end(None)).await;
                answer
            }
            (Flaw::RenamesOnRotation, _, Ok(issued)) => {
                Ok(IssuedKey::new(KeyId::from("renamed"), issued.secret.into_secret()))
            }
            (Flaw::RotatesRevoked, _, Err(AdminError::Revoked)) => Ok(something()),
            (_, _, answer) => answer,
        }
    }

    async fn revoke(&self, key: &KeyRef, reason: &str, now: Timestamp) -> Result<(), AdminError> {
        for other in self.besides(key) {
            let _ = self.store.revoke(&other, reason, now).await;
        }
        let answer = self.store.revoke(key, reason, now).await;
        if answer.is_ok() {
            let revoked = Revoked { at: now, reason: reason.to_owned() };
            self.notes().revoked.insert(key.clone(), revoked);
        }
        self.settled(answer)
    }

    async fn set_enabled(&self, key: &KeyRef, enabled: Enabled) -> Result<(), AdminError> {
        for other in self.besides(key) {
            let _ = self.store.set_enabled(&other, enabled).await;
        }
        let known = self.store.find_key(key).await?;
        let revoked = known.is_some_and(|key| key.state == KeyState::Revoked);
        if self.flaw == Flaw::RacesWithRevocation && !revoked {
            tokio::task::yield_now().await;
            if enabled == Enabled::Yes
                && matches!(self.store.set_enabled(key, enabled).await, Err(AdminError::Revoked))
            {
                self.notes().revived.push(key.clone());
                return Ok(());
            }
        }
        if self.flaw == Flaw::RevivesRevoked && revoked {
            self.notes().revived.push(key.clone());
            return Ok(());
        }
        self.settled(self.store.set_enabled(key, enabled).await)
    }

    async fn edit(&self, key: &KeyRef, mut edit: KeyEdit) -> Result<(), AdminError> {
        for other in self.besides(key) {
            let _ = self.store.edit(&other, edit.clone()).await;
        }
        let label = edit.label.clone();
        match self.flaw {
            Flaw::EditsKeepScopes => edit.scopes = None,
            Flaw::EditsForgetNotes => drop(edit.note.get_or_insert_default()),
            Flaw::NoNotesOfRevoked => edit.label = label.clone().or(Some(String::new())),
            _ => {}
        }
        let answer = self.store.edit(key, edit).await;
        if let (Flaw::EditsByHalves, Err(AdminError::Invalid(_)), Some(label)) = (self.flaw, &answer, label) {
            let _ = self.store.edit(key, KeyEdit::new().label(label)).await;
        }
        self.settled(answer)
    }

    async fn assign_networks(&self, key: &KeyRef, networks: Networks) -> Result<(), AdminError> {
        for other in self.besides(key) {
            let _ = self.store.assign_networks(&other, networks.clone()).await;
        }
        if self.flaw == Flaw::IgnoresAssignedNetworks {
            return Ok(());
        }
        self.settled(self.store.assign_networks(key, networks).await)
    }

    async fn record_uses(&self, uses: &[(KeyRef, Timestamp)]) -> Result<(), AdminError> {
        for (key, at) in uses {
            for other in self.besides(key) {
                self.store.record_uses(&[(other, *at)]).await?;
            }
        }
        self.notes().used.extend(uses.iter().cloned());
        self.store.record_uses(uses).await
    }

    async fn find_key(&self, key: &KeyRef) -> Result<Option<KeySummary>, AdminError> {
        let mut known = self.store.find_key(key).await?;
        if self.flaw == Flaw::FoldsIds && known.is_none() {
            let all =
                self.store.list(&KeyQuery::new(key.realm.clone()), Timestamp::from_unix_seconds(0)).await?;
            known = all.into_iter().find(|line| line.id.as_str().eq_ignore_ascii_case(key.id.as_str()));
        }
        Ok(known.map(|key| self.told(key)))
    }

    async fn list(&self, query: &KeyQuery, now: Timestamp) -> Result<Vec<KeySummary>, AdminError> {
        self.listed(query, now).await
    }
}
