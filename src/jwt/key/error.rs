//! Why a key cannot be built.

use super::WeakSecret;
use crate::jwt::UnknownAlgorithm;

/// A key cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtKeyError {
    /// The secret could be guessed.
    #[error(transparent)]
    Weak(#[from] WeakSecret),
    /// The algorithm is not known here.
    #[error(transparent)]
    UnknownAlgorithm(#[from] UnknownAlgorithm),
    /// The key is of a type that does not go with the algorithm.
    #[error("the type of the key does not go with the algorithm")]
    WrongType,
    /// The key is of a type, or on a curve, that is not known here.
    #[error("the type of the key is not known here")]
    UnknownType,
    /// The key is not in the form that its type has.
    #[error("the key is not in the form that its type has")]
    Unreadable,
    /// The `alg`, `use` or `key_ops` of the JWK forbid what it is to be used for.
    #[error("the JWK is not meant for verifying with this algorithm")]
    NotMeantForThis,
    /// An RSA key of fewer than 2048 bits (RFC 7518, section 3.3).
    #[error("the modulus has {bits} bits, fewer than 2048")]
    ShortModulus {
        /// How many it has.
        bits: usize,
    },
    /// An RSA key of more than 8192 bits, or whose modulus is even.
    #[error("the modulus has more than 8192 bits, or is even")]
    UnfitModulus,
    /// An RSA key whose public exponent is below 65537, even, or longer than 32 bits.
    #[error("the public exponent is below 65537, even, or longer than 32 bits")]
    UnfitExponent,
    /// A point of Ed25519 that is of small order, for which anybody can sign, or that is not
    /// written in its one form (RFC 8032, section 5.1.3).
    #[error("the point of the key is of small order, or not written in its one form")]
    UnfitPoint,
    /// The public half that a private key came with is not its own.
    #[error("the public half is not that of the private key")]
    Mismatched,
    /// The text is not exactly one PEM block (RFC 7468).
    #[error("the text is not exactly one pem block")]
    NotOneBlock,
    /// The private key is encrypted; it must be decrypted before.
    #[error("the private key is encrypted")]
    Encrypted,
    /// A certificate, whose public key must be taken out of it before.
    #[error("a certificate is not a key")]
    Certificate,
    /// The JWK does not say its algorithm, and its type has several. For the RSA keys of a set,
    /// [`JwkRules::with_rsa_algorithm`](super::JwkRules::with_rsa_algorithm) says it.
    #[error(
        "the JWK does not say which algorithm it is for: JwkRules::with_rsa_algorithm says it for RSA keys"
    )]
    NoAlgorithm,
    /// A private key is where only public ones may be.
    #[error("a private key is where only public ones may be")]
    Private,
    /// A set that is published holds a shared secret.
    #[error("a shared secret is in a public set")]
    Symmetric,
    /// Two keys of one type have the same id.
    #[error("another key of the same type has the same id")]
    RepeatedId,
    /// Of the keys of one algorithm, 16 others have no id either: every token would be tried
    /// with all of them.
    #[error("16 other keys of its algorithm have no id either")]
    TooManyNameless,
    /// The library under the features that are on has no such keys: `aws-lc-rs` has all of
    /// them, `rust-crypto` most, and without both there is HMAC alone.
    #[error("no backend is there for such keys: see the features aws-lc-rs and rust-crypto")]
    NoBackend,
    /// The system's random generator failed.
    #[error("the system's random generator failed")]
    Random,
}
