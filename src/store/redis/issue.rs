//! Issuing keys, and giving them new secrets.

use std::time::Duration;

use super::RedisKeyStore;
use super::documents::{StoredKey, StoredOwner, StoredSecret};
use super::draft::{Attempts, Draft};
use super::found::{hex, opened, seal};
use crate::store::{
    AdminError, Change, FromKey, IssuedKey, KeyDigest, KeyFormat, KeyOwner, KeyRef, KeyState, KeySummary,
    NewKey, OwnerRef, StoreError, issuing,
};
use crate::{Realm, Scheme, Secret, Timestamp};

/// How many of a key's secrets are kept: the newest and the one before.
const SECRETS: usize = 2;

/// A key that was found acceptable, with the owner that was asked for.
struct Forged {
    summary: KeySummary,
    format: KeyFormat,
    issued: IssuedKey,
}

impl Forged {
    fn new(mut key: NewKey, now: Timestamp) -> Result<Self, AdminError> {
        let (issued, format) = (issuing::forge(&key)?, issuing::format(&key)?);
        let owner = std::mem::take(&mut key.owner);
        let mut summary = issuing::summary(key, issued.id.clone(), owner, true, now);
        summary.hint = issuing::hint(summary.scheme, &format, issued.secret.as_ref());
        Ok(Self { summary, format, issued })
    }
}

impl<P: FromKey> RedisKeyStore<P> {
    /// Issues keys in one change: all of them, or none.
    pub(super) async fn issue_keys(
        &self,
        keys: Vec<NewKey>,
        now: Timestamp,
    ) -> Result<Vec<IssuedKey>, AdminError> {
        let (mut forged, mut refused) = (Vec::with_capacity(keys.len()), None);
        for key in keys {
            match Forged::new(key, now) {
                Ok(key) => forged.push(key),
                // What is wrong with an earlier key is said first.
                Err(error) => {
                    refused = Some(error);
                    break;
                }
            }
        }
        let mut attempts = Attempts::default();
        loop {
            let mut draft = self.draft();
            draft.read(forged.iter().flat_map(|key| self.named_by(key))).await?;
            for key in &forged {
                self.add_key(&mut draft, key)?;
            }
            if let Some(error) = refused.take() {
                return Err(error);
            }
            let change = match forged.as_slice() {
                [] => return Ok(Vec::new()),
                [one] => Change::Secret(name(&one.summary)),
                _ => Change::Everything,
            };
            if draft.commit(change).await? {
                return Ok(forged.into_iter().map(|key| key.issued).collect());
            }
            attempts.again().await?;
        }
    }

    /// The names of everything that a new key depends on.
    fn named_by(&self, key: &Forged) -> impl Iterator<Item = String> {
        let summary = &key.summary;
        self.named_by_row(summary).chain(self.named_by_secret(summary, key.issued.secret.as_ref()))
    }

    /// The names of all of it but its secret.
    pub(super) fn named_by_row(&self, key: &KeySummary) -> impl Iterator<Item = String> {
        let names = self.server.names();
        let owners = parts(&key.owner).map(|part| names.owner(&part));
        std::iter::once(names.key(&name(key))).chain(owners)
    }

    /// The names of what its secret depends on.
    fn named_by_secret(&self, key: &KeySummary, secret: &Secret) -> Vec<String> {
        match key.scheme {
            Scheme::ApiKey => self.digest_names(&key.realm, key.scheme, secret),
            _ => vec![self.server.names().master_key()],
        }
    }

    /// Where a secret may be held already.
    pub(super) fn digest_names(&self, realm: &Realm, scheme: Scheme, secret: &Secret) -> Vec<String> {
        if scheme != Scheme::ApiKey {
            return Vec::new();
        }
        let digests = self.hasher.digests(secret.expose());
        let name = |digest: &KeyDigest| self.server.names().digest(realm, &hex(digest.as_bytes()));
        digests.as_slice().iter().map(name).collect()
    }

    /// Writes a new key into the change.
    fn add_key(&self, draft: &mut Draft<'_>, key: &Forged) -> Result<(), AdminError> {
        let summary = self.settled(draft, &key.summary)?;
        let secret = self.hold(draft, &summary, 1, key.issued.secret.as_ref())?;
        self.put_key(draft, summary, key.format.clone(), secret)
    }

    /// A new key with its owner as the documents know it.
    pub(super) fn settled(&self, draft: &Draft<'_>, key: &KeySummary) -> Result<KeySummary, AdminError> {
        let owner = self.settle(draft, key.owner.clone())?;
        let summary = KeySummary { owner, ..key.clone() };
        issuing::principal::<P>(&summary).ok_or(AdminError::MissingOwner)?;
        Ok(summary)
    }

    /// Writes the document of a new key, and its id into the lists.
    pub(super) fn put_key(
        &self,
        draft: &mut Draft<'_>,
        summary: KeySummary,
        format: KeyFormat,
        secret: StoredSecret,
    ) -> Result<(), AdminError> {
        let names = self.server.names();
        let name = names.key(&name(&summary));
        if draft.holds(&name)? {
            return Err(AdminError::Duplicate);
        }
        let id = summary.id.as_str();
        draft.add(names.keys(&summary.realm), id);
        for part in parts(&summary.owner) {
            draft.add(names.keys_of(&summary.realm, &part), id);
        }
        draft.write(name, StoredKey { summary, format, secrets: vec![secret], epoch: 0 }.print()?);
        Ok(())
    }

