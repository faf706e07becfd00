//! A key.

use serde::{Deserialize, Serialize};

use super::{micros, moment, parse, print};
use crate::store::{
    EntryPoints, KeyFormat, KeyOwner, KeyState, KeySummary, Networks, OwnerLimits, Revoked, SignatureForms,
    StoreError, issuing,
};
use crate::{KeyId, Realm, Scheme, Scopes, Timestamp};

/// A key as it is kept. What its owners and its uses say about it is kept elsewhere, and is
/// not in this summary.
#[derive(Clone, Debug)]
pub(in super::super) struct StoredKey {
    pub(in super::super) summary: KeySummary,
    pub(in super::super) format: KeyFormat,
    /// The newest first.
    pub(in super::super) secrets: Vec<StoredSecret>,
    pub(in super::super) epoch: u64,
}

/// One secret of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct StoredSecret {
    /// Which of the key's secrets it is: 1, then 2 after a rotation, ...
    pub(in super::super) number: i64,
    /// Of an API key, the digest in hexadecimal digits.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(in super::super) digest: Option<String>,
    /// Of a signing key, the sealed secret in base64url; of an API key that was imported, the
    /// sealed hash of another system.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(in super::super) sealed: Option<String>,
    /// What such a hash is found by, in hexadecimal digits.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(in super::super) legacy: Option<String>,
    /// When it ends, if that is before the key does.
    #[serde(deserialize_with = "Option::deserialize")]
    expires_at: Option<i64>,
}

impl StoredSecret {
    pub(in super::super) const fn of_digest(number: i64, digest: String) -> Self {
        Self { number, digest: Some(digest), sealed: None, legacy: None, expires_at: None }
    }

    pub(in super::super) const fn of_sealed(number: i64, sealed: String) -> Self {
        Self { number, digest: None, sealed: Some(sealed), legacy: None, expires_at: None }
    }

    pub(in super::super) fn of_legacy(number: i64, name: String, sealed: String) -> Self {
        Self { legacy: Some(name), ..Self::of_sealed(number, sealed) }
    }

    /// The same secret, of which the digest is kept from now on.
    pub(in super::super) fn adopt(&mut self, digest: String) {
        *self = Self { expires_at: self.expires_at, ..Self::of_digest(self.number, digest) };
    }

    pub(in super::super) fn expires_at(&self) -> Option<Timestamp> {
        moment(self.expires_at)
    }

    pub(in super::super) const fn end_at(&mut self, end: Timestamp) {
        self.expires_at = Some(micros(end));
    }
}

/// What may be none is there all the same: a limit that is left out is not no limit.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    realm: String,
    id: String,
    scheme: String,
    #[serde(deserialize_with = "Option::deserialize")]
    user: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    account: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    site: Option<String>,
    /// Left out by what wrote keys before there were hints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<Shown>,
    label: String,
    note: String,
    format: String,
    scopes: String,
    limits: String,
    #[serde(deserialize_with = "Option::deserialize")]
    entry_points: Option<Vec<String>>,
    #[serde(deserialize_with = "Option::deserialize")]
    networks: Option<Lists>,
    /// Left out where it is not limited: keys from before there were forms have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature_forms: Option<String>,
    state: String,
    #[serde(deserialize_with = "Option::deserialize")]
    not_before: Option<i64>,
    #[serde(deserialize_with = "Option::deserialize")]
    expires_at: Option<i64>,
    created_at: i64,
    renewed_at: i64,
    #[serde(deserialize_with = "Option::deserialize")]
    revoked: Option<Withdrawal>,
    epoch: u64,
    secrets: Vec<StoredSecret>,
}

/// What may be seen of the newest secret.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    prefix: String,
    #[serde(deserialize_with = "Option::deserialize")]
    last_four: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    allowed: Vec<String>,
    denied: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Withdrawal {
    at: i64,
    reason: String,
}

