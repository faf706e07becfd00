//! Issuers that cannot be told apart.

/// An issuer cannot be added to [`JwtIssuers`](super::JwtIssuers).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtIssuersError {
    /// There is no issuer, so that no token could be accepted.
    #[error("there is no issuer")]
    Empty,
    /// The issuer has no name: often a setting that was forgotten.
    #[error("an issuer has no name")]
    Nameless,
    /// The issuer is there already.
    #[error("the issuer {0:?} is there twice")]
    Repeated(Box<str>),
    /// The policy of the verifier expects other issuers.
    #[error("the policy of the issuer {0:?} expects another issuer")]
    OtherIssuer(Box<str>),
    /// The policies of all issuers together require too many claims.
    #[error("more than 64 claims are required by all issuers together")]
    TooManyClaims,
}
