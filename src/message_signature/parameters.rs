//! The parameters of a signature (RFC 9421, section 2.3).

use sfv::{BareItem, Parameters};

/// What a signature says about itself. None of it is trusted before it verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SignatureParameters {
    pub(super) created: Option<i64>,
    pub(super) expires: Option<i64>,
    pub(super) nonce: Option<String>,
    pub(super) alg: Option<String>,
    pub(super) keyid: Option<String>,
    pub(super) tag: Option<String>,
}

impl SignatureParameters {
    /// Reads them; none where one is of another type, or not known.
    pub(super) fn read(parameters: &Parameters) -> Option<Self> {
        let mut read = Self::default();
        for (name, value) in parameters {
            let text = || match value {
                BareItem::String(text) => Some(Some(text.as_str().to_owned())),
                _ => None,
            };
            let moment = || match value {
                BareItem::Integer(seconds) => Some(Some(i64::from(*seconds))),
                _ => None,
            };
            match name.as_str() {
                "created" => read.created = moment()?,
                "expires" => read.expires = moment()?,
                "nonce" => read.nonce = text()?,
                "alg" => read.alg = text()?,
                "keyid" => read.keyid = text()?,
                "tag" => read.tag = text()?,
                _ => return None,
            }
        }
        Some(read)
    }
}
