//! Who is believed: the four authenticators in their order, and the tokens.

use std::time::Duration;

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::jwt::{
    JwtAlgorithm, JwtAuthenticator, JwtIssuer, JwtKey, JwtPolicy, JwtVerifier, TokenEndpoint, VerifiedToken,
};
use portcullis::password::PasswordVerifier;
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::store::sqlite::{MasterKey, SqliteKeyStore};
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{
    AccountId, AuthError, Authenticator, AuthenticatorExt, Credential, Principal, Reason, Scheme, Secret,
    SiteId, UserId,
};

use crate::demo;
use crate::passwords::Passwords;
use crate::process::Failure;

/// Whom the handlers see. A user and an account are always there, so nothing unwraps them.
pub(crate) type Me = Principal<UserId, AccountId, Option<SiteId>>;

const ISSUER: &str = "portcullis-quickstart";
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The chain. Each member claims what has its shape; a wrong credential ends it there.
pub(crate) fn authenticators(
    keys: SqliteKeyStore<Me>,
    jwt: JwtAuthenticator<Me>,
) -> impl Authenticator<Principal = Me> {
    // Which signatures were seen is forgotten when the service stops.
    let nonces = MemoryNonceStore::new();
    ApiKeyAuthenticator::new(keys.clone(), KeyShape::prefix("igny8_"))
        .or(jwt)
        .or(QuerySignatureAuthenticator::new(keys.clone(), nonces.clone()))
        .or(XAuthAuthenticator::new(keys, nonces))
}

/// The key of the tokens that this service issues to itself.
pub(crate) struct Tokens(JwtKey);

impl Tokens {
    /// Derives the key from the master key, so that tokens outlive a restart.
    pub(crate) fn new(master: &MasterKey) -> Result<Self, Failure> {
        let master = HmacKey::new(HmacAlgorithm::Sha256, &Secret::new(*master.expose()));
        let derived = master.sign(&[b"portcullis quickstart: JWT secret"]);
        let text: String = derived.expose().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self(JwtKey::hmac(JwtAlgorithm::Hs256, Secret::from(text))?))
    }

    pub(crate) fn authenticator(&self) -> Result<JwtAuthenticator<Me>, Failure> {
        let verifier = JwtVerifier::new(JwtPolicy::new().with_issuer(ISSUER), [self.0.clone()])?;
        Ok(JwtAuthenticator::new(verifier).with_mapping(me))
    }

    pub(crate) async fn endpoint(&self, passwords: Passwords) -> Result<TokenEndpoint<Passwords>, Failure> {
        // A user who is not known takes as long to refuse as this one.
        let model = passwords.find_hash(demo::USER).await?.ok_or("the user of the demo has no password")?;
        let issuer = JwtIssuer::new(self.0.clone(), LIFETIME).with_issuer(ISSUER);
        Ok(TokenEndpoint::new(issuer, PasswordVerifier::new(passwords, &model)?))
    }
}

/// Whom a token stands for: its subject, in the one account that there is.
fn me(token: &VerifiedToken) -> Result<Me, AuthError> {
    let user = token.subject().filter(|user| !user.is_empty()).ok_or(Reason::MissingClaim)?;
    Ok(Principal::builder(UserId::from(user))
        .account(AccountId::from(demo::ACCOUNT))
        .site(None)
        .scopes(token.scopes()?)
        .credential(Credential::of_scheme(Scheme::Jwt))
        .build())
}
