//! Who is believed: the four authenticators in IGNY8's order, and the tokens.

use std::time::Duration;

use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::basic::BasicAuthenticator;
use portcullis::jwt::{
    JwtAlgorithm, JwtAuthenticator, JwtIssuer, JwtKey, JwtPolicy, JwtVerifier, TokenEndpoint,
};
use portcullis::password::{PasswordVerifier, UserVerifier};
use portcullis::{Authenticator, AuthenticatorExt, Credential, Scheme, Secret};

use crate::Me;
use crate::demo::Demo;
use crate::serve::Failure;
use crate::session::{SessionAuthenticator, Sessions, random_hex};
use crate::users::Users;

const ISSUER: &str = "igny8";
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The chain. Each member claims what has its shape; a wrong credential ends it there. The
/// cheap checks come first, and the slow hash of a password last.
pub(crate) fn authenticators(
    demo: &Demo,
    tokens: &Tokens,
    sessions: Sessions,
) -> Result<impl Authenticator<Principal = Me> + use<>, Failure> {
    let carriers = [ApiKeyCarrier::Bearer, ApiKeyCarrier::header("X-API-Key")];
    let api_keys = ApiKeyAuthenticator::new(demo.keys.clone(), KeyShape::prefix("igny8_"));
    let basic = BasicAuthenticator::new(UserVerifier::new(demo.users.clone(), &demo.model)?);
    Ok(api_keys
        .with_carriers(carriers)
        .or(tokens.authenticator(demo.users.clone())?)
        .or(SessionAuthenticator::new(sessions, demo.users.clone()))
        .or(basic.with_challenge_realm("igny8")?))
}

/// The key of the tokens that this process issues to itself.
pub(crate) struct Tokens(JwtKey);

impl Tokens {
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self(JwtKey::hmac(JwtAlgorithm::Hs256, Secret::from(random_hex()?))?))
    }

    pub(crate) fn verifier(&self) -> Result<JwtVerifier, Failure> {
        Ok(JwtVerifier::new(JwtPolicy::new().with_issuer(ISSUER), [self.0.clone()])?)
    }

    pub(crate) fn endpoint(&self, demo: &Demo) -> Result<TokenEndpoint<Users>, Failure> {
        let issuer = JwtIssuer::new(self.0.clone(), LIFETIME).with_issuer(ISSUER);
        Ok(TokenEndpoint::new(issuer, PasswordVerifier::new(demo.users.clone(), &demo.model)?))
    }

    /// A token stands for its subject, as long as that is an active user.
    fn authenticator(&self, users: Users) -> Result<JwtAuthenticator<Me>, Failure> {
        Ok(JwtAuthenticator::new(self.verifier()?).with_mapping(move |token| {
            let user = token.subject().ok_or("a token of nobody")?;
            let me = users.active(user, Credential::of_scheme(Scheme::Jwt));
            me.ok_or("the user is gone or is not active")
        }))
    }
}
