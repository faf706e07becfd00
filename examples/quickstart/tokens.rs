//! The tokens that this service issues to itself: their key, and whom they stand for.

use std::time::Duration;

use portcullis::crypto::HmacAlgorithm;
use portcullis::jwt::{
    JwtAlgorithm, JwtAuthenticator, JwtIssuer, JwtKey, JwtPolicy, JwtVerifier, TokenEndpoint, VerifiedToken,
};
use portcullis::password::PasswordVerifier;
use portcullis::store::sqlite::MasterKey;
use portcullis::{AccountId, AuthError, Credential, Principal, Reason, Scheme, Secret, UserId};

use crate::chain::Me;
use crate::demo;
use crate::derived::derived;
use crate::passwords::Passwords;
use crate::process::Failure;

const ISSUER: &str = "portcullis-quickstart";
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The key of the tokens.
pub(crate) struct Tokens(JwtKey);

impl Tokens {
    pub(crate) fn new(master: &MasterKey) -> Result<Self, Failure> {
        let derived = derived(master, HmacAlgorithm::Sha256, "portcullis quickstart: JWT secret");
        let text: String = derived.expose().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self(JwtKey::hmac(JwtAlgorithm::Hs256, Secret::from(text))?))
    }

    #[allow(dead_code, reason = "the twin in actix-web has no console")]
    pub(crate) fn key(&self) -> (JwtKey, &'static str) {
        (self.0.clone(), ISSUER)
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
