//! JSON Web Tokens (RFC 7519), signed in the compact form (RFC 7515, section 7.1).
//!
//! A [`JwtVerifier`] has keys and a [`JwtPolicy`]; a [`JwtAuthenticator`] applies it to
//! `Authorization: Bearer`; a [`JwtIssuer`] makes tokens. Where several issuers are
//! trusted, [`JwtIssuers`] has a verifier for each. Header and claims are read
//! here, strictly, and a key's algorithm is the key's own, so that no token chooses how
//! it is checked.
//!
//! What a bearer token cannot do: it is valid for whoever holds it until it ends. Keep
//! its life short, and send it over TLS only.

mod algorithm;
mod authenticator;
mod backend;
mod binding;
mod claims;
mod compact;
mod confirmation;
mod dpop;
#[cfg(feature = "token-endpoint")]
mod grants;
mod header;
#[cfg(feature = "introspection")]
mod introspection;
mod issuer;
mod issuers;
mod issuing;
mod json;
#[cfg(feature = "jwks")]
mod jwks;
mod key;
mod policy;
#[cfg(all(feature = "settings", feature = "password"))]
mod settings;
mod signature;
mod source;
#[cfg(feature = "token-endpoint")]
mod token_endpoint;
#[cfg(all(feature = "token-endpoint", any(feature = "axum", feature = "actix")))]
mod token_route;
mod verified;
mod verified_cache;
mod verifier;
mod verifier_error;
mod wanted;

pub use jsonwebtoken::jwk::Jwk;

pub use algorithm::{JwtAlgorithm, UnknownAlgorithm};
pub use authenticator::JwtAuthenticator;
pub use confirmation::Confirmation;
pub use dpop::{DpopError, DpopNonces, DpopProof, DpopSettingsError, DpopSignError, DpopVerifier};
#[cfg(feature = "introspection")]
pub use introspection::{
    ClientAuthentication, IntrospectionAuthenticator, IntrospectionEndpoint, IntrospectionError,
    IntrospectionSettingsError,
};
pub use issuer::{JwtIssueError, JwtIssuer};
pub use issuers::{IssuerSubject, JwtIssuers, JwtIssuersError};
pub use issuing::{
    AccessToken, ExchangeError, IssuedToken, JwksEndpoint, JwtRevocations, KeyExchange, Redeemed,
    RefreshError, RefreshGrant, RefreshTokens, SigningKeys, TokenCheck,
};
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
pub use issuing::{InvalidKeyRingPlan, JwtKeyRing, KeyRingError, KeyRingPlan};
#[cfg(feature = "jwks")]
pub use jwks::{InvalidJwksUrl, JwksClient, JwksClientBuilder, JwksError, JwksFetchError, JwksState};
pub use key::{DroppedKey, JwkRules, JwtKey, JwtKeyError, JwtKeySet, JwtKeySetError, WeakSecret};
pub use policy::{JwtPolicy, JwtPolicyError};
#[cfg(all(feature = "settings", feature = "password"))]
pub use settings::WispHubSettings;
pub use source::{JwtKeySource, KeysUnavailable, NewKeys};
#[cfg(feature = "token-endpoint")]
pub use token_endpoint::{TokenAnswer, TokenEndpoint};
pub use verified::{ClaimsError, VerifiedToken};
#[cfg(feature = "cached")]
pub use verified_cache::VerifiedTokenCache;
pub use verifier::JwtVerifier;
pub use verifier_error::JwtVerifierError;
