//! The rules by which every store issues and changes keys: pure functions, so that no
//! two stores can differ, and whoever writes one has them too.
//!
//! | in | a store calls |
//! |---|---|
//! | [`add_account`](super::KeyAdmin::add_account), `add_user`, `add_site` | [`check_owner`] |
//! | [`issue`](super::KeyAdmin::issue) | [`forge`], [`settle_owner`], [`summary`], [`principal`], and keeps [`format`](fn@format) and [`hint`] |
//! | [`import_hash`](super::LegacyKeyStore::import_hash) | [`forge_legacy`], then as for `issue` |
//! | [`rotate`](super::KeyAdmin::rotate) | [`fresh`], [`retired`], [`hint`] |
//! | [`edit`](super::KeyAdmin::edit), [`revoke`](super::KeyAdmin::revoke) | [`edited`], [`check_reason`] |
//! | [`list`](super::KeyAdmin::list) | [`check_search`], [`KeyQuery::selects`](super::KeyQuery::selects), [`kept_hint`] |
//! | [`find`](super::KeyStore::find) | [`principal`], [`record`] |

use std::time::Duration;

pub use super::admin::{check_search, hint, kept_hint};
use super::{
    AdminError, Enabled, FromKey, InvalidKeyFormat, IssuedKey, KeyEdit, KeyFacts, KeyFormat, KeyHasher,
    KeyHint, KeyOwner, KeyRecord, KeyRecordBuilder, KeySecret, KeyState, KeySummary, LegacyHash, LegacyPlace,
    NewKey, OwnerLimits, SignatureForms,
};
use crate::crypto::random;
use crate::{AccountId, KeyId, Scheme, Secret, Timestamp};

const API_KEY_LENGTH: usize = 40;
const LONGEST_NAME: usize = 255;
const LONGEST_SECRET: usize = 1024;
const LONGEST_NOTE: usize = 4_000;
const LONGEST_URL: usize = 2_000;
const SHORTEST_API_KEY: usize = 20;
/// As existing clients of the two old schemes have them; the others have no such clients.
const SHORTEST_SIGNING_SECRET: usize = 8;
const SHORTEST_SIGV4_SECRET: usize = 16;
/// The length of the hash (RFC 7518, section 3.2, for the same algorithm).
const SHORTEST_MESSAGE_SECRET: usize = 32;

/// Refuses what cannot be the id of a user, an account or a site: the rule for the names of
/// groups and roles too.
///
/// # Errors
/// [`AdminError::Invalid`].
pub fn check_owner(id: &str) -> Result<(), AdminError> {
    if !is_name(id) {
        return Err(AdminError::Invalid("the id of an owner is 1 to 255 bytes without control characters"));
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len()) && !text.contains(char::is_control)
}

/// Id and secret of a new key, once everything about it is found acceptable.
///
/// # Errors
/// [`AdminError::Invalid`] says what is not; [`AdminError::Random`] when the system's
/// generator fails.
pub fn forge(key: &NewKey) -> Result<IssuedKey, AdminError> {
    if !is_name(key.realm.as_str()) {
        return Err(AdminError::Invalid("a realm is 1 to 255 bytes without control characters"));
    }
    check_label(&key.label)?;
    check_note(&key.note)?;
    check_validity(key.not_before, key.expires_at)?;
    check_forms(key.scheme, key.signature_forms)?;
    let format = format(key)?;
    let issued = match &key.secret {
        KeySecret::Generate => fresh(key.scheme, &format, key.id.as_ref())?,
        KeySecret::Import(secret) => {
            let secret = imported(key, &format, secret)?;
            let id = key.id.clone();
            let id = id.map_or_else(|| fresh(key.scheme, &format, None).map(|fresh| fresh.id), Ok)?;
            IssuedKey::new(id, secret)
        }
    };
    let id = issued.id.as_str();
    if !(1..=LONGEST_NAME).contains(&id.len()) || !is_visible(id.as_bytes()) {
        return Err(AdminError::Invalid("an id is 1 to 255 printable ASCII characters without space"));
    }
    Ok(issued)
}