    /// The owner as the documents know it.
    fn settle(&self, draft: &Draft<'_>, owner: KeyOwner) -> Result<KeyOwner, AdminError> {
        let account_of = |part: Option<OwnerRef>| {
            let Some(part) = part else { return Ok(None) };
            let document = draft.document(&self.server.names().owner(&part))?;
            let document = document.ok_or(AdminError::UnknownOwner)?;
            StoredOwner::parse(document).map(|known| known.account).map_err(AdminError::from)
        };
        account_of(owner.account.clone().map(OwnerRef::Account))?;
        let user = account_of(owner.user.clone().map(OwnerRef::User))?;
        let site = account_of(owner.site.clone().map(OwnerRef::Site))?;
        issuing::settle_owner(owner, site, user)
    }

    /// What is kept of a new secret; refuses an API key that the realm holds already.
    pub(super) fn hold(
        &self,
        draft: &mut Draft<'_>,
        key: &KeySummary,
        number: i64,
        secret: &Secret,
    ) -> Result<StoredSecret, AdminError> {
        if key.scheme != Scheme::ApiKey {
            return Ok(StoredSecret::of_sealed(number, self.seal(draft, key, number, secret)?));
        }
        for name in self.digest_names(&key.realm, key.scheme, secret) {
            if draft.holds(&name)? {
                return Err(AdminError::Duplicate);
            }
        }
        let digest = hex(self.hasher.digest(secret.expose()).as_bytes());
        draft.write(self.server.names().digest(&key.realm, &digest), key.id.as_str().into());
        Ok(StoredSecret::of_digest(number, digest))
    }

    /// Seals a secret, unless others here were sealed under another master key.
    pub(super) fn seal(
        &self,
        draft: &mut Draft<'_>,
        key: &KeySummary,
        number: i64,
        secret: &Secret,
    ) -> Result<String, AdminError> {
        let name = self.server.names().master_key();
        match draft.document(&name)? {
            Some(proof) => self.master.check_proof(proof)?,
            None => draft.write(name, self.master.proof()?),
        }
        Ok(seal(key, number, secret, &self.master)?)
    }

    /// Puts a new secret in front of those of a key.
    pub(super) async fn rotate_key(
        &self,
        key: &KeyRef,
        overlap: Duration,
        now: Timestamp,
    ) -> Result<IssuedKey, AdminError> {
        let name = self.server.names().key(key);
        let mut attempts = Attempts::default();
        loop {
            let mut draft = self.draft();
            draft.read([name.clone()]).await?;
            let mut held = StoredKey::parse(draft.document(&name)?.ok_or(AdminError::UnknownKey)?)?;
            if held.summary.state == KeyState::Revoked {
                return Err(AdminError::Revoked);
            }
            let issued = issuing::fresh(held.summary.scheme, &held.format, Some(&key.id))?;
            draft.read(self.named_by_secret(&held.summary, issued.secret.as_ref())).await?;
            let newest = held.secrets.first_mut().ok_or(StoreError::corrupt("a key without a secret"))?;
            if newest.sealed.is_some() {
                // What goes on being in force must be readable: else the key is lost with it.
                opened(&held.summary, newest, &self.master)?;
            }
            let ends = [newest.expires_at(), held.summary.expires_at];
            newest.end_at(issuing::retired(now, overlap, ends));
            let number = newest.number.saturating_add(1);
            let secret = self.hold(&mut draft, &held.summary, number, issued.secret.as_ref())?;
            held.secrets.insert(0, secret);
            for dropped in held.secrets.split_off(SECRETS.min(held.secrets.len())) {
                let names = self.server.names();
                let digest = dropped.digest.map(|digest| names.digest(&key.realm, &digest));
                let legacy = dropped.legacy.map(|hash| names.legacy(&key.realm, &hash));
                digest.into_iter().chain(legacy).for_each(|name| draft.delete(name));
            }
            held.summary.renewed_at = now;
            held.summary.hint = issuing::hint(held.summary.scheme, &held.format, issued.secret.as_ref());
            held.epoch = held.epoch.saturating_add(1);
            draft.write(name.clone(), held.print()?);
            if draft.commit(Change::Secret(key.clone())).await? {
                return Ok(issued);
            }
            attempts.again().await?;
        }
    }
}

pub(super) fn name(key: &KeySummary) -> KeyRef {
    KeyRef { realm: key.realm.clone(), id: key.id.clone() }
}

/// Each owner of a key.
fn parts(owner: &KeyOwner) -> impl Iterator<Item = OwnerRef> {
    let user = owner.user.clone().map(OwnerRef::User);
    let account = owner.account.clone().map(OwnerRef::Account);
    let site = owner.site.clone().map(OwnerRef::Site);
    [user, account, site].into_iter().flatten()
}
