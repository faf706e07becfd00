//! A short token for an API key, which is good no longer than the key.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::TokenCheck;
use crate::jwt::{AccessToken, IssuedToken, JwtAuthenticator, JwtIssueError, JwtIssuer, VerifiedToken};
use crate::request::RequestView;
use crate::scope::HasScopes;
use crate::store::{KeyHandle, KeyStore};
use crate::{AuthError, KeyId, Principal, Realm, Reason, Scheme, Scopes, Timestamp};

/// Exchanges a key for a short token, which carries the key's name and epoch:
///
/// | claim | |
/// |---|---|
/// | `portcullis_key` | the public id of the key |
/// | `portcullis_key_realm` | its realm |
/// | `portcullis_key_epoch` | the number of its last change |
///
/// Whoever verifies such tokens [asks for the key](JwtAuthenticator::with_key_check), so that it
/// still bites when the key is withdrawn, switched off or changed, and limits of networks, entry
/// points and use hold for the token too. A token ends with its key at the latest.
///
/// The key is the one that the [credential](Principal::credential) of the principal names. A
/// principal that names none is refused, and so is one that came from a token: a mapping of one's
/// own keeps the credential (`Principal::builder(..).credential(..)`), or its users exchange nothing.
///
/// ```
/// use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey, KeyExchange};
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::store::{KeyAdmin, KeyOwner, NewKey};
/// use portcullis::{Credential, Principal, Realm, Scheme, Timestamp};
/// use std::time::Duration;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let now = Timestamp::from_unix_seconds(1_700_000_000);
/// let key = keys.issue(NewKey::new(Scheme::ApiKey, KeyOwner::default()), now).await?;
///
/// let secret = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
/// let issuer = JwtIssuer::access_tokens(secret, "us", "us", "keys", Duration::from_secs(300));
/// let exchange = KeyExchange::new(issuer, keys);
///
/// // As the layer gives it to a handler.
/// let credential = Credential::of_key(Scheme::ApiKey, Realm::default(), key.id);
/// let me = Principal::builder("ada").credential(credential).build();
/// let issued = exchange.exchange("ada", &me, None, now).await?;
/// assert_eq!(issued.expires_at, now.saturating_add(Duration::from_secs(300)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct KeyExchange<K> {
    issuer: JwtIssuer,
    keys: K,
    without_key: bool,
}

/// Why there is no token for a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// What was presented is a token already: exchanging it would lengthen its life, and
    /// loosen it from its key.
    #[error("a token is not exchanged for another")]
    Token,
    /// The principal names no stored key that it came from. After a mapping that drops the
    /// credential, nobody can tell whether it was a token.
    #[error("the principal names no key to exchange")]
    NoKey,
    /// More was asked for than the principal may do, or its key.
    #[error("more scopes were asked for than there are")]
    ExceedsScopes,
    /// The key may not be used any more, or the store cannot tell: its
    /// [kind](crate::ErrorKind) says which.
    #[error(transparent)]
    Key(AuthError),
    /// The token cannot be issued.
    #[error(transparent)]
    Issue(#[from] JwtIssueError),
}

impl<K: KeyStore<Principal: HasScopes>> KeyExchange<K> {
    /// Issues tokens by `issuer` for keys of `keys`.
    #[must_use]
    pub const fn new(issuer: JwtIssuer, keys: K) -> Self {
        Self { issuer, keys, without_key: false }
    }

    /// Lets principals exchange whose credential names no key, such as a session or a password. Their
    /// tokens name none either: nothing but `exp` and a revocation ends them.
    ///
    /// Never behind a chain that takes tokens: there, one mapping that calls a token something else
    /// lets it be exchanged for the next, for ever. A principal without a credential, and one whose
    /// credential is a token or was introspected, is refused all the same.
    #[must_use]
    pub const fn allow_without_key(mut self) -> Self {
        self.without_key = true;
        self
    }

