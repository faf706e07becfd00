//! The message of the strict form.

use std::borrow::Cow;

use crate::canonical::authority;
use crate::request::RequestTarget;
use crate::store::strict_form::feed_target;

/// What the message begins with.
const LABEL: &str = "portcullis x-auth 1";

/// What the strict form signs of a request, besides its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrictFields<'a> {
    /// The id of the key.
    pub iss: &'a str,
    /// The beginning of validity, ten digits of Unix seconds.
    pub nbf: &'a str,
    /// The end of validity, likewise.
    pub exp: &'a str,
    /// The nonce.
    pub nonce: &'a [u8; 16],
    /// SHA-256 of the body.
    pub digest: &'a [u8; 32],
}

/// Feeds the message to `sink`; `authority` in its one spelling.
pub(super) fn feed(
    target: &RequestTarget<'_>,
    authority: &str,
    fields: &StrictFields<'_>,
    sink: &mut dyn FnMut(&[u8]),
) {
    let mut message = feed_target(LABEL, target, authority, sink);
    for text in [fields.iss, fields.nbf, fields.exp] {
        message.field(text.as_bytes());
    }
    message.field(fields.nonce).field(fields.digest);
    message.finish();
}

/// The bytes that the strict form signs: no secret, for whoever must find out why two sides
/// disagree. Signer and verifier feed the same. None where the target has no authority, or one
/// that is no host and port.
///
/// ```
/// use portcullis::request::RequestTarget;
/// use portcullis::x_auth::{StrictFields, strict_text};
/// let mut target = RequestTarget::new("GET", "/orders", Some("page=2"));
/// target.authority = Some("API.example:443");
/// let fields =
///     StrictFields { iss: "k", nbf: "1700000000", exp: "1700000060", nonce: &[7; 16], digest: &[9; 32] };
/// let text = strict_text(&target, &fields).expect("there is an authority");
/// assert!(text.starts_with(b"\0\0\0\0\0\0\0\x13portcullis x-auth 1\0\0\0\0\0\0\0\x03GET\0\0\0\0\0\0\0\x0bapi.example"));
/// ```
#[must_use]
pub fn strict_text(target: &RequestTarget<'_>, fields: &StrictFields<'_>) -> Option<Vec<u8>> {
    let authority: Cow<'_, str> = authority::one_spelling(target.authority?)?;
    let mut text = Vec::new();
    feed(target, &authority, fields, &mut |part| text.extend_from_slice(part));
    Some(text)
}
