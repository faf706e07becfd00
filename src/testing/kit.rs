//! Stores and a clock for one test.

use std::fmt;

use super::key::Signing;
use super::{TestKey, TestUser, must, now};
use crate::store::memory::{MemoryKeyStore, MemoryNonceStore};
use crate::store::{AdminError, FromKey, KeyRef, NewKey, StoredPrincipal};
use crate::{FrozenClock, KeyAdmin, Realm, Scheme, Timestamp};

/// A store of keys and one of nonces, both in memory, and a clock that stands still at
/// 1700000000, in November 2023. Give them to the chain and the clock to the layer; the
/// [module](super) has an example.
///
/// No method waits: stores in memory have nothing to wait for.
pub struct TestKit<P = StoredPrincipal> {
    keys: MemoryKeyStore<P>,
    nonces: MemoryNonceStore,
    clock: FrozenClock,
    prefix: String,
    #[cfg(feature = "jwt")]
    jwt_key: crate::jwt::JwtKey,
    #[cfg(feature = "basic")]
    users: super::TestUsers<P>,
}

impl TestKit {
    /// A kit whose keys stand for [`StoredPrincipal`]s.
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn new() -> Self {
        Self::of_principals()
    }

    /// A kit whose keys stand for the application's own principals.
    ///
    /// ```
    /// use portcullis::testing::TestKit;
    /// use portcullis::{Principal, UserId};
    /// let kit = TestKit::of_principals::<Principal<UserId>>();
    /// ```
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn of_principals<P: FromKey>() -> TestKit<P> {
        TestKit {
            keys: MemoryKeyStore::new(),
            nonces: MemoryNonceStore::new(),
            clock: FrozenClock::at(Timestamp::from_unix_seconds(1_700_000_000)),
            prefix: String::new(),
            #[cfg(feature = "jwt")]
            jwt_key: {
                let secret = must(crate::crypto::random::alphanumeric(64));
                must(crate::jwt::JwtKey::hmac(crate::jwt::JwtAlgorithm::Hs256, secret))
            },
            #[cfg(feature = "basic")]
            users: super::TestUsers::new(),
        }
    }
}

impl<P: FromKey> TestKit<P> {
    /// Begins API keys with this text, for a chain that knows them by it.
    #[must_use]
    pub fn with_key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The clock; its clones show the same time.
    #[must_use]
    pub fn clock(&self) -> FrozenClock {
        self.clock.clone()
    }

    /// The store of keys; its clones are the same store.
    #[must_use]
    pub fn keys(&self) -> MemoryKeyStore<P> {
        self.keys.clone()
    }

    /// The store of nonces; its clones are the same store.
    #[must_use]
    pub fn nonces(&self) -> MemoryNonceStore {
        self.nonces.clone()
    }

    /// An API key, sent as `Authorization: Bearer` or as
    /// [`in_header`](TestKey::in_header) says.
    ///
    /// # Panics
    /// When the key cannot be issued: a user is of another account in this kit, say.
    #[must_use]
    pub fn api_key(&self, user: impl Into<TestUser>) -> TestKey {
        self.issue(Signing::Bearer, Scheme::ApiKey, user.into())
    }

    /// A key that signs URLs.
    ///
    /// # Panics
    /// When the key cannot be issued.
    #[cfg(feature = "query-signature")]
    #[must_use]
    pub fn signed_url(&self, user: impl Into<TestUser>) -> TestKey {
        self.issue(Signing::QuerySignature, Scheme::QuerySignature, user.into())
    }

    /// A key that signs with `x-auth-*` headers.
    ///
    /// # Panics
    /// When the key cannot be issued.
    #[cfg(feature = "x-auth")]
    #[must_use]
    pub fn x_auth(&self, user: impl Into<TestUser>) -> TestKey {
        self.issue(Signing::XAuth, Scheme::XAuth, user.into())
    }

    /// A key that signs by AWS Signature Version 4, for a region and a service; `s3` has rules of
    /// its own.
    ///
    /// ```
    /// use http::Request;
    /// use portcullis::sigv4::SigV4Authenticator;
    /// use portcullis::testing::TestKit;
    /// let kit = TestKit::new();
    /// let chain = SigV4Authenticator::new(kit.keys(), kit.nonces(), "eu-north-1", "orders");
    /// let signed = kit.sigv4("ada", "eu-north-1", "orders").sign(Request::post("/orders").body("{}")?);
    /// assert_eq!(signed.headers()["x-amz-date"], "20231114T221320Z");
    /// # Ok::<(), http::Error>(())
    /// ```
    ///
    /// # Panics
    /// When the key cannot be issued.
    #[cfg(feature = "sigv4")]
    #[must_use]
    pub fn sigv4(
        &self,
        user: impl Into<TestUser>,
        region: impl Into<String>,
        service: impl Into<String>,
    ) -> TestKey {
        let signing = Signing::SigV4 { region: region.into(), service: service.into() };
        self.issue(signing, Scheme::SigV4, user.into())
    }

