//! User names and passwords in each request (RFC 7617).
//!
//! # Decision
//!
//! 1. `Authorization: Basic`, in any case, is claimed, also with nothing behind it. Two
//!    `Authorization` lines are a 400. From here on, everything but the right password of
//!    an active user is a 401, whose bytes are the same for every reason.
//! 2. What is behind the word and one space or more is at most 1 KiB of standard base64
//!    with its padding: the one spelling of its value. The base64url alphabet is refused.
//! 3. It decodes to UTF-8 without control characters. The name ends at the first colon and
//!    is not empty. The password may hold colons, and may be empty if its hash says so.
//! 4. The user is found by the name, to the letter: nothing is normalised. One whole hash
//!    is computed, whether the user exists, is active, or neither.
//! 5. The password is right, and the user is active. A store that cannot answer is a 503.
//!
//! # Before you use it
//!
//! Each request costs a slow hash, and carries the password itself: without TLS, everybody
//! on the way reads it. Browsers remember it for the realm, and send it with requests that
//! other sites cause. For people, a session is better; for programs, an API key is.

mod authenticator;
mod credentials;

pub use authenticator::BasicAuthenticator;
