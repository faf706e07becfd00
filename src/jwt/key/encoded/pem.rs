//! The one block of a PEM text.

use pkcs8::der::pem;
use zeroize::Zeroizing;

use super::{Form, unreadable};
use crate::jwt::key::JwtKeyError;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
/// The member of a block that says how it is encrypted (RFC 1421, section 4.6.1.1).
const PROCESSED: &str = "Proc-Type:";

/// A block, decoded.
pub(super) struct Block {
    pub(super) form: Form,
    pub(super) der: Zeroizing<Vec<u8>>,
}

impl Block {
    /// Reads the block of a text that has exactly one, whatever stands around it (RFC 7468,
    /// section 2).
    pub(super) fn read(text: &str) -> Result<Self, JwtKeyError> {
        let block = only(text).ok_or(JwtKeyError::NotOneBlock)?;
        if block.contains(PROCESSED) {
            return Err(JwtKeyError::Encrypted);
        }
        let (label, der) = pem::decode_vec(block.as_bytes()).map_err(unreadable)?;
        let der = Zeroizing::new(der);
        let form = match label {
            "PUBLIC KEY" => Form::Spki,
            "RSA PUBLIC KEY" => Form::RsaPublic,
            "PRIVATE KEY" => Form::Pkcs8,
            "RSA PRIVATE KEY" => Form::RsaPrivate,
            "EC PRIVATE KEY" => Form::Sec1,
            "ENCRYPTED PRIVATE KEY" => return Err(JwtKeyError::Encrypted),
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                return Err(JwtKeyError::Certificate);
            }
            _ => return Err(JwtKeyError::UnknownType),
        };
        // The label must not lie, or two readers would see two keys.
        if Form::of(&der)? == form { Ok(Self { form, der }) } else { Err(JwtKeyError::Unreadable) }
    }
}

/// The lines from the only `BEGIN` to the only `END`.
fn only(text: &str) -> Option<&str> {
    let (before, block) = text.split_once(BEGIN)?;
    let at_start = |before: &str| before.is_empty() || before.ends_with(['\n', '\r']);
    let (body, after) = block.split_once(END)?;
    let twice = [body, after].iter().any(|part| part.contains(BEGIN)) || after.contains(END);
    if twice || !at_start(before) || !at_start(body) || before.contains(END) {
        return None;
    }
    let last_line = after.split(['\n', '\r']).next()?;
    let end = before.len() + BEGIN.len() + body.len() + END.len() + last_line.len();
    text.get(before.len()..end).map(str::trim_end)
}