/// The format of the texts that are generated for an API key, now and after each rotation.
///
/// # Errors
/// [`AdminError::Invalid`] when the prefix cannot be one.
pub fn format(key: &NewKey) -> Result<KeyFormat, AdminError> {
    let plain = || KeyFormat::plain(&key.prefix, API_KEY_LENGTH);
    key.format.clone().map_or_else(plain, Ok).map_err(|error| match error {
        InvalidKeyFormat::LikeJwt => AdminError::Invalid("a prefix does not begin with ey: that is a JWT"),
        _ => AdminError::Invalid("a prefix is at most 64 printable ASCII characters without space"),
    })
}

/// A new secret in the form of the scheme, under a new id or the one that there is.
///
/// # Errors
/// [`AdminError::Invalid`] for a scheme without stored keys, [`AdminError::Random`] when the
/// system's generator fails.
pub fn fresh(scheme: Scheme, format: &KeyFormat, id: Option<&KeyId>) -> Result<IssuedKey, AdminError> {
    let (fresh, secret) = match scheme {
        Scheme::ApiKey => format.generate(id)?,
        Scheme::QuerySignature => (KeyId::from(random::hex::<4>()?), Secret::from(random::hex::<16>()?)),
        Scheme::XAuth | Scheme::MessageSignature => {
            (KeyId::from(random::base64url::<16>()?), Secret::from(random::base64url::<32>()?))
        }
        Scheme::SigV4 => (access_key_id()?, random::alphanumeric(SIGV4_SECRET)?),
        Scheme::Jwt | Scheme::Basic | Scheme::Webhook | Scheme::Other(_) => return Err(UNSUPPORTED),
    };
    Ok(IssuedKey::new(id.cloned().unwrap_or(fresh), secret))
}

/// As long as those of AWS: 40 characters of 62 are 238 bits.
const SIGV4_SECRET: usize = 40;

/// Twenty upper-case letters and digits, as clients of AWS expect them: 100 bits of chance.
fn access_key_id() -> Result<KeyId, AdminError> {
    Ok(KeyId::from(random::base32::<20>()?))
}

const UNSUPPORTED: AdminError = AdminError::Invalid("keys of this scheme are not issued by a key store");

/// The id of a key that is imported by its hash, and where the hash is kept, once everything
/// about them is found acceptable by a store with this hasher.
///
/// # Errors
/// As for [`LegacyKeyStore::import_hash`](super::LegacyKeyStore::import_hash), but for what
/// the store holds already.
pub fn forge_legacy(
    key: &NewKey,
    hash: &LegacyHash,
    visible: Option<&str>,
    hasher: &KeyHasher,
) -> Result<(KeyId, LegacyPlace), AdminError> {
    if key.scheme != Scheme::ApiKey || matches!(key.secret, KeySecret::Import(_)) {
        return Err(AdminError::Invalid("a hash is imported for an API key without a secret"));
    }
    let place = hash
        .place(visible)
        .map_err(|_| AdminError::Invalid("a password hash is imported with the visible part of its key"))?;
    if matches!(place, LegacyPlace::Digest(_)) && !hasher.accepts_sha256() {
        return Err(AdminError::Invalid("the hasher of the store does not accept SHA-256 digests"));
    }
    // What is generated besides the id is thrown away.
    Ok((forge(key)?.id, place))
}

fn check_label(label: &str) -> Result<(), AdminError> {
    if label.len() > LONGEST_NAME || label.contains(char::is_control) {
        return Err(AdminError::Invalid("a label is at most 255 bytes without control characters"));
    }
    Ok(())
}

fn check_note(note: &str) -> Result<(), AdminError> {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if note.len() > LONGEST_NOTE || note.contains(control) {
        return Err(AdminError::Invalid(
            "a note is at most 4000 bytes with no control but line feeds and tabs",
        ));
    }
    Ok(())
}

fn check_validity(start: Option<Timestamp>, end: Option<Timestamp>) -> Result<(), AdminError> {
    match (start, end) {
        (Some(start), Some(end)) if end <= start => {
            Err(AdminError::Invalid("a key cannot end before it begins"))
        }
        _ => Ok(()),
    }
}

