//! The rows of a key in SQL: what is written and asked for in the middle of a change.

use sqlx::query;

use super::Store;
use super::admin::refused;
use super::dialect::{Connection, Row};
use super::row::{self, column};
use super::texts::can_hold;
use crate::store::sealing::SealedPlace;
use crate::store::{
    AdminError, KeyDigest, KeyFormat, KeyOwner, KeyRef, KeyState, KeySummary, LegacyName, OwnerRef, issuing,
};
use crate::{AccountId, Realm, Scheme, Secret, SiteId, Timestamp, UserId};

impl<P> Store<P> {
    /// Keeps a secret: of an API key the digest, of a signing key the secret sealed.
    pub(super) async fn insert_secret(
        &self,
        change: &mut Connection,
        key: i64,
        place: &SealedPlace<'_>,
        secret: &Secret,
    ) -> Result<(), AdminError> {
        let kept = if place.scheme == Scheme::ApiKey {
            Kept::digest(self.new_digest(change, place.realm, secret).await?)
        } else {
            Kept::sealed(self.seal(change, place, secret).await?)
        };
        insert_kept(change, key, place, kept).await
    }

    /// Seals a secret, unless others here were sealed under another master key.
    pub(super) async fn seal(
        &self,
        change: &mut Connection,
        place: &SealedPlace<'_>,
        secret: &Secret,
    ) -> Result<Vec<u8>, AdminError> {
        let held = query("SELECT proof FROM master_key").fetch_optional(&mut *change).await;
        if let Some(held) = held.map_err(refused)? {
            self.master.check_proof(column(&held, "proof")?)?;
        } else {
            let proof = query("INSERT INTO master_key (proof) VALUES ($1)").bind(self.master.proof()?);
            proof.execute(change).await.map_err(refused)?;
        }
        Ok(self.master.seal(secret, place)?)
    }

    /// The digest of an API key that the realm does not hold.
    pub(super) async fn new_digest(
        &self,
        change: &mut Connection,
        realm: &Realm,
        secret: &Secret,
    ) -> Result<KeyDigest, AdminError> {
        for known in self.hasher.digests(secret.expose()).as_slice() {
            let held = "SELECT 1 FROM key_secrets WHERE realm = $1 AND digest = $2";
            let held = query(held).bind(realm.as_str()).bind(known.as_bytes().to_vec());
            if held.fetch_optional(&mut *change).await.map_err(refused)?.is_some() {
                return Err(AdminError::Duplicate);
            }
        }
        Ok(self.hasher.digest(secret.expose()))
    }
}

/// What is kept of a secret.
#[derive(Default)]
pub(super) struct Kept {
    digest: Option<Vec<u8>>,
    sealed: Option<Vec<u8>>,
    /// Where it is the hash of another system that is sealed, its name.
    legacy: Option<Vec<u8>>,
}

impl Kept {
    pub(super) fn digest(digest: KeyDigest) -> Self {
        Self { digest: Some(digest.as_bytes().to_vec()), ..Self::default() }
    }

    pub(super) fn sealed(sealed: Vec<u8>) -> Self {
        Self { sealed: Some(sealed), ..Self::default() }
    }

    pub(super) fn legacy(name: LegacyName, sealed: Vec<u8>) -> Self {
        Self { legacy: Some(name.as_bytes().to_vec()), ..Self::sealed(sealed) }
    }
}

pub(super) async fn insert_kept(
    change: &mut Connection,
    key: i64,
    place: &SealedPlace<'_>,
    kept: Kept,
) -> Result<(), AdminError> {
    let insert = "INSERT INTO key_secrets (key, number, realm, digest, sealed, legacy) \
         VALUES ($1, $2, $3, $4, $5, $6)";
    let insert = query(insert).bind(key).bind(place.number).bind(place.realm.as_str());
    let insert = insert.bind(kept.digest).bind(kept.sealed).bind(kept.legacy);
    insert.execute(change).await.map(drop).map_err(refused)
}

