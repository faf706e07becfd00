//! A store of keys with a flaw: how keys are found.

use std::sync::Arc;

use portcullis::store::{
    FromKey, KeyAdmin, KeyDigest, KeyFacts, KeyHandle, KeyOwner, KeyQuery, KeyRef, KeyState, KeyStore,
    Networks, OwnerLimits, SignatureForms, StoreError, StoredPrincipal, issuing,
};
use portcullis::{KeyId, Realm, Scheme};

use super::flaw::Flaw;
use super::flawed::Flawed;
use crate::fixtures::{Record, at};

impl KeyStore for Flawed {
    type Principal = StoredPrincipal;

    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Record>, StoreError> {
        let backwards: Vec<KeyDigest>;
        let mut handle = *handle;
        if let (Flaw::LastDigest, KeyHandle::Digests { realm, digests }) = (self.flaw, handle) {
            backwards = digests.iter().rev().copied().collect();
            handle = KeyHandle::Digests { realm, digests: &backwards };
        }
        if self.flaw == Flaw::NothingIsAnEntry
            && matches!(handle, KeyHandle::Digests { digests, .. } if digests.is_empty())
        {
            return Err(StoreError::unavailable("no digest"));
        }
        let found = match self.store.find(&handle).await? {
            Some(found) => Some(found),
            None => self.elsewhere(&handle).await?,
        };
        match found {
            Some(found) => Ok(Some(self.shown(found).await)),
            None if self.flaw == Flaw::AbsenceIsAnError => Err(StoreError::unavailable("not there")),
            None => Ok(None),
        }
    }
}

impl Flawed {
    /// What the flaw finds where there is nothing.
    async fn elsewhere(&self, handle: &KeyHandle<'_>) -> Result<Option<Record>, StoreError> {
        match (self.flaw, *handle) {
            (Flaw::FoldsIds, KeyHandle::Id { realm, scheme, id }) => {
                let all = self.store.list(&KeyQuery::new(realm.clone()), at(0)).await.expect("a list");
                let other = all.iter().find(|line| line.id.as_str().eq_ignore_ascii_case(id));
                match other {
                    Some(other) => {
                        self.store.find(&KeyHandle::Id { realm, scheme, id: other.id.as_str() }).await
                    }
                    None => Ok(None),
                }
            }
            (Flaw::AnyScheme, KeyHandle::Id { realm, id, .. }) => {
                self.store.find(&KeyHandle::Id { realm, scheme: Scheme::XAuth, id }).await
            }
            (Flaw::AnyRealm, handle) => {
                for realm in ["default", "elsewhere", "one"].map(Realm::from) {
                    let realm = &realm;
                    let found = match handle {
                        KeyHandle::Id { scheme, id, .. } => {
                            self.store.find(&KeyHandle::Id { realm, scheme, id }).await?
                        }
                        KeyHandle::Digests { digests, .. } => {
                            self.store.find(&KeyHandle::Digests { realm, digests }).await?
                        }
                        KeyHandle::Name { id, .. } => self.store.find(&KeyHandle::Name { realm, id }).await?,
                        _ => None,
                    };
                    if found.is_some() {
                        return Ok(found);
                    }
                }
                Ok(None)
            }
            (Flaw::ApiKeysById, KeyHandle::Id { realm, scheme: Scheme::ApiKey, id }) => {
                let name = KeyRef { realm: realm.clone(), id: KeyId::from(id) };
                let digest = self.notes().digests.get(&name).copied();
                self.store.find(&KeyHandle::Digests { realm, digests: digest.as_slice() }).await
            }
            (Flaw::DroppedSecretsWork, KeyHandle::Digests { digests: [digest], .. }) => {
                Ok(self.notes().found.get(digest).cloned())
            }
            _ => Ok(None),
        }
    }

    /// The record with what is wrong with it.
    async fn shown(&self, found: Record) -> Record {
        let name = KeyRef { realm: found.realm().clone(), id: found.id().clone() };
        let mut key = self.store.find_key(&name).await.expect("an answer").expect("the key");
        let (mut end, mut epoch) = (found.expires_at(), found.epoch());
        let (first, revived) = {
            let mut notes = self.notes();
            let first = notes.first.entry(name.clone()).or_insert_with(|| key.clone()).clone();
            (first, notes.revived.contains(&name))
        };
        let (signing, revoked) = (key.scheme != Scheme::ApiKey, key.state == KeyState::Revoked);
        match self.flaw {
            Flaw::IgnoresBeginning => key.not_before = None,
            Flaw::SigningIgnoresBeginning if signing => key.not_before = None,
            Flaw::IgnoresEnd => (key.expires_at, end) = (None, None),
            Flaw::IgnoresSwitch if !signing && !revoked => key.state = KeyState::Enabled,
            Flaw::NewSecretSurvivesRevocation if !signing && revoked && end.is_none() => {
                key.state = KeyState::Enabled
            }
            Flaw::SigningSurvivesRevocation if signing && revoked => key.state = KeyState::Enabled,
            Flaw::IgnoresOwners => key.owner_active = true,
            Flaw::IgnoresNetworks => key.networks = Networks::any(),
            Flaw::IgnoresForms => key.signature_forms = SignatureForms::Any,
            Flaw::KeepsRecordedScopes => key.scopes = first.scopes,
            Flaw::KeepsRecordedLimits => key.limits = first.limits,
            Flaw::IgnoresOwnerLimits => key.owner_limits = OwnerLimits::default(),
            Flaw::EpochStays => epoch = 0,
            _ if revived => key.state = KeyState::Enabled,
            _ => {}
        }
        let (another, nobody) = (KeyId::from("another"), KeyOwner::default());
        let principal = StoredPrincipal::from_key(&KeyFacts::new(
            if self.flaw == Flaw::NamesAnotherKey { &another } else { &key.id },
            &key.realm,
            key.scheme,
            if self.flaw == Flaw::ForgetsOwners { &nobody } else { &key.owner },
            &key.scopes,
        ));
        let mut record = issuing::record(&key, principal.expect("a principal"), epoch, end);
        for secret in found.secrets_at(at(-1_000_000)) {
            if self.flaw == Flaw::NewestSecretOnly && secret.expires_at().is_some() {
                continue;
            }
            if self.flaw == Flaw::SecretTwice {
                record = record.secret(secret.clone());
            }
            record = record.secret(secret.clone());
        }
        Arc::new(record.build())
    }
}
