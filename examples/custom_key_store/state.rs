//! What the file holds, and how it becomes what the crate speaks of.

use std::collections::BTreeMap;

use portcullis::store::{
    EntryPoints, KeyFormat, KeyOwner, KeyState, KeySummary, Networks, NewKey, OwnerRef, Revoked,
    SignatureForms, StoreError, issuing,
};
use portcullis::{Limits, Realm, Scheme, Scopes, Timestamp};
use serde::{Deserialize, Serialize};

/// Everything. Times are in microseconds since the Unix epoch.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) users: BTreeMap<String, StoredOwner>,
    pub(crate) accounts: BTreeMap<String, StoredOwner>,
    pub(crate) sites: BTreeMap<String, StoredOwner>,
    /// By realm, then by id.
    pub(crate) keys: BTreeMap<String, BTreeMap<String, StoredKey>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredOwner {
    pub(crate) account: Option<String>,
    pub(crate) active: bool,
    pub(crate) url: Option<String>,
    pub(crate) limits: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredKey {
    scheme: String,
    user: Option<String>,
    account: Option<String>,
    site: Option<String>,
    /// What may be seen of the newest secret.
    shown: (String, Option<String>),
    label: String,
    note: String,
    pub(crate) format: String,
    scopes: String,
    entry_points: Option<Vec<String>>,
    allowed: Vec<String>,
    denied: Vec<String>,
    limits: String,
    signature_forms: String,
    state: String,
    not_before: Option<i64>,
    expires_at: Option<i64>,
    created_at: i64,
    renewed_at: i64,
    pub(crate) last_used: Option<i64>,
    revoked: Option<(i64, String)>,
    pub(crate) epoch: u64,
    /// The newest first, and at most two.
    pub(crate) secrets: Vec<StoredSecret>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredSecret {
    /// Which of the key's secrets: 1, then 2 after a rotation, ...
    pub(crate) number: i64,
    /// Of an API key the digest, of a signing key the secret, sealed; in hexadecimal.
    pub(crate) kept: String,
    pub(crate) expires_at: Option<i64>,
}

const STATES: [(&str, KeyState); 3] =
    [("enabled", KeyState::Enabled), ("disabled", KeyState::Disabled), ("revoked", KeyState::Revoked)];

/// What cannot be read is an error, never absent.
const DAMAGED: StoreError = StoreError::corrupt("a key in the file");

impl StoredKey {
    pub(crate) fn new(key: &KeySummary, format: &KeyFormat) -> Self {
        let texts = |networks: &[ipnet::IpNet]| networks.iter().map(ToString::to_string).collect();
        let state = STATES.iter().find(|(_, state)| *state == key.state).map_or("revoked", |(name, _)| name);
        Self {
            scheme: key.scheme.name().to_owned(),
            user: key.owner.user.as_ref().map(ToString::to_string),
            account: key.owner.account.as_ref().map(ToString::to_string),
            site: key.owner.site.as_ref().map(ToString::to_string),
            shown: (key.hint.prefix().to_owned(), key.hint.last_four().map(str::to_owned)),
            label: key.label.clone(),
            note: key.note.clone(),
            format: format.to_string(),
            scopes: key.scopes.to_string(),
            entry_points: key.entry_points.names().map(|names| names.map(str::to_owned).collect()),
            allowed: texts(key.networks.allowed()),
            denied: texts(key.networks.denied()),
            limits: key.limits.to_string(),
            signature_forms: key.signature_forms.name().to_owned(),
            state: state.to_owned(),
            not_before: key.not_before.map(Timestamp::as_unix_micros),
            expires_at: key.expires_at.map(Timestamp::as_unix_micros),
            created_at: key.created_at.as_unix_micros(),
            renewed_at: key.renewed_at.as_unix_micros(),
            last_used: key.last_used.map(Timestamp::as_unix_micros),
            revoked: key.revoked.as_ref().map(|word| (word.at.as_unix_micros(), word.reason.clone())),
            epoch: 0,
            secrets: Vec::new(),
        }
    }

    /// The same key with what `key` says of it.
    pub(crate) fn changed(&mut self, key: &KeySummary) {
        let (format, secrets) = (std::mem::take(&mut self.format), std::mem::take(&mut self.secrets));
        let changed = Self::new(key, &KeyFormat::default());
        *self = Self { format, secrets, epoch: self.epoch + 1, ..changed };
    }

    pub(crate) fn summary(&self, state: &State, realm: &str, id: &str) -> Result<KeySummary, StoreError> {
        let scheme = Scheme::of_stored(&self.scheme).ok_or(DAMAGED)?;
        let (_, switch) = STATES.into_iter().find(|(name, _)| *name == self.state).ok_or(DAMAGED)?;
        let owner = KeyOwner {
            user: self.user.as_deref().map(Into::into),
            account: self.account.as_deref().map(Into::into),
            site: self.site.as_deref().map(Into::into),
        };
        let networks = Networks::any().with_allowed(strs(&self.allowed)).map_err(|_| DAMAGED)?;
        let mut new = NewKey::new(scheme, KeyOwner::default());
        new.realm = Realm::from(realm);
        new.label = self.label.clone();
        new.note = self.note.clone();
        new.scopes = Scopes::parse(&self.scopes).map_err(|_| DAMAGED)?;
        if let Some(names) = &self.entry_points {
            new.entry_points = EntryPoints::only(strs(names)).map_err(|_| DAMAGED)?;
        }
        new.networks = networks.with_denied(strs(&self.denied)).map_err(|_| DAMAGED)?;
        new.limits = limits(&self.limits)?;
        new.signature_forms = SignatureForms::of_name(&self.signature_forms).ok_or(DAMAGED)?;
        new.not_before = self.not_before.map(Timestamp::from_unix_micros);
        new.expires_at = self.expires_at.map(Timestamp::from_unix_micros);
        let owners = state.owners_of(&owner);
        let active = owners.iter().flatten().all(|known| known.active);
        let created = Timestamp::from_unix_micros(self.created_at);
        let mut key = issuing::summary(new, id.into(), owner, active, created);
        let [user, account, site] = owners;
        let of =
            |known: Option<&StoredOwner>| known.map_or(Ok(Limits::none()), |known| limits(&known.limits));
        key.owner_limits.user = of(user)?;
        key.owner_limits.account = of(account)?;
        key.owner_limits.site = of(site)?;
        key.site_url = site.and_then(|site| site.url.clone());
        key.hint = issuing::kept_hint(&self.shown.0, self.shown.1.as_deref())?;
        key.state = switch;
        key.renewed_at = Timestamp::from_unix_micros(self.renewed_at);
        key.previous_until =
            self.secrets.get(1).and_then(|old| old.expires_at).map(Timestamp::from_unix_micros);
        key.last_used = self.last_used.map(Timestamp::from_unix_micros);
        let revoked = |(at, reason): &(i64, String)| Revoked {
            at: Timestamp::from_unix_micros(*at),
            reason: reason.clone(),
        };
        key.revoked = self.revoked.as_ref().map(revoked);
        Ok(key)
    }
}

pub(crate) fn limits(text: &str) -> Result<Limits, StoreError> {
    text.parse().map_err(|_| DAMAGED)
}

impl State {
    pub(crate) fn owner(&self, owner: &OwnerRef) -> Option<&StoredOwner> {
        match owner {
            OwnerRef::User(id) => self.users.get(id.as_str()),
            OwnerRef::Account(id) => self.accounts.get(id.as_str()),
            OwnerRef::Site(id) => self.sites.get(id.as_str()),
        }
    }

    pub(crate) fn owner_mut(&mut self, owner: &OwnerRef) -> Option<&mut StoredOwner> {
        match owner {
            OwnerRef::User(id) => self.users.get_mut(id.as_str()),
            OwnerRef::Account(id) => self.accounts.get_mut(id.as_str()),
            OwnerRef::Site(id) => self.sites.get_mut(id.as_str()),
        }
    }

    /// Each part of an owner: the user, the account, the site.
    fn owners_of(&self, owner: &KeyOwner) -> [Option<&StoredOwner>; 3] {
        [
            owner.user.as_ref().and_then(|id| self.users.get(id.as_str())),
            owner.account.as_ref().and_then(|id| self.accounts.get(id.as_str())),
            owner.site.as_ref().and_then(|id| self.sites.get(id.as_str())),
        ]
    }

    /// Every key that an owner is behind.
    pub(crate) fn keys_of(&mut self, owner: &OwnerRef) -> impl Iterator<Item = &mut StoredKey> {
        self.keys.values_mut().flat_map(BTreeMap::values_mut).filter(move |key| {
            let part = match owner {
                OwnerRef::User(_) => &key.user,
                OwnerRef::Account(_) => &key.account,
                OwnerRef::Site(_) => &key.site,
            };
            part.as_deref() == Some(owner.id())
        })
    }
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