impl StoredKey {
    pub(in super::super) fn print(&self) -> Result<Vec<u8>, StoreError> {
        let key = &self.summary;
        print(&Document {
            realm: key.realm.to_string(),
            id: key.id.to_string(),
            scheme: key.scheme.name().to_owned(),
            user: key.owner.user.as_ref().map(ToString::to_string),
            account: key.owner.account.as_ref().map(ToString::to_string),
            site: key.owner.site.as_ref().map(ToString::to_string),
            hint: Some(Shown {
                prefix: key.hint.prefix().to_owned(),
                last_four: key.hint.last_four().map(str::to_owned),
            }),
            label: key.label.clone(),
            note: key.note.clone(),
            format: self.format.to_string(),
            scopes: key.scopes.to_string(),
            limits: key.limits.to_string(),
            entry_points: key.entry_points.names().map(|names| names.map(str::to_owned).collect()),
            networks: (!key.networks.is_any()).then(|| Lists {
                allowed: key.networks.allowed().iter().map(ToString::to_string).collect(),
                denied: key.networks.denied().iter().map(ToString::to_string).collect(),
            }),
            signature_forms: (key.signature_forms != SignatureForms::Any)
                .then(|| key.signature_forms.name().to_owned()),
            state: word(key.state).to_owned(),
            not_before: key.not_before.map(micros),
            expires_at: key.expires_at.map(micros),
            created_at: micros(key.created_at),
            renewed_at: micros(key.renewed_at),
            revoked: key
                .revoked
                .as_ref()
                .map(|revoked| Withdrawal { at: micros(revoked.at), reason: revoked.reason.clone() }),
            epoch: self.epoch,
            secrets: self.secrets.clone(),
        })
    }

    pub(in super::super) fn parse(document: &[u8]) -> Result<Self, StoreError> {
        let held: Document = parse(document, "a key")?;
        let format: KeyFormat =
            held.format.parse().map_err(|error| StoreError::corrupt_with("the format of a key", error))?;
        let (prefix, last_four) = match &held.hint {
            Some(hint) => (hint.prefix.as_str(), hint.last_four.as_deref()),
            None if held.scheme == Scheme::ApiKey.name() => (format.beginning(), None),
            None => ("", None),
        };
        let summary = KeySummary {
            realm: Realm::from(held.realm),
            id: KeyId::from(held.id),
            scheme: scheme(&held.scheme)?,
            hint: issuing::kept_hint(prefix, last_four)?,
            owner: KeyOwner {
                user: held.user.map(Into::into),
                account: held.account.map(Into::into),
                site: held.site.map(Into::into),
            },
            label: held.label,
            note: held.note,
            site_url: None,
            limits: held
                .limits
                .parse()
                .map_err(|error| StoreError::corrupt_with("the limits of a key", error))?,
            owner_limits: OwnerLimits::default(),
            scopes: Scopes::parse(&held.scopes)
                .map_err(|error| StoreError::corrupt_with("the scopes of a key", error))?,
            entry_points: entry_points(held.entry_points)?,
            networks: networks(held.networks)?,
            signature_forms: signature_forms(held.signature_forms)?,
            state: state(&held.state)?,
            owner_active: true,
            not_before: moment(held.not_before),
            expires_at: moment(held.expires_at),
            created_at: Timestamp::from_unix_micros(held.created_at),
            renewed_at: Timestamp::from_unix_micros(held.renewed_at),
            previous_until: held.secrets.get(1).and_then(StoredSecret::expires_at),
            last_used: None,
            revoked: held.revoked.map(|revoked| Revoked {
                at: Timestamp::from_unix_micros(revoked.at),
                reason: revoked.reason,
            }),
        };
        if (summary.state == KeyState::Revoked) != summary.revoked.is_some() {
            return Err(StoreError::corrupt("the state of a key"));
        }
        Ok(Self { summary, format, secrets: held.secrets, epoch: held.epoch })
    }
}

fn entry_points(names: Option<Vec<String>>) -> Result<EntryPoints, StoreError> {
    let Some(names) = names else { return Ok(EntryPoints::any()) };
    EntryPoints::only(names.iter().map(String::as_str))
        .map_err(|error| StoreError::corrupt_with("the entry points of a key", error))
}