fn check_forms(scheme: Scheme, forms: SignatureForms) -> Result<(), AdminError> {
    if forms == SignatureForms::StrictOnly && !SignatureForms::has_choice(scheme) {
        return Err(AdminError::Invalid("only keys of x-auth and of signed URLs have a strict form"));
    }
    Ok(())
}

/// Refuses what cannot be the reason of a revocation.
///
/// # Errors
/// [`AdminError::Invalid`].
pub fn check_reason(reason: &str) -> Result<(), AdminError> {
    if reason.len() > LONGEST_NAME || reason.contains(char::is_control) {
        return Err(AdminError::Invalid("a reason is at most 255 bytes without control characters"));
    }
    Ok(())
}

/// Refuses what cannot be the URL of a site.
///
/// # Errors
/// [`AdminError::Invalid`].
pub fn check_site_url(url: Option<&str>) -> Result<(), AdminError> {
    let fits = |url: &str| (1..=LONGEST_URL).contains(&url.len()) && is_visible(url.as_bytes());
    if url.is_none_or(fits) {
        return Ok(());
    }
    Err(AdminError::Invalid("a URL is 1 to 2000 printable ASCII characters without space"))
}

/// The key as it is after an edit, where it may be edited so.
///
/// # Errors
/// [`AdminError::Revoked`], or [`AdminError::Invalid`], which says what cannot be.
pub fn edited(mut key: KeySummary, edit: KeyEdit) -> Result<KeySummary, AdminError> {
    let only_note = edit == KeyEdit { note: edit.note.clone(), ..KeyEdit::new() };
    if key.state == KeyState::Revoked && !only_note {
        return Err(AdminError::Revoked);
    }
    let KeyEdit { label, note, scopes, not_before, expires_at, limits, signature_forms } = edit;
    key.label = label.unwrap_or(key.label);
    key.note = note.unwrap_or(key.note);
    key.scopes = scopes.unwrap_or(key.scopes);
    key.not_before = not_before.unwrap_or(key.not_before);
    key.expires_at = expires_at.unwrap_or(key.expires_at);
    key.limits = limits.unwrap_or(key.limits);
    key.signature_forms = signature_forms.unwrap_or(key.signature_forms);
    check_label(&key.label)?;
    check_note(&key.note)?;
    check_validity(key.not_before, key.expires_at)?;
    check_forms(key.scheme, key.signature_forms)?;
    Ok(key)
}

fn imported(key: &NewKey, format: &KeyFormat, secret: &Secret) -> Result<Secret, AdminError> {
    let bytes = secret.expose();
    let refused = match key.scheme {
        Scheme::ApiKey if !(SHORTEST_API_KEY..=LONGEST_NAME).contains(&bytes.len()) || !is_visible(bytes) => {
            Some("an API key is 20 to 255 printable ASCII characters without space")
        }
        Scheme::ApiKey if !secret.expose_text().is_some_and(|text| format.covers(text)) => {
            Some("an imported API key begins with the prefix")
        }
        Scheme::ApiKey
            if key.format.is_some() && !secret.expose_text().is_some_and(|text| format.check(text)) =>
        {
            Some("an imported API key has the form that is named for it")
        }
        Scheme::SigV4 if bytes.len() < SHORTEST_SIGV4_SECRET => {
            Some("a secret of SigV4 has 16 characters or more")
        }
        Scheme::MessageSignature if bytes.len() < SHORTEST_MESSAGE_SECRET => {
            Some("a secret that signs messages has 32 characters or more")
        }
        Scheme::QuerySignature | Scheme::XAuth | Scheme::SigV4 | Scheme::MessageSignature
            if !(SHORTEST_SIGNING_SECRET..=LONGEST_SECRET).contains(&bytes.len())
                || !bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) =>
        {
            Some("a signing secret is 8 to 1024 printable ASCII characters")
        }
        Scheme::Jwt | Scheme::Basic | Scheme::Webhook | Scheme::Other(_) => return Err(UNSUPPORTED),
        _ => None,
    };
    refused.map_or_else(|| Ok(secret.clone()), |text| Err(AdminError::Invalid(text)))
}

fn is_visible(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b'!'..=b'~'))
}

