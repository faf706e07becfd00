//! Why a proof is refused.

use std::error::Error;

use crate::crypto::RandomError;
use crate::{AuthError, Reason};

/// A proof is refused. It is the source of an [`AuthError`]: for logs, and for the challenge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DpopError {
    /// A proof came beside a token that was presented as `Bearer`.
    #[error("a proof came beside a bearer token")]
    BesideBearer,
    /// None came with a token that was presented as `DPoP`, or an empty one.
    #[error("a token came without a proof")]
    Missing,
    /// It is too long, or no token in the compact form with strict JSON.
    #[error("the proof is no token in the compact form")]
    Unreadable,
    /// Its `typ` is not `dpop+jwt`.
    #[error("the type of the proof is not dpop+jwt")]
    Type,
    /// Its `alg` is symmetric, unknown, `none`, or not allowed here.
    #[error("the algorithm of the proof is not allowed")]
    Algorithm,
    /// Its `jwk` is missing, private, symmetric, weak, or not for this algorithm.
    #[error("the key of the proof is not accepted")]
    Key,
    /// Its key is not the one that the token is bound to.
    #[error("the token is bound to another key")]
    OtherKey,
    /// A claim that every proof has is missing or has the wrong type.
    #[error("a claim of the proof is missing or has the wrong type")]
    Claims,
    /// It is for another method.
    #[error("the proof is for another method")]
    Method,
    /// It is for another address.
    #[error("the proof is for another address")]
    Target,
    /// It was made too long ago, or in the future.
    #[error("the time of the proof is too far from now")]
    Time,
    /// It does not name this access token.
    #[error("the proof is not about this token")]
    Token,
    /// Its signature is wrong.
    #[error("the signature of the proof is wrong")]
    Signature,
    /// It was used before.
    #[error("the proof was used before")]
    Replayed,
    /// It does not have a nonce of this server that counts. The fresh one goes out with the
    /// challenge.
    #[error("the proof has no nonce of this server that counts")]
    Nonce {
        /// A nonce that counts now.
        fresh: Box<str>,
    },
}

impl DpopError {
    /// The reason that goes with it.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Algorithm => Reason::AlgorithmMismatch,
            Self::OtherKey => Reason::UnknownKey,
            Self::Method | Self::Target | Self::Token | Self::Signature => Reason::WrongSignature,
            Self::Time => Reason::ClockDrift,
            Self::Replayed => Reason::Replayed,
            Self::Missing => Reason::MissingCompanion,
            Self::Nonce { .. } => Reason::NonceRequired,
            _ => Reason::InvalidCredential,
        }
    }

    /// The refused proof that a refusal is about, if it is about one.
    #[must_use]
    pub fn of(failure: &AuthError) -> Option<&Self> {
        failure.source()?.downcast_ref()
    }
}

impl From<DpopError> for AuthError {
    fn from(error: DpopError) -> Self {
        Self::new(error.reason()).with_source(error)
    }
}

/// What a verifier of proofs was told cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DpopSettingsError {
    /// There is no algorithm, or one that is symmetric or that no library of this build verifies.
    #[error("proofs need algorithms with pairs of keys, which this build verifies")]
    Algorithms,
    /// The origin is not `https://` and an authority, or `http://` and a loopback address.
    #[error("the origin is not https with an authority, or http on loopback")]
    Origin,
    /// The period of nonces is shorter than a second.
    #[error("nonces need a period of a second or more")]
    Period,
}

/// A proof cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DpopSignError {
    /// The key is a shared secret, cannot sign, or its library failed.
    #[error("the key cannot sign proofs")]
    Key,
    /// The moment is before 1970.
    #[error("the moment is before 1970")]
    Time,
    /// The system's random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}
