//! Signed `x-auth-*` headers, as Drupal's API key manager speaks them.
//!
//! # Wire format
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
//! # Decision
//!
//! 1. None of the headers: the scheme does not apply. Some: 400. One twice: 400.
//! 2. `exp` and `nbf` are ten digits each. That is every second from 2001 to 2286, and it
//!    makes the text that is signed readable in one way only, although it has no
//!    delimiters: no digit can move from `nbf` to `exp` or into the body.
//! 3. `exp > now > nbf`, strictly, in whole seconds, and `exp - nbf` and `exp - now` are
//!    at most the [life limit](XAuthAuthenticator::with_max_life).
//! 4. The key is found by `iss`, to the letter, and may be used now.
//! 5. Only now the body is read, and the signature is compared in constant time.
//! 6. The key's entry points allow the path.
//! 7. The signature is claimed. A repeat is refused, except for GET and HEAD.
//!
//! # What the scheme cannot do
//!
//! It signs neither the method nor the URL, and it has no nonce. Until a request expires,
//! whoever captures it can send it to other paths: with GET or HEAD again and again, and
//! with another method once, if it has not arrived itself. Use TLS, short lives and entry
//! points, and [refuse repeats of GET](XAuthAuthenticator::refuse_safe_repeats) where no
//! client needs them.

mod authenticator;
mod canonical;
mod signer;

pub use authenticator::XAuthAuthenticator;
pub use signer::{UnwritableTime, XAuthHeaders, XAuthSigner, canonical_text};

pub(crate) const ISS: &str = "x-auth-iss";
pub(crate) const EXP: &str = "x-auth-exp";
pub(crate) const NBF: &str = "x-auth-nbf";
pub(crate) const SIGNATURE: &str = "x-auth-signature";
