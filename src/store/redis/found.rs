//! A key as scripts find it: its document, with what its owners and its uses say about it.

use super::documents::{StoredKey, StoredOwner, StoredSecret};
use crate::canonical::base64;
use crate::crypto::RandomError;
use crate::store::sealing::{MasterKey, SealedPlace};
use crate::store::{KeyDigest, KeyRef, KeySummary, LiveSecret, OwnerLimits, StoreError};
use crate::{Limits, Secret, Timestamp};

type Document = Option<Vec<u8>>;

/// The answer of a script: the document, the last use, and the documents of user, account and
/// site.
pub(super) type Answer = (Vec<u8>, Option<i64>, Document, Document, Document);

/// A key with all that is known about it.
pub(super) struct Found {
    pub(super) summary: KeySummary,
    pub(super) secrets: Vec<StoredSecret>,
    pub(super) epoch: u64,
}

impl Found {
    /// Reads the answer of a script that was asked for a key of this name.
    pub(super) fn read(name: &KeyRef, answer: Answer) -> Result<Self, StoreError> {
        let (document, used, user, account, site) = answer;
        let StoredKey { mut summary, secrets, epoch, .. } = StoredKey::parse(&document)?;
        if summary.realm != name.realm || summary.id != name.id {
            return Err(StoreError::corrupt("the name of a key"));
        }
        let owner = &summary.owner;
        let user = known(owner.user.is_some(), user)?;
        let account = known(owner.account.is_some(), account)?;
        let site = known(owner.site.is_some(), site)?;
        let owners = [&user, &account, &site];
        let limits = |owner: &Option<StoredOwner>| {
            owner.as_ref().map_or_else(Limits::none, |owner| owner.limits.clone())
        };
        summary.owner_active = owners.into_iter().flatten().all(|owner| owner.active);
        summary.owner_limits =
            OwnerLimits { user: limits(&user), account: limits(&account), site: limits(&site) };
        summary.last_used = used.map(Timestamp::from_unix_micros);
        // A change of an owner is a change of its keys: each of these numbers only grows.
        let epoch = owners.into_iter().flatten().fold(epoch, |sum, owner| sum.saturating_add(owner.epoch));
        summary.site_url = site.and_then(|site| site.url);
        Ok(Self { summary, secrets, epoch })
    }

    /// The end of the secret with this digest.
    pub(super) fn end_of(&self, digest: &KeyDigest) -> Result<Option<Timestamp>, StoreError> {
        let digest = hex(digest.as_bytes());
        let found = self.secrets.iter().find(|secret| secret.digest.as_ref() == Some(&digest));
        Ok(found.ok_or(StoreError::corrupt("the digest of an API key"))?.expires_at())
    }

    /// The secrets of a signing key, opened.
    pub(super) fn live_secrets(&self, master: &MasterKey) -> Result<Vec<LiveSecret>, StoreError> {
        self.secrets.iter().map(|secret| open(&self.summary, secret, master)).collect()
    }
}

/// The document of an owner, which is there where a key names one.
fn known(named: bool, document: Document) -> Result<Option<StoredOwner>, StoreError> {
    match document {
        Some(document) if named => StoredOwner::parse(&document).map(Some),
        None if !named => Ok(None),
        _ => Err(StoreError::corrupt("an owner of a key")),
    }
}

/// How digests are written.
pub(super) fn hex(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Seals the secret of a signing key, or the hash of another system.
pub(super) fn seal(
    key: &KeySummary,
    number: i64,
    secret: &Secret,
    master: &MasterKey,
) -> Result<String, RandomError> {
    master.seal(secret, &place(key, number)).map(|sealed| base64::encode_url(&sealed))
}

fn open(key: &KeySummary, secret: &StoredSecret, master: &MasterKey) -> Result<LiveSecret, StoreError> {
    Ok(LiveSecret::new(opened(key, secret, master)?, secret.expires_at()))
}

/// What was sealed.
pub(super) fn opened(
    key: &KeySummary,
    secret: &StoredSecret,
    master: &MasterKey,
) -> Result<Secret, StoreError> {
    let sealed = secret.sealed.as_deref().and_then(|text| base64::url_vec(text.as_bytes()));
    let opened = sealed.and_then(|sealed| master.open(&sealed, &place(key, secret.number)));
    opened.ok_or(StoreError::corrupt("a secret that the master key does not open"))
}

const fn place(key: &KeySummary, number: i64) -> SealedPlace<'_> {
    SealedPlace { realm: &key.realm, scheme: key.scheme, id: &key.id, number }
}
