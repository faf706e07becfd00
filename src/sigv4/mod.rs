//! AWS Signature Version 4, for any service under any name.
//!
//! # Wire format
//!
//! In the headers:
//!
//! ```text
//! X-Amz-Date: 20150830T123600Z
//! Authorization: AWS4-HMAC-SHA256 Credential=<id>/20150830/<region>/<service>/aws4_request,
//!     SignedHeaders=host;x-amz-date, Signature=<64 hex>
//! ```
//!
//! Or in the URL, with a life of its own, in seconds:
//!
//! ```text
//! ?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=<id>%2F20150830%2F<region>%2F<service>%2Faws4_request
//!  &X-Amz-Date=20150830T123600Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host[&X-Amz-Security-Token=..]
//!  [&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD]&X-Amz-Signature=<64 hex>
//! ```
//!
//! What is signed, with HMAC-SHA-256 under a key derived from the secret for the day, the region
//! and the service:
//!
//! ```text
//! AWS4-HMAC-SHA256 LF X-Amz-Date LF <day>/<region>/<service>/aws4_request LF hex(SHA-256(canonical request))
//!
//! canonical request = method LF path LF query LF *( name ":" values LF ) LF SignedHeaders LF payload
//! ```
//!
//! | part | rule |
//! |---|---|
//! | path | dot segments and empty segments removed, then every byte but `/` and the unreserved ones escaped, `%` too; for [S3](SigV4Authenticator::for_s3) each segment decoded and encoded once, or the path as sent |
//! | query | each name and value decoded (`+` is a plus) and encoded, empty parts dropped, sorted by name and value, with an `=` always; without the signature |
//! | values | of all lines of a name, in their order, joined by `,`; white space around them removed, runs of it one space |
//! | payload | `x-amz-content-sha256` as sent; without it the SHA-256 of the body, and for presigned URLs of S3 `UNSIGNED-PAYLOAD` |
//!
//! # Decision
//!
//! 1. Neither the word in `Authorization` nor one of the parameters: the scheme does not apply. Both,
//!    some, one twice, one in another case or in disguise: 400. A path or a query with a broken
//!    escape, or a dot segment that is written with escapes: 400.
//! 2. `SignedHeaders` is in ascending order, in lower case, each name once: else 400. It has `host`.
//! 3. `Host` is unique and agrees with the target: else 400. It is [one of ours](SigV4Authenticator::with_authority),
//!    if any is named.
//! 4. The scope is of the day of `X-Amz-Date`, and of one of our regions and services.
//! 5. What is said of the payload is [enough](#payloads). A session token is refused, unless
//!    [somebody checks it](SigV4Authenticator::with_session_tokens).
//! 6. Signed in the headers: `X-Amz-Date` is at most the [skew](SigV4Authenticator::with_max_skew)
//!    away from now. In the URL: it is at most that far ahead, now is at most `X-Amz-Expires` after
//!    it, and that is 1 to 604,800 s, or [less](SigV4Authenticator::with_max_expiry).
//! 7. The key is found by its id, to the letter, and may be used now.
//! 8. Every header `x-amz-*` that is present is signed, and what the application
//!    [requires](SigV4Authenticator::with_required_headers); beside a signature in the headers also
//!    `Content-Type` and `Content-Encoding`. A header that is listed is present.
//! 9. The signature, 64 lower-case digits, is compared in constant time. Where nothing is declared
//!    of the body, it is read first, up to the layer's limit.
//! 10. The key's entry points allow the path: else 403.
//! 11. The signature is claimed, where [that is asked](SigV4Authenticator::refuse_replays).
//! 12. A body with a digest or with signed chunks is checked while the handler reads it, which sees
//!     no clean end unless it is the one that was signed.
//!
//! `X-Amz-Date` must be there: `Date` alone is not taken for it. The word in `Authorization` is
//! followed by one space or more, no other white space.
//!
//! # Payloads
//!
//! | `x-amz-content-sha256` | accepted |
//! |---|---|
//! | 64 lower-case hexadecimal digits | always |
//! | nothing | except by the rules of S3 in the headers |
//! | `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`, `..-TRAILER` | in the headers; see [`chunked`] |
//! | `UNSIGNED-PAYLOAD`, said or meant | where [allowed](SigV4Authenticator::accept_unsigned_payload) |
//! | `STREAMING-UNSIGNED-PAYLOAD-TRAILER` | where [allowed](SigV4Authenticator::accept_unsigned_trailer), in the headers |
//! | anything else | never |
//!
//! # Derived keys
//!
//! A key that a signature was good under is kept beside the secret that it was derived from, in the
//! record of the store; a secret has at most four. A store that replaces a secret makes a new
//! record, and with it nothing that was derived before. Stores that make a record for each look-up
//! derive each time; put a cache around them.
//!
//! # What the scheme cannot do
//!
//! It has no nonce: until it is too old, a captured request can be sent again, with the same method
//! to the same place. The host is signed, but the client names it. Outside of S3, `/a/../b` and `/b`
//! have the same signature, and axum and actix-web, which route to the letter, may give them to
//! different handlers: see
//! [`refuse_unnormalised_paths`](SigV4Authenticator::refuse_unnormalised_paths).
//!
//! A query is signed as pairs, sorted, in which `+` is a plus. So `q=a+b` and `q=a%2Bb` have the same
//! signature, though the `Query` of axum and of actix-web, like most readers of forms, takes the first
//! for `a b` and the second for `a+b`. Nor does a signature tell `a=1&a=2` from `a=2&a=1`, of which a
//! handler may read the first value alone, or `flag` from `flag=`.

mod authenticator;
mod authorization;
mod body;
mod canonical;
pub mod chunked;
pub(crate) mod date;
mod derive;
mod hex;
mod lines;
mod payload;
mod policy;
mod presented;
mod presigned;
mod query;
mod scope;
mod signed_headers;
mod signer;
mod target;
mod text;
mod verify;

use crate::crypto::digest::OF_NOTHING as EMPTY;

pub use authenticator::SigV4Authenticator;
pub use canonical::PathForm;
pub use query::QueryForm;
pub use signer::SigV4Signer;
pub use text::{SignedParts, canonical_request, signature, string_to_sign};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(crate) const DATE: &str = "x-amz-date";
pub(crate) const PAYLOAD: &str = "x-amz-content-sha256";
pub(crate) const TOKEN: &str = "x-amz-security-token";
