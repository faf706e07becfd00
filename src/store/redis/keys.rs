//! Keys in Redis: the store, and finding keys in it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::draft::Draft;
use super::found::{Answer, Found, hex};
use super::names::InvalidNamespace;
use super::scripts::{FIND_DIGEST, FIND_ID};
use super::server::RedisServer;
use crate::store::sealing::MasterKey;
use crate::store::{
    FromKey, KeyDigest, KeyHandle, KeyHasher, KeyRecord, KeyRecordBuilder, KeyRef, KeyStore, KeySummary,
    StoreError, StoredPrincipal, issuing,
};
use crate::{KeyId, Realm, Scheme};

/// Keys in Redis. Its clones are the same store.
///
/// A look-up is one round trip, a change two or three. [The module](crate::store::redis) says what a
/// server must be told so that keys are not lost.
///
/// ```no_run
/// use portcullis::store::redis::RedisKeyStore;
/// use portcullis::store::{KeyAdmin, KeyHandle, KeyOwner, KeyStore, MasterKey, NewKey, StoredPrincipal};
/// use portcullis::{Realm, Scheme, Timestamp, UserId};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let master = MasterKey::generate()?;
/// let store = RedisKeyStore::<StoredPrincipal>::connect("redis://127.0.0.1", master).await?;
/// store.add_user(&UserId::from("ada"), None).await?;
/// let key = NewKey::new(Scheme::XAuth, KeyOwner::user("ada"));
/// let issued = store.issue(key, Timestamp::from_unix_seconds(0)).await?;
///
/// let (realm, id) = (Realm::default(), issued.id.as_str());
/// let found = store.find(&KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id }).await?;
/// assert_eq!(found.expect("the key").principal().user(), &Some(UserId::from("ada")));
/// # Ok(())
/// # }
/// ```
pub struct RedisKeyStore<P = StoredPrincipal> {
    pub(super) server: RedisServer,
    pub(super) master: Arc<MasterKey>,
    pub(super) hasher: Arc<KeyHasher>,
    principal: PhantomData<fn() -> P>,
}

impl<P> RedisKeyStore<P> {
    /// A store on a server, with SHA-256 of API keys.
    #[must_use]
    pub fn new(server: RedisServer, master: MasterKey) -> Self {
        Self { server, master: Arc::new(master), hasher: Arc::default(), principal: PhantomData }
    }

    /// Connects to `redis://[user:password@]host[:port][/database]`.
    ///
    /// # Errors
    /// As for [`RedisServer::connect`].
    pub async fn connect(url: &str, master: MasterKey) -> Result<Self, StoreError> {
        RedisServer::connect(url).await.map(|server| Self::new(server, master))
    }

    /// Sets the namespace: [`RedisServer::with_namespace`].
    ///
    /// # Errors
    /// When it has characters that it must not have.
    pub fn with_namespace(mut self, namespace: &str) -> Result<Self, InvalidNamespace> {
        self.server = self.server.with_namespace(namespace)?;
        Ok(self)
    }

    /// Sets how API keys become digests; for this handle and those cloned from it.
    #[must_use]
    pub fn with_hasher(mut self, hasher: KeyHasher) -> Self {
        self.hasher = Arc::new(hasher);
        self
    }

    /// Starts a change.
    pub(super) const fn draft(&self) -> Draft<'_> {
        Draft::new(&self.server)
    }

    /// A key, whatever its scheme.
    pub(super) async fn known(&self, key: &KeyRef) -> Result<Option<Found>, StoreError> {
        let mut call = self.server.invoke(&FIND_ID);
        let call = call.arg(key.realm.as_str()).arg(key.id.as_str());
        let answer: Option<Answer> = self.server.run(call).await?;
        answer.map(|answer| Found::read(key, answer)).transpose()
    }
}

impl<P: FromKey> RedisKeyStore<P> {
    async fn by_digests(
        &self,
        realm: &Realm,
        digests: &[KeyDigest],
    ) -> Result<Option<KeyRecord<P>>, StoreError> {
        let mut call = self.server.invoke(&FIND_DIGEST);
        call.arg(realm.as_str());
        for digest in digests {
            call.key(self.server.names().digest(realm, &hex(digest.as_bytes())));
        }
        let answer: Option<(usize, String, Option<Answer>)> = self.server.run(&call).await?;
        let Some((place, id, answer)) = answer else { return Ok(None) };
        let digest = place.checked_sub(1).and_then(|place| digests.get(place)).ok_or(DIGEST)?;
        let name = KeyRef { realm: realm.clone(), id: KeyId::from(id) };
        let found = Found::read(&name, answer.ok_or(DIGEST)?)?;
        if found.summary.scheme != Scheme::ApiKey {
            return Err(DIGEST);
        }
        let end = found.end_of(digest)?;
        Ok(Some(issuing::record(&found.summary, principal(&found.summary)?, found.epoch, end).build()))
    }

    async fn by_id(
        &self,
        realm: &Realm,
        scheme: Scheme,
        id: &str,
    ) -> Result<Option<KeyRecord<P>>, StoreError> {
        let name = KeyRef { realm: realm.clone(), id: KeyId::from(id) };
        let Some(found) = self.known(&name).await? else { return Ok(None) };
        if found.summary.scheme != scheme {
            return Ok(None);
        }
        let secrets = found.live_secrets(&self.master)?;
        let record = issuing::record(&found.summary, principal(&found.summary)?, found.epoch, None);
        Ok(Some(secrets.into_iter().fold(record, KeyRecordBuilder::secret).build()))
    }

    /// A key of whatever scheme, without its secrets.
    async fn by_name(&self, realm: &Realm, id: &str) -> Result<Option<KeyRecord<P>>, StoreError> {
        let name = KeyRef { realm: realm.clone(), id: KeyId::from(id) };
        let Some(found) = self.known(&name).await? else { return Ok(None) };
        let principal = principal(&found.summary)?;
        Ok(Some(issuing::record(&found.summary, principal, found.epoch, None).build()))
    }
}

const DIGEST: StoreError = StoreError::corrupt("the digest of an API key");

fn principal<P: FromKey>(key: &KeySummary) -> Result<P, StoreError> {
    issuing::principal(key).ok_or(StoreError::corrupt("a key without an owner that its principal needs"))
}

impl<P: FromKey> KeyStore for RedisKeyStore<P> {
    type Principal = P;

    async fn find(&self, handle: &KeyHandle<'_>) -> Result<Option<Arc<KeyRecord<P>>>, StoreError> {
        let found = match *handle {
            KeyHandle::Digests { realm, digests } => self.by_digests(realm, digests).await?,
            KeyHandle::Id { realm, scheme, id } if scheme.is_signing() => {
                self.by_id(realm, scheme, id).await?
            }
            KeyHandle::Name { realm, id } => self.by_name(realm, id).await?,
            // Keys of other schemes have no secret that could be checked.
            KeyHandle::Id { .. } => None,
        };
        Ok(found.map(Arc::new))
    }
}

impl<P> Clone for RedisKeyStore<P> {
    fn clone(&self) -> Self {
        Self {
            server: self.server.clone(),
            master: Arc::clone(&self.master),
            hasher: Arc::clone(&self.hasher),
            principal: PhantomData,
        }
    }
}

impl<P> fmt::Debug for RedisKeyStore<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisKeyStore").finish_non_exhaustive()
    }
}
