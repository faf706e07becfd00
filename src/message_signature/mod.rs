//! HTTP Message Signatures (RFC 9421), with `Content-Digest` (RFC 9530) for bodies.
//!
//! # Wire format
//!
//! ```text
//! Signature-Input: sig1=("@method" "@authority" "@path" "@query" "content-type" "content-digest");created=1700000000;nonce="R0sF..";keyid="client-7"
//! Signature: sig1=:<base64>:
//! Content-Digest: sha-256=:<base64>:
//! ```
//!
//! What is signed is a text with a line for each component that the list names, and a last
//! line with the list and the parameters behind it ([`signature_base`]). The algorithms are
//! `hmac-sha256` with the secrets of a store, and `ed25519`, `ecdsa-p256-sha256`,
//! `ecdsa-p384-sha384`, `rsa-pss-sha512` and `hmac-sha256` with [`MessageKey`]s.
//!
//! # Decision
//!
//! 1. Neither of the two signature headers: the scheme does not apply. One of them, or
//!    labels that differ between them: 400. Several lines of one are one dictionary; a label,
//!    a parameter or a component that is there twice: 400.
//! 2. Which signature is meant: the only one, or the one with the configured label or `tag`.
//!    Two that could be meant: 400. None: the scheme does not apply.
//! 3. A component that is not of requests (`@status`, `tr`, `req`), a parameter that is not
//!    known, of another type, or one too many: 400.
//! 4. `keyid` and `created` are there, and `nonce` and `tag` where they are asked for.
//!    `created` is at most the [age](MessageSignatureAuthenticator::with_max_age) old and the
//!    [skew](MessageSignatureAuthenticator::with_max_skew) in the future; `expires` has not
//!    come.
//! 5. The signature covers what it
//!    [must](MessageSignatureAuthenticator::with_required_components): the method, the
//!    authority, the path and the query, and `content-type`, `content-encoding` and
//!    `content-digest` where the request has them. Without `content-digest` there is no body.
//! 6. The authority is one of [ours](MessageSignatureAuthenticator::with_authorities), where
//!    that was said.
//! 7. Every component that is covered is in the request, once where it must be, in ASCII.
//! 8. The key is found by `keyid`, to the letter, and may be used now. `alg`, where it is
//!    given, is the key's algorithm.
//! 9. The signature is the key's over the signature base, compared in constant time.
//! 10. The key's entry points and networks allow the request: else 403.
//! 11. The nonce is claimed under the key, or without one a digest of the signature base. A
//!     repeat is refused; one of GET and HEAD only where it has a nonce.
//! 12. The body has every digest that `Content-Digest` gives by SHA-256 and SHA-512, as it is
//!     on the wire. That is checked [while the handler reads it](crate::guard), or
//!     [before](MessageSignatureAuthenticator::buffer_bodies).
//!
//! Everything before 8 depends on the request alone. Every refusal from 4 on is a 401 that looks
//! alike, with these exceptions: two `content-type` lines, and no `Host` or an ambiguous one, are
//! 400, whatever the key; 10 is a 403; and where a body is read first, one that is too long or too
//! slow is 413 or 408.
//!
//! # Where the RFC leaves a choice, or this is stricter
//!
//! * A dictionary that names a key twice is refused, where RFC 8941 lets the last win, and so is
//!   base64 in another spelling than the canonical one.
//! * One parameter for each component. `sf` is for fields whose type is registered, since
//!   nobody can serialise another anew.
//! * Two lines of a field and one line with a comma have the same value, by section 2.1; so
//!   have `/path` and `/path?` under `@path` and `@query`. Whoever must tell them apart covers
//!   the field with `bs`, and `@request-target`. Two `content-type` lines: 400.
//! * The path is covered as it was sent, dot segments and escapes and all.
//! * `@query-param` refuses a query that has a broken escape, and a name that is there twice.
//! * Where nobody says the scheme, `@scheme` and `@target-uri` cannot be covered, and a port
//!   is taken for that of `https`.
//! * `rsa-v1_5-sha256` is not implemented.
//! * ECDSA lets anybody turn a signature into a second one over the same text. That is why
//!   what was signed is claimed, and not the signature.
//!
//! # What the scheme cannot do
//!
//! Whatever is not covered can be changed on the way: other headers always, unless they are
//! asked for. And trailers are never covered.

mod algorithm;
mod authenticator;
mod base;
mod body;
mod builder;
mod component;
mod content_digest;
mod headers;
mod key;
mod material;
mod message;
mod parameters;
mod presented;
mod profile;
mod query_param;
mod settings;
mod signer;
mod structured;
mod values;

pub use algorithm::MessageAlgorithm;
pub use authenticator::MessageSignatureAuthenticator;
pub use component::{Component, FieldForm, InvalidComponent};
pub use content_digest::{ContentDigest, InvalidContentDigest};
pub use headers::MessageHeaders;
pub use key::{MessageKey, UnusableKey};
pub use signer::{MessageSigner, signature_base};

pub(crate) const SIGNATURE_INPUT: &str = "signature-input";
pub(crate) const SIGNATURE: &str = "signature";
pub(crate) const CONTENT_DIGEST: &str = "content-digest";
