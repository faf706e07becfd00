//! Signed `x-auth-*` headers, as Drupal's API key manager speaks them.
//!
//! The module speaks two forms. The *compatible* one is that of the original, for its clients.
//! The *strict* one is for clients that are written today.
//!
//! # Wire format of the compatible form
//!
//! | header | value |
//! |---|---|
//! | `x-auth-iss` | the public id of the key |
//! | `x-auth-exp` | the end of validity, in Unix seconds |
//! | `x-auth-nbf` | the beginning of validity, in Unix seconds |
//! | `x-auth-signature` | base64 of HMAC-SHA-256 over `iss ‖ exp ‖ nbf ‖ base64(body)`, keyed with the secret as text |
//!
//! The signature is accepted in either base64 alphabet, padded or not.
//!
//! # Wire format of the strict form
//!
//! | header | value |
//! |---|---|
//! | `x-auth-version` | `1`, which makes it this form |
//! | `x-auth-iss` | the public id of the key |
//! | `x-auth-nbf`, `x-auth-exp` | beginning and end of validity, ten digits of Unix seconds each |
//! | `x-auth-nonce` | 16 random bytes as unpadded base64url, for this request alone |
//! | `x-auth-digest` | SHA-256 of the body as unpadded base64url, of an empty body too |
//! | `x-auth-signature` | HMAC-SHA-256 as unpadded base64url, keyed with the secret as text |
//!
//! The signature covers all of these, and the method, the authority, the path and the query. How
//! its message is put together, byte by byte, is in [the manual](crate::manual::strict_forms).
//!
//! # Decision
//!
//! 1. None of the headers: the scheme does not apply. One twice: 400. All seven: the strict form.
//!    The four of the compatible form and none of the others: that form. Anything between: 400,
//!    so that whoever takes the version away has no request of the other form.
//!
//! Of the strict form:
//!
//! 2. Another version: 400. Nonce, digest and signature have one spelling each.
//! 3. A path or query with a broken escape, or a `Host` that is missing or no authority: 400. An
//!    authority that is not one of [those that count](XAuthAuthenticator::with_authority): 401.
//! 4. `nbf <= now < exp`, in whole seconds, and `exp - nbf` is at most the
//!    [life limit](XAuthAuthenticator::with_max_life).
//! 5. The key is found by `iss`, to the letter, and may be used now. The signature is compared in
//!    constant time. The key's networks and entry points allow the request.
//! 6. The nonce is claimed, under the key's id and until `exp`. A repeat is refused, whatever its
//!    method.
//! 7. The digest of the body is compared, in constant time: [while the handler reads
//!    it](crate::guard), or [before](XAuthAuthenticator::buffer_bodies).
//!
//! Of the compatible form, which is refused where
//! [only the strict one](XAuthAuthenticator::strict_only) is accepted:
//!
//! 2. `exp` and `nbf` are ten digits each. That is every second from 2001 to 2286, and it
//!    makes the text that is signed readable in one way only, although it has no
//!    delimiters: no digit can move from `nbf` to `exp` or into the body.
//! 3. `exp > now > nbf`, strictly, in whole seconds, and `exp - nbf` and `exp - now` are
//!    at most the [life limit](XAuthAuthenticator::with_max_life).
//! 4. The key is found by `iss`, to the letter, and may be used now.
//! 5. Only now the body is read, and the signature is compared in constant time.
//! 6. A key with [the strict form alone](crate::store::SignatureForms) is refused, by the same
//!    401 as a wrong signature.
//! 7. The key's entry points allow the path.
//! 8. The signature is claimed. A repeat is refused, except for GET and HEAD.
//!
//! # What the compatible form cannot do
//!
//! It signs neither the method nor the URL, and it has no nonce. Until a request expires,
//! whoever captures it can send it to other paths: with GET or HEAD again and again, and
//! with another method once, if it has not arrived itself. Use TLS, short lives and entry
//! points, and [refuse repeats of GET](XAuthAuthenticator::refuse_safe_repeats) where no
//! client needs them.

mod authenticator;
mod canonical;
mod signer;
mod strict;
mod strict_signer;

pub use authenticator::XAuthAuthenticator;
pub use signer::{UnwritableTime, XAuthHeaders, XAuthSigner, canonical_text};
pub use strict::{StrictFields, strict_text};
pub use strict_signer::{StrictXAuthHeaders, StrictXAuthSigner};

pub(crate) const ISS: &str = "x-auth-iss";
pub(crate) const EXP: &str = "x-auth-exp";
pub(crate) const NBF: &str = "x-auth-nbf";
pub(crate) const SIGNATURE: &str = "x-auth-signature";
pub(crate) const VERSION: &str = "x-auth-version";
pub(crate) const NONCE: &str = "x-auth-nonce";
pub(crate) const DIGEST: &str = "x-auth-digest";

/// Those of the compatible form, and then those that the strict one has besides.
const HEADERS: [&str; 7] = [ISS, EXP, NBF, SIGNATURE, VERSION, NONCE, DIGEST];
