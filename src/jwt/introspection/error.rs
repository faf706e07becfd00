//! What goes wrong when an issuer is asked.

use std::error::Error;
use std::sync::Arc;

use crate::AuthError;
use crate::client::HttpClientError;
use crate::jwt::JwtPolicyError;

/// The endpoint gave no answer that can be used: an outage, never a word about the token. It
/// is the source of a refusal with 503, for logs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntrospectionError {
    /// No whole answer came.
    #[error("the introspection endpoint gave no answer")]
    NoAnswer(#[from] HttpClientError),
    /// As many questions as may be were under way until the deadline.
    #[error("too many questions to the introspection endpoint are under way")]
    Busy,
    /// The answer has a status other than 200.
    #[error("the introspection endpoint answered with status {0}")]
    Status(u16),
    /// The answer is too long, is not JSON, or is not what RFC 7662 has answers be.
    #[error("the answer of the introspection endpoint cannot be read")]
    Unreadable,
    /// The application could not authenticate the request.
    #[error("the request to the introspection endpoint could not be authenticated")]
    Authentication(#[source] Box<dyn Error + Send + Sync>),
}

impl IntrospectionError {
    /// The question without an answer that a refusal is about, if it is about one.
    #[must_use]
    pub fn of(failure: &AuthError) -> Option<&Self> {
        // All who waited for one answer share its failure.
        failure.source()?.downcast_ref::<Arc<Self>>().map(Arc::as_ref)
    }
}

/// What an authenticator was told cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntrospectionSettingsError {
    /// The address is not `https` with a host, or has a user or a fragment.
    #[error("the address of the endpoint is not https, or has a user or a fragment")]
    Endpoint,
    /// The credential cannot stand in a header.
    #[error("the credential cannot stand in a header")]
    Credential,
    /// The policy expects something of the header of a token: an opaque token has none.
    #[error("the policy expects a type, and opaque tokens have no header")]
    Type,
    /// No token meets the policy.
    #[error("no token meets the policy")]
    Policy(#[from] JwtPolicyError),
}
