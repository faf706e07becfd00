//! Hashes of foreign keys in Redis: each is sealed in its key, and is found by its name.

use super::RedisKeyStore;
use super::documents::{StoredKey, StoredSecret};
use super::draft::{Attempts, Draft};
use super::found::{Answer, Found, hex, opened};
use super::issue::name;
use super::scripts::FIND_DIGEST;
use crate::store::{
    AdminError, Change, FromKey, KeyRef, KeyState, KeySummary, LegacyHash, LegacyKeyStore, LegacyName,
    LegacyPlace, NewKey, StoreError, issuing,
};
use crate::{KeyId, Realm, Scheme, Secret, Timestamp};

const HASH: StoreError = StoreError::corrupt("the sealed hash of a key");

impl<P: FromKey> LegacyKeyStore for RedisKeyStore<P> {
    async fn import_hash(
        &self,
        mut key: NewKey,
        hash: &LegacyHash,
        visible: Option<&str>,
        now: Timestamp,
    ) -> Result<KeyId, AdminError> {
        let (id, place) = issuing::forge_legacy(&key, hash, visible, &self.hasher)?;
        let (format, owner) = (issuing::format(&key)?, std::mem::take(&mut key.owner));
        let asked = issuing::summary(key, id.clone(), owner, true, now);
        let held = self.place_name(&asked.realm, &place);
        let mut attempts = Attempts::default();
        loop {
            let mut draft = self.draft();
            let places = [held.clone(), self.server.names().master_key()];
            draft.read(self.named_by_row(&asked).chain(places)).await?;
            let summary = self.settled(&draft, &asked)?;
            if draft.holds(&held)? {
                return Err(AdminError::Duplicate);
            }
            let secret = match &place {
                LegacyPlace::Digest(digest) => StoredSecret::of_digest(1, hex(digest.as_bytes())),
                LegacyPlace::Name(name) => {
                    let sealed = self.seal(&mut draft, &summary, 1, &Secret::from(&*hash.expose()))?;
                    StoredSecret::of_legacy(1, hex(name.as_bytes()), sealed)
                }
            };
            draft.write(held.clone(), id.as_str().into());
            self.put_key(&mut draft, summary, format.clone(), secret)?;
            if draft.commit(Change::Secret(name(&asked))).await? {
                return Ok(id);
            }
            attempts.again().await?;
        }
    }

    async fn legacy_hash(
        &self,
        realm: &Realm,
        names: &[LegacyName],
    ) -> Result<Option<(KeyRef, LegacyHash)>, StoreError> {
        let mut call = self.server.invoke(&FIND_DIGEST);
        call.arg(realm.as_str());
        for name in names {
            call.key(self.server.names().legacy(realm, &hex(name.as_bytes())));
        }
        let answer: Option<(usize, String, Option<Answer>)> = self.server.run(&call).await?;
        let Some((place, id, answer)) = answer else { return Ok(None) };
        let asked = place.checked_sub(1).and_then(|place| names.get(place)).ok_or(HASH)?;
        let key = KeyRef { realm: realm.clone(), id: KeyId::from(id) };
        let found = Found::read(&key, answer.ok_or(HASH)?)?;
        let asked = hex(asked.as_bytes());
        let held = found.secrets.iter().find(|secret| secret.legacy.as_ref() == Some(&asked)).ok_or(HASH)?;
        let hash = self.hash(&found.summary, held)?;
        Ok(Some((key, hash)))
    }

    async fn adopt(&self, key: &KeyRef, hash: &LegacyHash, secret: &Secret) -> Result<(), AdminError> {
        let name = self.server.names().key(key);
        // Read together: between two looks another one may adopt the key, and its text would seem
        // to be that of a stranger.
        let digests = self.digest_names(&key.realm, Scheme::ApiKey, secret);
        let mut attempts = Attempts::default();
        loop {
            let mut draft = self.draft();
            draft.read(digests.iter().chain([&name]).cloned()).await?;
            let mut held = StoredKey::parse(draft.document(&name)?.ok_or(AdminError::UnknownKey)?)?;
            if held.summary.state == KeyState::Revoked {
                return Err(AdminError::Revoked);
            }
            if !self.replace_hash(&mut draft, &mut held, hash, secret)? {
                return if self.holds_text(&held, secret) { Ok(()) } else { Err(AdminError::UnknownKey) };
            }
            held.epoch = held.epoch.saturating_add(1);
            draft.write(name.clone(), held.print()?);
            if draft.commit(Change::Secret(key.clone())).await? {
                return Ok(());
            }
            attempts.again().await?;
        }
    }
}

impl<P: FromKey> RedisKeyStore<P> {
    /// Where a hash is found.
    fn place_name(&self, realm: &Realm, place: &LegacyPlace) -> String {
        let names = self.server.names();
        match place {
            LegacyPlace::Digest(digest) => names.digest(realm, &hex(digest.as_bytes())),
            LegacyPlace::Name(name) => names.legacy(realm, &hex(name.as_bytes())),
        }
    }

    /// Writes the digest of the text into the change, in the place of this hash; false where the
    /// key does not have it.
    fn replace_hash(
        &self,
        draft: &mut Draft<'_>,
        key: &mut StoredKey,
        hash: &LegacyHash,
        secret: &Secret,
    ) -> Result<bool, AdminError> {
        let realm = key.summary.realm.clone();
        for (place, held) in key.secrets.iter_mut().enumerate() {
            let Some(name) = held.legacy.clone() else { continue };
            if !self.hash(&key.summary, held)?.is_same(hash) {
                continue;
            }
            let new = self.hold(draft, &key.summary, held.number, secret)?;
            held.adopt(new.digest.ok_or(HASH)?);
            if place == 0 {
                key.summary.hint = issuing::hint(Scheme::ApiKey, &key.format, secret);
            }
            draft.delete(self.server.names().legacy(&realm, &name));
            return Ok(true);
        }
        Ok(false)
    }

    /// Whether a key has this text already.
    fn holds_text(&self, key: &StoredKey, secret: &Secret) -> bool {
        let digests = self.hasher.digests(secret.expose());
        let texts: Vec<_> = digests.as_slice().iter().map(|digest| hex(digest.as_bytes())).collect();
        key.secrets.iter().filter_map(|held| held.digest.as_ref()).any(|digest| texts.contains(digest))
    }

    /// The hash of another system, opened.
    fn hash(&self, key: &KeySummary, held: &StoredSecret) -> Result<LegacyHash, StoreError> {
        let opened = opened(key, held, &self.master)?;
        opened.expose_text().and_then(|text| text.parse().ok()).ok_or(HASH)
    }
}
