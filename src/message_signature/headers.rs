//! The headers of a signed request.

use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{CONTENT_DIGEST, SIGNATURE, SIGNATURE_INPUT};
use crate::request::HeaderSource;

/// The headers that sign one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageHeaders {
    /// `Signature-Input`.
    pub signature_input: String,
    /// `Signature`.
    pub signature: String,
    /// `Content-Digest`, where there is a body that had none.
    pub content_digest: Option<String>,
}

impl MessageHeaders {
    /// The headers as names and values.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let digest = self.content_digest.as_deref().map(|digest| (CONTENT_DIGEST, digest));
        let signed = [(SIGNATURE_INPUT, &*self.signature_input), (SIGNATURE, &*self.signature)];
        digest.into_iter().chain(signed)
    }

    /// Sets the headers, in place of any that are there.
    ///
    /// # Errors
    /// When a header value cannot hold one of them; then none is set.
    pub fn insert_into(&self, headers: &mut HeaderMap) -> Result<(), InvalidHeaderValue> {
        let values = self.pairs().map(|(name, value)| Ok((name, HeaderValue::from_str(value)?)));
        for (name, value) in values.collect::<Result<Vec<_>, InvalidHeaderValue>>()? {
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(())
    }
}

/// The headers of a request, and the digest that it is about to have.
pub(super) struct WithDigest<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) digest: Option<&'a str>,
}

impl HeaderSource for WithDigest<'_> {
    fn visit<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        match self.digest {
            Some(digest) if name == CONTENT_DIGEST => each(digest.as_bytes()),
            _ => self.headers.visit(name, each),
        }
    }

    fn visit_all<'a>(&'a self, each: &mut dyn FnMut(&'a str, &'a [u8])) {
        if let Some(digest) = self.digest {
            each(CONTENT_DIGEST, digest.as_bytes());
        }
        self.headers.visit_all(each);
    }
}
