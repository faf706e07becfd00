//! Stores that keep hashes of foreign keys.

use std::future::Future;
use std::sync::Arc;

use super::{LegacyHash, LegacyName};
use crate::store::{AdminError, KeyAdmin, KeyRef, NewKey, OwnerFilter, StoreError, forward};
use crate::{KeyId, Realm, Secret, Timestamp};

/// A store that takes keys over of which another system kept only a hash.
///
/// Until it is used for the first time, such a key is found by its [`LegacyName`] alone, and
/// not by [`find`](crate::KeyStore::find). Then the authenticator checks the hash, and the
/// store [adopts](Self::adopt) the key: from there on it is like any other, and the hash is gone.
///
/// Outside of the process, the stores of this crate keep the hash sealed under their
/// [`MasterKey`](crate::store::MasterKey): a stolen copy holds no password hash to be tried.
///
/// ```
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::store::{KeyOwner, LegacyHash, LegacyKeyStore, LegacyLookup, NewKey, StoredPrincipal};
/// use portcullis::{Realm, Scheme, Secret, Timestamp};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = MemoryKeyStore::<StoredPrincipal>::new();
/// let hash: LegacyHash = concat!(
///     "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a",
///     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
/// ).parse()?;
/// let key = NewKey::new(Scheme::ApiKey, KeyOwner::default()).with_label("from the old service");
/// let id = keys.import_hash(key, &hash, None, Timestamp::from_unix_seconds(0)).await?;
///
/// let names: Vec<_> = LegacyLookup::new().with_sha512().names(b"abc").collect();
/// let (found, held) = keys.legacy_hash(&Realm::default(), &names).await?.expect("the hash");
/// assert!(found.id == id && held.matches(b"abc"));
/// keys.adopt(&found, &held, &Secret::from("abc")).await?;
/// assert!(keys.legacy_hash(&Realm::default(), &names).await?.is_none());
/// # Ok(())
/// # }
/// ```
pub trait LegacyKeyStore: KeyAdmin {
    /// Keeps an API key by the hash of its text. `visible` is the visible part of its text,
    /// which a password hash is found by. The key's prefix and format are those of the
    /// texts that rotation makes.
    ///
    /// A SHA-256 is kept as the digest that it is. When the key is rotated, the hash
    /// ends as a replaced secret does.
    ///
    /// # Errors
    /// [`AdminError::Invalid`] when the key is of another scheme or comes with a secret,
    /// when a password hash comes without a visible part, or when the store's hasher does not
    /// accept SHA-256; [`AdminError::Duplicate`] when the realm has a key of this hash or of this
    /// visible part; otherwise as for [`issue`](KeyAdmin::issue).
    fn import_hash(
        &self,
        key: NewKey,
        hash: &LegacyHash,
        visible: Option<&str>,
        now: Timestamp,
    ) -> impl Future<Output = Result<KeyId, AdminError>> + Send;

    /// The hash under the first of these names that the realm has one under, in one round
    /// trip; whatever state its key is in.
    ///
    /// # Errors
    /// When the store cannot answer, or holds what is no hash.
    fn legacy_hash(
        &self,
        realm: &Realm,
        names: &[LegacyName],
    ) -> impl Future<Output = Result<Option<(KeyRef, LegacyHash)>, StoreError>> + Send;

    /// Replaces the hash of a key by the digest of its text, which the caller has found to
    /// [match](LegacyHash::matches). It is a change of the key's secret, and its end stays.
    ///
    /// Of several that adopt at once, all succeed, and one makes the change.
    ///
    /// # Errors
    /// [`AdminError::UnknownKey`] when there is no such key, or it has neither this hash nor
    /// this text any longer; [`AdminError::Revoked`].
    fn adopt(
        &self,
        key: &KeyRef,
        hash: &LegacyHash,
        secret: &Secret,
    ) -> impl Future<Output = Result<(), AdminError>> + Send;
}

/// The look-up, asked of the store inside.
macro_rules! forward_legacy_hash {
    ($this:ident => $store:expr) => {
        fn legacy_hash(
            &$this,
            realm: &$crate::Realm,
            names: &[$crate::store::LegacyName],
        ) -> impl Future<
            Output = Result<
                Option<($crate::store::KeyRef, $crate::store::LegacyHash)>,
                $crate::store::StoreError,
            >,
        > + Send {
            $store.legacy_hash(realm, names)
        }
    };
}

pub(crate) use forward_legacy_hash;

impl<S: LegacyKeyStore> LegacyKeyStore for Arc<S> {
    forward! { self => (**self); import_hash adopt }
    forward_legacy_hash!(self => (**self));
}

impl<S: LegacyKeyStore> LegacyKeyStore for OwnerFilter<S> {
    async fn import_hash(
        &self,
        key: NewKey,
        hash: &LegacyHash,
        visible: Option<&str>,
        now: Timestamp,
    ) -> Result<KeyId, AdminError> {
        self.check(&key)?;
        self.inner().import_hash(key, hash, visible, now).await
    }

    forward! { self => self.inner(); adopt }
    forward_legacy_hash!(self => self.inner());
}
