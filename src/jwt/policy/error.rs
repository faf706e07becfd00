//! Policies that make no sense.

/// A [`JwtPolicy`](super::JwtPolicy) that no token can meet, or that asks for what cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtPolicyError {
    /// An issuer, an audience, a subject, a type or the name of a claim is empty: often a
    /// setting that was forgotten.
    #[error("an issuer, audience, subject, type or claim that is expected is empty")]
    EmptyExpectation,
    /// A life or an age of zero.
    #[error("the longest life or the greatest age is zero")]
    NoTime,
    /// More than 64 claims are required.
    #[error("more than 64 claims are required")]
    TooManyClaims,
    /// A header parameter that cannot be made understood: it has a meaning of its own, it
    /// would change what the payload is, or it has no name.
    #[error("the header parameter cannot be a critical one")]
    NotCritical,
}