    /// A key that signs messages as RFC 9421 says, by HMAC.
    ///
    /// # Panics
    /// When the key cannot be issued.
    #[cfg(feature = "message-signature")]
    #[must_use]
    pub fn message_signature(&self, user: impl Into<TestUser>) -> TestKey {
        self.issue(Signing::MessageSignature, Scheme::MessageSignature, user.into())
    }

    /// A password, sent as `Authorization: Basic`; it takes the place of an earlier one of
    /// the user.
    ///
    /// # Panics
    /// When the user has no name.
    #[cfg(feature = "basic")]
    #[must_use]
    pub fn basic(&self, user: impl Into<TestUser>) -> TestKey {
        let user = user.into();
        let name = must(user.owner.user.clone().ok_or("who has a password has a name"));
        let password = must(crate::crypto::random::alphanumeric(32));
        self.users.put(name.clone(), user.principal(), &password);
        TestKey::new(Signing::Basic(name), None, password, self.clock())
    }

    /// A verifier of this kit's passwords, whose hashes are as cheap as can be. It needs a
    /// Tokio runtime.
    ///
    /// ```
    /// use portcullis::basic::BasicAuthenticator;
    /// let kit = portcullis::testing::TestKit::new();
    /// let chain = BasicAuthenticator::new(kit.user_verifier());
    /// let ada = kit.basic("ada");
    /// ```
    ///
    /// # Panics
    /// When the system has no randomness.
    #[cfg(feature = "basic")]
    #[must_use]
    pub fn user_verifier(&self) -> crate::password::UserVerifier<super::TestUsers<P>> {
        self.users.verifier()
    }

    /// Withdraws a key for good.
    ///
    /// # Panics
    /// When it is a token or a password, or of another kit.
    pub fn revoke(&self, key: &TestKey) {
        let id = must(key.id().cloned().ok_or("only what a store has issued can be revoked"));
        let key = KeyRef { realm: Realm::default(), id };
        must(now(self.keys.revoke(&key, "withdrawn by a test", crate::Timestamp::from_unix_seconds(0))));
    }

    fn issue(&self, signing: Signing, scheme: Scheme, user: TestUser) -> TestKey {
        self.add(&user);
        let key = NewKey::new(scheme, user.owner).with_scopes(user.scopes);
        let key = if scheme == Scheme::ApiKey { key.with_prefix(self.prefix.clone()) } else { key };
        let issued = must(now(self.keys.issue(key, crate::Clock::now(&self.clock))));
        TestKey::new(signing, Some(issued.id), issued.secret.into_secret(), self.clock())
    }

    /// Makes everybody known whom the user names.
    fn add(&self, user: &TestUser) {
        let account = user.owner.account.as_ref();
        if let Some(account) = account {
            known(now(self.keys.add_account(account)));
        }
        if let Some(user) = &user.owner.user {
            known(now(self.keys.add_user(user, account)));
        }
        if let Some(site) = &user.owner.site {
            let account = must(account.ok_or("a site belongs to an account"));
            known(now(self.keys.add_site(site, account)));
        }
    }
}

/// Whoever is known already may be named again.
fn known(added: Result<(), AdminError>) {
    if !matches!(added, Err(AdminError::Duplicate)) {
        must(added);
    }
}

#[cfg(feature = "jwt")]
impl<P: FromKey> TestKit<P> {
    /// The key that this kit's tokens are signed with (HS256), for a verifier with the
    /// application's own policy.
    #[must_use]
    pub fn jwt_key(&self) -> crate::jwt::JwtKey {
        self.jwt_key.clone()
    }

    /// A verifier that accepts this kit's tokens.
    ///
    /// ```
    /// use portcullis::jwt::JwtAuthenticator;
    /// let kit = portcullis::testing::TestKit::new();
    /// let chain = JwtAuthenticator::new(kit.jwt_verifier());
    /// let ada = kit.jwt("ada");
    /// ```
    ///
    /// # Panics
    /// Never, for a key that the kit made.
    #[must_use]
    pub fn jwt_verifier(&self) -> crate::jwt::JwtVerifier {
        must(crate::jwt::JwtVerifier::new(crate::jwt::JwtPolicy::new(), [self.jwt_key()]))
    }

    /// A token about the user, with its scopes in `scope`, that lives for an hour by the
    /// kit's clock. Account and site have no usual claims: say them with
    /// [`token`](Self::token).
    ///
    /// # Panics
    /// When the user has no name.
    #[must_use]
    pub fn jwt(&self, user: impl Into<TestUser>) -> TestKey {
        let user = user.into();
        let name = must(user.owner.user.as_ref().ok_or("a token has a subject"));
        let issuer = crate::jwt::JwtIssuer::new(self.jwt_key(), std::time::Duration::from_secs(3600));
        let claims = serde_json::json!({ "scope": user.scopes.to_string() });
        self.token(must(issuer.issue_with(name.as_str(), crate::Clock::now(&self.clock), claims)))
    }

    /// A token that was made elsewhere, by an issuer of the application's own.
    #[must_use]
    pub fn token(&self, token: impl Into<String>) -> TestKey {
        TestKey::new(Signing::Bearer, None, token.into().into(), self.clock())
    }
}

impl Default for TestKit {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> fmt::Debug for TestKit<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestKit").field("clock", &self.clock).finish_non_exhaustive()
    }
}