    /// A token about `subject` for a principal that was authenticated by a key, with the scopes that are
    /// asked for; or else all that it has and its key has too, which leaves out what only its
    /// roles add.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub async fn exchange<U, A, S>(
        &self,
        subject: &str,
        me: &Principal<U, A, S>,
        asked: Option<&Scopes>,
        now: Timestamp,
    ) -> Result<IssuedToken, ExchangeError> {
        self.exchange_for(subject, me, asked, now).await.map(|(issued, _)| issued)
    }

    /// The token, and the scopes that it has.
    pub(in crate::jwt) async fn exchange_for<U, A, S>(
        &self,
        subject: &str,
        me: &Principal<U, A, S>,
        asked: Option<&Scopes>,
        now: Timestamp,
    ) -> Result<(IssuedToken, Scopes), ExchangeError> {
        let credential = me.credential().ok_or(ExchangeError::NoKey)?;
        if TOKENS.contains(&credential.scheme()) {
            return Err(ExchangeError::Token);
        }
        let place = credential.realm().zip(credential.key());
        if place.is_none() && !self.without_key {
            return Err(ExchangeError::NoKey);
        }
        let mut scopes = asked.unwrap_or_else(|| me.scopes()).clone();
        if !me.scopes().contains_all(&scopes) {
            return Err(ExchangeError::ExceedsScopes);
        }
        let mut access = AccessToken::new(subject);
        if let Some((realm, id)) = place {
            let record = self.keys.find(&KeyHandle::Name { realm, id: id.as_str() }).await;
            let record = record.map_err(|error| ExchangeError::Key(error.into()))?;
            let record = record.ok_or_else(|| ExchangeError::Key(AuthError::new(Reason::UnknownKey)))?;
            record.check_usable(now).map_err(ExchangeError::Key)?;
            // What the key may do now: since the request was let through, that may be less.
            let may = record.principal().scopes();
            match asked {
                Some(asked) if !may.contains_all(asked) => return Err(ExchangeError::ExceedsScopes),
                Some(_) => {}
                None => scopes = scopes.intersection(may),
            }
            access = access.with_claims(json!({
                KEY: id.as_str(), REALM: realm.as_str(), KEY_EPOCH: record.epoch(),
            }))?;
            if let Some(end) = record.expires_at() {
                let left = end.as_unix_seconds().saturating_sub(now.as_unix_seconds());
                let left = u64::try_from(left).ok().filter(|seconds| *seconds > 0);
                let left = left.ok_or_else(|| ExchangeError::Key(record.refuse(Reason::Expired)))?;
                access = access.with_max_lifetime(Duration::from_secs(left));
            }
        }
        if scopes.iter().next().is_some() {
            access = access.with_scopes(&scopes);
        }
        let issued = self.issuer.issue_access(access, now)?;
        Ok((issued, scopes))
    }
}

impl<K> fmt::Debug for KeyExchange<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyExchange").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// What says of a principal that it came from a token.
const TOKENS: [Scheme; 2] = [Scheme::Jwt, Scheme::Other("introspection")];

const KEY: &str = "portcullis_key";
const REALM: &str = "portcullis_key_realm";
const KEY_EPOCH: &str = "portcullis_key_epoch";

impl<P> JwtAuthenticator<P> {
    /// Looks up the key that a token was [exchanged](KeyExchange) for, and refuses the token where the
    /// key may not make this request, or was changed since the token was issued; its limits of use
    /// are those of the key. Tokens that name no key pass. That is one look-up for each request
    /// with such a token: put a `CachedKeyStore` before the store, and a change is heard of
    /// as it is for the key itself.
    #[must_use]
    pub fn with_key_check(self, keys: impl KeyStore) -> Self {
        self.with_check(KeyCheck(keys))
    }
}

struct KeyCheck<K>(K);

#[derive(Deserialize)]
struct KeyClaims {
    portcullis_key: Option<String>,
    portcullis_key_realm: Option<String>,
    portcullis_key_epoch: Option<u64>,
}

impl<K: KeyStore> TokenCheck for KeyCheck<K> {
    async fn check(&self, token: &VerifiedToken, request: &RequestView<'_>) -> Result<(), AuthError> {
        let invalid = || AuthError::new(Reason::InvalidClaim).with_scheme(Scheme::Jwt);
        let claims: KeyClaims = token.claims().map_err(|error| invalid().with_source(error))?;
        let (id, realm, epoch) =
            match (claims.portcullis_key, claims.portcullis_key_realm, claims.portcullis_key_epoch) {
                (None, None, None) => return Ok(()),
                (Some(id), Some(realm), Some(epoch)) => (id, Realm::from(realm), epoch),
                _ => return Err(invalid()),
            };
        let record = self.0.find(&KeyHandle::Name { realm: &realm, id: &id }).await;
        let record = record.map_err(|error| AuthError::from(error).with_scheme(Scheme::Jwt))?;
        // A refusal is of the token, and names the key.
        let refused = |reason| AuthError::new(reason).with_scheme(Scheme::Jwt).with_key(KeyId::from(&*id));
        let record = record.ok_or_else(|| refused(Reason::UnknownKey))?;
        record.check_usable(request.received_at()).map_err(|error| refused(error.reason()))?;
        if record.epoch() > epoch {
            return Err(refused(Reason::TokenRevoked));
        }
        record.check_request(request).map_err(|error| refused(error.reason()))?;
        if let Some(budgets) = record.budgets() {
            request.note_budgets(std::sync::Arc::clone(budgets));
        }
        Ok(())
    }
}
