//! Verifiers that cannot be built.

use super::{JwtKeySetError, JwtPolicyError};

/// A verifier would accept no token, or could not tell which key is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtVerifierError {
    /// The keys cannot be held together.
    #[error(transparent)]
    Keys(#[from] JwtKeySetError),
    /// No token meets the policy.
    #[error("no token meets the policy")]
    Policy(#[from] JwtPolicyError),
}