fn networks(lists: Option<Lists>) -> Result<Networks, StoreError> {
    let Some(Lists { allowed, denied }) = lists else { return Ok(Networks::any()) };
    let networks = Networks::any().with_allowed(allowed.iter().map(String::as_str));
    let networks = networks.and_then(|some| some.with_denied(denied.iter().map(String::as_str)));
    networks.map_err(|error| StoreError::corrupt_with("the networks of a key", error))
}

fn signature_forms(name: Option<String>) -> Result<SignatureForms, StoreError> {
    let Some(name) = name else { return Ok(SignatureForms::Any) };
    SignatureForms::of_name(&name).ok_or(StoreError::corrupt("the forms of signature of a key"))
}

fn scheme(name: &str) -> Result<Scheme, StoreError> {
    Scheme::of_stored(name).ok_or(StoreError::corrupt("the scheme of a key"))
}

const STATES: [KeyState; 3] = [KeyState::Enabled, KeyState::Disabled, KeyState::Revoked];

const fn word(state: KeyState) -> &'static str {
    match state {
        KeyState::Enabled => "enabled",
        KeyState::Disabled => "disabled",
        KeyState::Revoked => "revoked",
    }
}

fn state(text: &str) -> Result<KeyState, StoreError> {
    let found = STATES.into_iter().find(|state| word(*state) == text);
    found.ok_or(StoreError::corrupt("the state of a key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = r#"{"realm":"default","id":"k","scheme":"x-auth","user":null,"account":null,
        "site":null,"label":"","note":"","format":"plain:40:","scopes":"a b","limits":"1/60",
        "entry_points":["/"],"networks":{"allowed":["10.0.0.0/8"],"denied":[]},"state":"enabled",
        "not_before":null,"expires_at":7,"created_at":1,"renewed_at":2,"revoked":null,"epoch":3,
        "secrets":[{"number":1,"digest":null,"sealed":"AA","legacy":null,"expires_at":null}]}"#;

    #[test]
    fn a_document_is_read_as_it_is_written() {
        let key = StoredKey::parse(PLAIN.as_bytes()).expect("a key");
        let again = StoredKey::parse(&key.print().expect("text")).expect("a key");
        assert_eq!((again.summary, again.epoch, again.format), (key.summary, 3, key.format));
    }

    #[test]
    fn forms_of_signature_are_written_where_they_are_limited() {
        let mut key = StoredKey::parse(PLAIN.as_bytes()).expect("a key");
        assert_eq!(key.summary.signature_forms, SignatureForms::Any);
        let text = |key: &StoredKey| String::from_utf8(key.print().expect("text")).expect("UTF-8");
        assert!(!text(&key).contains("signature_forms"));
        key.summary.signature_forms = SignatureForms::StrictOnly;
        let limited = text(&key);
        let again = StoredKey::parse(limited.as_bytes()).expect("a key");
        assert_eq!(again.summary.signature_forms, SignatureForms::StrictOnly);
        for other in ["\"strict\"", "\"any \"", "1"] {
            let changed = limited.replacen("\"strict-only\"", other, 1);
            assert!(matches!(StoredKey::parse(changed.as_bytes()), Err(StoreError::Corrupt(_))), "{other}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_never_no_limit() {
        for (from, to) in [
            ("\"epoch\":3", "\"epoch\":3,\"weekdays\":\"1-5\""),
            ("[\"/\"]", "[\"a b\"]"),
            ("10.0.0.0/8", "10.0.0.1/8"),
            ("\"enabled\"", "\"paused\""),
            ("\"enabled\"", "\"revoked\""),
            ("\"x-auth\"", "\"jwt\""),
            ("1/60", "0/60"),
            ("a b", "a \\\\"),
            ("plain:40:", "plain:4:"),
            ("\"expires_at\":7,", ""),
            ("\"legacy\":null,", ""),
        ] {
            let changed = PLAIN.replacen(from, to, 1);
            assert_ne!(changed, PLAIN, "{from}");
            let refused = StoredKey::parse(changed.as_bytes());
            assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{from} -> {to}");
        }
    }
}
