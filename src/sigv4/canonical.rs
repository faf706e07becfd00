//! The canonical request: the text that both sides make of a request, and sign the digest of.

use sha2::{Digest, Sha256};

use super::query::{QueryForm, feed_query};
use super::signed_headers;
use crate::canonical::gathered::Gathered;
use crate::canonical::{headers, path};
use crate::{AuthError, Reason};

/// How the path becomes a line of the canonical request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathForm {
    /// Without empty and dot segments, and encoded: the rule of all services but S3.
    Normalised,
    /// Encoded as it was sent.
    Encoded,
    /// Decoded and encoded once: the rule of S3.
    EncodedOnce,
    /// As it was sent.
    Raw,
}

/// Header lines, with names in lower case.
pub(super) trait HeaderLines {
    /// Every value of a name, in the order of the request.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]>;
}

/// All that is signed of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Canonical<'a, H> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    /// Names in ascending order, checked.
    pub(super) signed_headers: &'a str,
    pub(super) headers: &'a H,
    /// The last line.
    pub(super) payload: &'a [u8],
}

impl<H: HeaderLines> Canonical<'_, H> {
    /// Feeds the canonical request to `sink`.
    ///
    /// Method, path, query, names and payload have no line feed and values lose theirs, so that
    /// each line can be read in one way only.
    pub(super) fn feed(
        &self,
        path: PathForm,
        query: QueryForm,
        mut sink: impl FnMut(&[u8]),
    ) -> Result<(), AuthError> {
        sink(self.method.as_bytes());
        sink(b"\n");
        feed_path(self.path, path, &mut sink);
        sink(b"\n");
        feed_query(self.query, query, &mut sink)?;
        sink(b"\n");
        for name in signed_headers::names(self.signed_headers) {
            sink(name.as_bytes());
            sink(b":");
            if !headers::feed_values(self.headers.values(name), &mut sink) {
                return Err(AuthError::new(Reason::NotCovered));
            }
            sink(b"\n");
        }
        sink(b"\n");
        sink(self.signed_headers.as_bytes());
        sink(b"\n");
        sink(self.payload);
        Ok(())
    }

    /// The SHA-256 of the canonical request.
    pub(super) fn digest(&self, path: PathForm, query: QueryForm) -> Result<[u8; 32], AuthError> {
        let mut hash = Sha256::new();
        let mut gathered = Gathered::new(|piece: &[u8]| hash.update(piece));
        self.feed(path, query, |piece| gathered.push(piece))?;
        gathered.finish();
        Ok(hash.finalize().into())
    }
}

fn feed_path(sent: &str, form: PathForm, sink: impl FnMut(&[u8])) {
    let sent = if sent.is_empty() { "/" } else { sent };
    match form {
        PathForm::Normalised => path::feed_encoded(&path::normalised(sent), sink),
        PathForm::Encoded => path::feed_encoded(sent, sink),
        PathForm::EncodedOnce => path::feed_encoded_once(sent, sink),
        PathForm::Raw => {
            let mut sink = sink;
            sink(sent.as_bytes());
        }
    }
}

/// The four lines that are signed.
pub(super) fn string_to_sign<'a>(date: &'a str, scope: &'a str, digest: &'a [u8; 64]) -> [&'a [u8]; 7] {
    [super::ALGORITHM.as_bytes(), b"\n", date.as_bytes(), b"\n", scope.as_bytes(), b"\n", digest]
}
