//! Signed URLs, as dj-api-auth speaks them.
//!
//! # Wire format
//!
//! ```text
//! /api/hello/?timestamp=1700000000.274&apikey=483a570a&signature=<base64>
//! ```
//!
//! The signature is the standard base64 of HMAC-SHA-256, keyed with the secret as text,
//! over the path, a `?`, the query without the `signature` parameter, and the body, with
//! nothing in between. It may stand anywhere in the query, its `+` raw, as a space, or as
//! `%2B`. The timestamp is decimal Unix seconds, with or without a fraction.
//!
//! # Decision
//!
//! 1. None of the three parameters: the scheme does not apply. Some, or an empty one: 400.
//!    One twice, one whose name is spelled with escapes or in another case, or a broken
//!    escape beside them: 400.
//! 2. The timestamp is at most the [drift](QuerySignatureAuthenticator::with_max_drift)
//!    away from now, in either direction.
//! 3. The key is found by `apikey`, to the letter, and may be used now.
//! 4. Only now the body is read. The signature is compared in constant time, with the
//!    query as it was sent. The compatible form then tries the query decoded and encoded
//!    again.
//! 5. If there is a body, the strict form wants `apikey` to be the last signed parameter,
//!    and a body that does not begin with `&`: else 400. The signature cannot tell where
//!    the query ends; with the key's id in that place, bytes that move between query and
//!    body change the id or break this rule.
//! 6. The key's entry points allow the path: else 403.
//! 7. The signature is claimed. A repeat is refused, except for GET and HEAD.
//!
//! # What the scheme cannot do
//!
//! It signs neither the method nor the host, and it has no nonce. Until its timestamp is too
//! old, a captured URL can be repeated with GET or HEAD again and again, and with another
//! method once, if it has not arrived itself.

mod authenticator;
mod canonical;
mod parameters;
mod signer;

pub use authenticator::QuerySignatureAuthenticator;
pub use signer::{QuerySigner, UnsignableRequest, canonical_text};

pub(crate) const TIMESTAMP: &str = "timestamp";
pub(crate) const API_KEY: &str = "apikey";
pub(crate) const SIGNATURE: &str = "signature";
