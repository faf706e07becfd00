//! Signed URLs.
//!
//! The module speaks two forms. The *compatible* one is that of dj-api-auth, for its clients. The
//! *strict* one is for clients that are written today.
//!
//! # Wire format of the compatible form
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
//! # Wire format of the strict form
//!
//! ```text
//! /api/hello/?page=2&pc-version=1&pc-key=483a570a&pc-time=1700000000&pc-expires=1700000060
//!     &pc-nonce=<base64url>&pc-digest=<base64url>&pc-signature=<base64url>
//! ```
//!
//! Times are ten digits of Unix seconds; the nonce is 16 random bytes, for this request alone; the
//! digest is SHA-256 of the body, of an empty body too; base64url is without padding. The
//! signature, HMAC-SHA-256 keyed with the secret as text, is the last parameter. It covers the
//! method, the authority, the path and the query before it. How its message is put together, byte
//! by byte, is in [the manual](crate::manual::strict_forms).
//!
//! # Decision
//!
//! 1. A parameter of the strict form, also in another case or with escapes: that form. Both forms
//!    in one query: 400.
//!
//! Of the strict form:
//!
//! 2. All seven once, none empty, none in disguise, and the signature last: else 400. Another
//!    version: 400. Nonce, digest and signature have one spelling each.
//! 3. A path or query with a broken escape, or a `Host` that is missing or no authority: 400. An
//!    authority that is not one of
//!    [those that count](QuerySignatureAuthenticator::with_authority): 401.
//! 4. `pc-time` is ahead of now by the [drift](QuerySignatureAuthenticator::with_max_drift) at
//!    most, now is before `pc-expires`, and between the two is at most the
//!    [life limit](QuerySignatureAuthenticator::with_max_life).
//! 5. The key is found by `pc-key`, to the letter, and may be used now. The signature is compared
//!    in constant time. The key's networks and entry points allow the request.
//! 6. The nonce is claimed, under the key's id and until `pc-expires`. A repeat is refused,
//!    whatever its method.
//! 7. The digest of the body is compared, in constant time: [while the handler reads
//!    it](crate::guard), or [before](QuerySignatureAuthenticator::buffer_bodies).
//!
//! Of the compatible form, which is refused where
//! [only the strict one](QuerySignatureAuthenticator::strict_only) is accepted, if all three
//! parameters are there:
//!
//! 1. None of the three parameters: the scheme does not apply. Some, or an empty one: 400.
//!    One twice, one whose name is spelled with escapes or in another case, or a broken
//!    escape beside them: 400.
//! 2. The timestamp is at most the [drift](QuerySignatureAuthenticator::with_max_drift)
//!    away from now, in either direction.
//! 3. The key is found by `apikey`, to the letter, and may be used now.
//! 4. Only now the body is read. The signature is compared in constant time, with the
//!    query as it was sent. The
//!    [wide reading](QuerySignatureAuthenticator::accept_compatible_form) then tries the query
//!    decoded and encoded again.
//! 5. A key with [the strict form alone](crate::store::SignatureForms) is refused, by the same
//!    401 as a wrong signature.
//! 6. If there is a body, the narrow reading wants `apikey` to be the last signed parameter,
//!    and a body that does not begin with `&`: else 400. The signature cannot tell where
//!    the query ends; with the key's id in that place, bytes that move between query and
//!    body change the id or break this rule.
//! 7. The key's entry points allow the path: else 403.
//! 8. The signature is claimed. A repeat is refused, except for GET and HEAD.
//!
//! # What the compatible form cannot do
//!
//! It signs neither the method nor the host, and it has no nonce. Until its timestamp is too
//! old, a captured URL can be repeated with GET or HEAD again and again, and with another
//! method once, if it has not arrived itself.

mod authenticator;
mod canonical;
mod parameters;
mod signer;
mod strict;
mod strict_signer;

pub use authenticator::QuerySignatureAuthenticator;
pub use signer::{QuerySigner, UnsignableRequest, canonical_text};
pub use strict::strict_text;
pub use strict_signer::StrictQuerySigner;

pub(crate) const TIMESTAMP: &str = "timestamp";
pub(crate) const API_KEY: &str = "apikey";
pub(crate) const SIGNATURE: &str = "signature";