/// The owner with the account that its site and its user belong to; whoever belongs to
/// another account than the key does is refused.
///
/// # Errors
/// [`AdminError::ForeignOwner`].
pub fn settle_owner(
    mut owner: KeyOwner,
    site_account: Option<AccountId>,
    user_account: Option<AccountId>,
) -> Result<KeyOwner, AdminError> {
    for account in [site_account, user_account].into_iter().flatten() {
        if *owner.account.get_or_insert_with(|| account.clone()) != account {
            return Err(AdminError::ForeignOwner);
        }
    }
    Ok(owner)
}

/// When a secret ends that a rotation replaces at `now`: never later than it would have.
#[must_use]
pub fn retired(now: Timestamp, overlap: Duration, ends: [Option<Timestamp>; 2]) -> Timestamp {
    ends.into_iter().flatten().fold(now.saturating_add(overlap), Timestamp::min)
}

impl From<Enabled> for KeyState {
    fn from(enabled: Enabled) -> Self {
        match enabled {
            Enabled::Yes => Self::Enabled,
            Enabled::No => Self::Disabled,
        }
    }
}

/// The earlier of two ends.
fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// The line of a list for a new key: `owner` as it was settled, and whether all its parts
/// are `active`. What its owners know, their limits and the URL of the site, a store fills in, and
/// the [`hint`].
#[must_use]
pub fn summary(key: NewKey, id: KeyId, owner: KeyOwner, active: bool, now: Timestamp) -> KeySummary {
    KeySummary {
        realm: key.realm,
        id,
        scheme: key.scheme,
        hint: KeyHint::none(),
        owner,
        label: key.label,
        note: key.note,
        site_url: None,
        limits: key.limits,
        owner_limits: OwnerLimits::default(),
        scopes: key.scopes,
        entry_points: key.entry_points,
        networks: key.networks,
        signature_forms: key.signature_forms,
        state: KeyState::Enabled,
        owner_active: active,
        not_before: key.not_before,
        expires_at: key.expires_at,
        created_at: now,
        renewed_at: now,
        previous_until: None,
        last_used: None,
        revoked: None,
    }
}

/// The principal of a key; none where it lacks a part that the type needs.
#[must_use]
pub fn principal<P: FromKey>(key: &KeySummary) -> Option<P> {
    P::from_key(&KeyFacts {
        id: &key.id,
        realm: &key.realm,
        scheme: key.scheme,
        owner: &key.owner,
        scopes: &key.scopes,
    })
}

/// The record of a key, still without secrets. One that is found through a secret that
/// ends at `secret_end` ends with it: an API key by its digest. A signing key is given its
/// [`LiveSecret`](super::LiveSecret)s instead.
pub fn record<P>(
    key: &KeySummary,
    principal: P,
    epoch: u64,
    secret_end: Option<Timestamp>,
) -> KeyRecordBuilder<P> {
    let record = KeyRecord::builder(key.realm.clone(), key.scheme, key.id.clone(), principal)
        .state(key.state)
        .not_before(key.not_before)
        .expires_at(earlier(key.expires_at, secret_end))
        .entry_points(key.entry_points.clone())
        .networks(key.networks.clone())
        .signature_forms(key.signature_forms)
        .owner(key.owner.clone())
        .limits(key.limits.clone(), key.owner_limits.clone())
        .epoch(epoch);
    if key.owner_active { record } else { record.owner_inactive() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_secret_ends_at_the_earliest_of_its_ends() {
        let at = Timestamp::from_unix_seconds;
        let end = |ends| retired(at(10), Duration::from_secs(5), ends);
        assert_eq!(end([None, None]), at(15));
        assert_eq!(end([Some(at(12)), None]), at(12));
        assert_eq!(end([Some(at(99)), Some(at(3))]), at(3));
    }

    #[test]
    fn an_owner_takes_the_account_of_its_parts_and_no_other() {
        let of = |name: &str| Some(AccountId::from(name));
        let owner = KeyOwner::user("u").for_site("s");
        let settled = settle_owner(owner.clone(), of("a"), None).expect("one account");
        assert_eq!(settled.account, of("a"));
        assert!(matches!(settle_owner(owner, of("a"), of("b")), Err(AdminError::ForeignOwner)));
    }
}