pub(super) async fn insert_key(
    change: &mut Connection,
    key: &KeySummary,
    format: &KeyFormat,
) -> Result<i64, AdminError> {
    let insert = query(
        "INSERT INTO keys (realm, id, scheme, \"user\", account, site, label, note, prefix, \
         format, scopes, entry_points, networks, limits, not_before, expires_at, created_at, renewed_at, \
         signature_forms, last_four) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18, $19) RETURNING number",
    )
    .bind(key.realm.as_str())
    .bind(key.id.as_str())
    .bind(key.scheme.name())
    .bind(key.owner.user.as_ref().map(UserId::as_str))
    .bind(key.owner.account.as_ref().map(AccountId::as_str))
    .bind(key.owner.site.as_ref().map(SiteId::as_str))
    .bind(&key.label)
    .bind(&key.note)
    .bind(key.hint.prefix())
    .bind(format.to_string())
    .bind(key.scopes.to_string())
    .bind(row::entry_point_lines(&key.entry_points))
    .bind(row::network_lines(&key.networks))
    .bind(key.limits.to_string())
    .bind(key.not_before.map(Timestamp::as_unix_micros))
    .bind(key.expires_at.map(Timestamp::as_unix_micros))
    .bind(key.created_at.as_unix_micros())
    .bind(key.signature_forms.name())
    .bind(key.hint.last_four());
    Ok(column(&insert.fetch_one(change).await.map_err(refused)?, "number")?)
}

/// The key's row, for a change. None can be made to a key that was revoked.
pub(super) async fn changeable(change: &mut Connection, key: &KeyRef) -> Result<Row, AdminError> {
    let select =
        "SELECT number, scheme, prefix, format, state, expires_at FROM keys WHERE realm = $1 AND id = $2";
    if !can_hold(key.realm.as_str()) || !can_hold(key.id.as_str()) {
        return Err(AdminError::UnknownKey);
    }
    let select = query(select).bind(key.realm.as_str()).bind(key.id.as_str());
    let row = select.fetch_optional(change).await.map_err(refused)?.ok_or(AdminError::UnknownKey)?;
    match row::state(column(&row, "state")?)? {
        KeyState::Revoked => Err(AdminError::Revoked),
        KeyState::Enabled | KeyState::Disabled => Ok(row),
    }
}

/// The owner as the database knows it. Whether it is active is asked when a key is found.
pub(super) async fn settle(change: &mut Connection, given: KeyOwner) -> Result<KeyOwner, AdminError> {
    let (mut site, mut user) = (None, None);
    if let Some(id) = given.site.clone() {
        site = owner(change, &OwnerRef::Site(id)).await?;
    }
    if let Some(id) = given.user.clone() {
        user = owner(change, &OwnerRef::User(id)).await?;
    }
    if let Some(id) = given.account.clone() {
        owner(change, &OwnerRef::Account(id)).await?;
    }
    issuing::settle_owner(given, site, user)
}

/// The account of an owner that must be known.
pub(super) async fn owner(
    change: &mut Connection,
    owner: &OwnerRef,
) -> Result<Option<AccountId>, AdminError> {
    let (select, id) = match owner {
        OwnerRef::User(id) => ("SELECT account FROM users WHERE id = $1", id.as_str()),
        OwnerRef::Account(id) => ("SELECT id AS account FROM accounts WHERE id = $1", id.as_str()),
        OwnerRef::Site(id) => ("SELECT account FROM sites WHERE id = $1", id.as_str()),
    };
    if !can_hold(id) {
        return Err(AdminError::UnknownOwner);
    }
    let row = query(select).bind(id).fetch_optional(change).await.map_err(refused)?;
    let row = row.ok_or(AdminError::UnknownOwner)?;
    Ok(column::<Option<&str>>(&row, "account")?.map(AccountId::from))
}
