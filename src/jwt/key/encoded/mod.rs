//! Keys in DER and PEM.

mod identifier;
mod pem;
mod private;
mod public;

use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{Decode, Reader, Tag, Tagged};

use super::{JwtKey, JwtKeyError};
use crate::jwt::JwtAlgorithm;

pub(super) use private::PrivateNumbers;

/// The structure that the bytes of a key have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
    Spki,
    /// `RSAPublicKey` (RFC 8017, appendix A.1.1).
    RsaPublic,
    /// `OneAsymmetricKey`, also known as PKCS#8 (RFC 5958, section 2).
    Pkcs8,
    /// `RSAPrivateKey` (RFC 8017, appendix A.1.2).
    RsaPrivate,
    /// `ECPrivateKey` (RFC 5915, section 3).
    Sec1,
}

impl JwtKey {
    /// A key from PEM (RFC 7468): a public one labelled `PUBLIC KEY` or `RSA PUBLIC KEY`, or
    /// a private one labelled `PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`, which
    /// signs too.
    ///
    /// The text holds exactly one block, in lines of 64 characters; other text may stand
    /// before and after it. The bytes are read as by [`from_der`](Self::from_der).
    ///
    /// ```
    /// use portcullis::jwt::{JwtAlgorithm, JwtKey};
    /// let key = JwtKey::from_pem(
    ///     "-----BEGIN PUBLIC KEY-----\n\
    ///      MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
    ///      -----END PUBLIC KEY-----\n",
    ///     JwtAlgorithm::EdDsa,
    /// )?;
    /// assert!(!key.can_sign());
    /// # Ok::<(), portcullis::jwt::JwtKeyError>(())
    /// ```
    ///
    /// # Errors
    /// When the text is not one such block, when the key is encrypted, and as
    /// [`from_der`](Self::from_der).
    pub fn from_pem(text: &str, algorithm: JwtAlgorithm) -> Result<Self, JwtKeyError> {
        let block = pem::Block::read(text)?;
        Self::of_form(block.form, &block.der, algorithm)
    }

    /// A key from DER: a public one as `SubjectPublicKeyInfo` or as the `RSAPublicKey` of
    /// PKCS#1, or a private one as PKCS#8, as the `RSAPrivateKey` of PKCS#1 or as the
    /// `ECPrivateKey` of SEC 1, which signs too.
    ///
    /// The bytes are one such object and nothing after it. The type and the curve that they
    /// name must be those of the algorithm; curves are named, points are uncompressed, and a
    /// public half that lies beside a private one must be its own. Keys that are for
    /// RSASSA-PSS alone by their identifier (RFC 4055) are not known here.
    ///
    /// # Errors
    /// When the bytes are in no such form, or encrypted, or a certificate; when the key does
    /// not go with the algorithm or is weak; and when no backend has such keys.
    pub fn from_der(der: &[u8], algorithm: JwtAlgorithm) -> Result<Self, JwtKeyError> {
        Self::of_form(Form::of(der)?, der, algorithm)
    }

    fn of_form(form: Form, der: &[u8], algorithm: JwtAlgorithm) -> Result<Self, JwtKeyError> {
        match form {
            Form::Spki => Self::public(algorithm, public::spki(der)?),
            Form::RsaPublic => Self::public(algorithm, public::pkcs1(der)?),
            Form::Pkcs8 => private::pkcs8(der, algorithm),
            Form::RsaPrivate => private::pkcs1(der, algorithm),
            Form::Sec1 => private::sec1(der, algorithm),
        }
    }
}

impl Form {
    /// The form that the outermost members show. No two forms begin alike.
    fn of(der: &[u8]) -> Result<Self, JwtKeyError> {
        let tags = AnyRef::from_der(der).and_then(|object| {
            object.sequence(|members| {
                let mut tags = Vec::new();
                while !members.is_finished() {
                    tags.push(members.decode::<AnyRef<'_>>()?.tag());
                }
                Ok(tags)
            })
        });
        match tags.map_err(unreadable)?.as_slice() {
            [Tag::Sequence, Tag::BitString] => Ok(Self::Spki),
            [Tag::Integer, Tag::Integer] => Ok(Self::RsaPublic),
            [Tag::Integer, Tag::Sequence, Tag::OctetString, ..] => Ok(Self::Pkcs8),
            [Tag::Integer, Tag::Integer, Tag::Integer, ..] => Ok(Self::RsaPrivate),
            [Tag::Integer, Tag::OctetString, ..] => Ok(Self::Sec1),
            [Tag::Sequence, Tag::OctetString] => Err(JwtKeyError::Encrypted),
            [Tag::Sequence, Tag::Sequence, Tag::BitString] => Err(JwtKeyError::Certificate),
            _ => Err(JwtKeyError::Unreadable),
        }
    }
}

/// What a library says of the bytes is not for whoever reads the error.
fn unreadable<E>(_: E) -> JwtKeyError {
    JwtKeyError::Unreadable
}

#[cfg(test)]
mod tests;
