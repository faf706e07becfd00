//! Authentication for HTTP services: API keys, JSON Web Tokens, signed URLs and signed
//! headers in one ordered chain, as a tower layer or an actix-web middleware that hands a
//! typed principal to the handlers behind it.
//!
//! # Words
//!
//! * A **credential** is what a request presents: a key, a token, a signature.
//! * A **key** is the counterpart that a store keeps, with an id, a state and an owner.
//! * A **principal** is who it turned out to be: the **user** who acts, the **account** it
//!   acts for, and the **site** of the account that it acts on. An application names its
//!   own form of [`Principal`] once, so that what is always there needs no unwrapping.
//! * A [`Scheme`] is one kind of credential. Each has an [`Authenticator`].
//! * A **claim** is a statement in a token; in a [`NonceStore`], it is the act of using
//!   something up.
//! * A **limit** is a number of requests in a time; a **budget** is a limit with the name that
//!   is counted under it, of a key or of an owner.
//! * A **node** is one of several processes that share a store.
//!
//! An authenticator finds a principal, finds that its credential is [absent](Outcome::Absent),
//! or refuses with an [`AuthError`]. A wrong credential is never absent.
//!
//! # Where to start
//!
//! 1. A store of keys: `store::memory::MemoryKeyStore`, `store::sqlite::SqliteKeyStore`,
//!    `store::postgres::PostgresKeyStore`, `store::redis::RedisKeyStore`, or any [`KeyStore`];
//!    on several nodes with `store::cached::CachedKeyStore` around it. [`KeyAdmin`] issues,
//!    rotates and revokes.
//! 2. Authenticators over it, such as `api_key::ApiKeyAuthenticator` and
//!    `jwt::JwtAuthenticator`, joined by [`or`](AuthenticatorExt::or).
//! 3. `tower::AuthLayer` around the service, with `allow_anonymous` and `require_scopes`
//!    where routes differ, `with_quotas` where keys have [`Limits`], and a
//!    [`throttle`] for failures.
//! 4. `axum::Authenticated<P>` in a handler, or [`AuthState`] in the extensions of the
//!    request in any other tower service. With actix-web, `actix::AuthMiddleware` and
//!    `actix::Authenticated<P>`.
//!
//! The README has these four in one example, and `examples/quickstart` is a whole service.
//! The [manual] has the [chain](manual::chain) and its statuses, the
//! [schemes](manual::schemes) on the wire, what happens [around](manual::guard) a chain, who
//! may [do what](manual::access), the [frameworks](manual::frameworks), the
//! [stores](manual::stores), what [several nodes](manual::scaling) need and what that costs, the
//! operator's [command line](manual::command_line) and [console](manual::console), the [past failures](manual::past_failures) of
//! others, and the [policy](manual::policy) wherever implementations differ.
//!
//! # Features
//!
//! `api-key`, `memory` and `tower` are on by default. Features only add: none changes what
//! another does.
//!
//! | feature | adds |
//! |---|---|
//! | `api-key` `jwt` `query-signature` `x-auth` `basic` | a scheme each |
//! | `sigv4` `message-signature` `webhook` | AWS Signature Version 4, HTTP Message Signatures, signed events |
//! | `outbound` | secrets of other services, put into outgoing requests by name |
//! | `memory` `sqlite` `postgres` `redis` | stores; `sqlite`, `postgres` and `cli` need Rust 1.94, all else 1.88 |
//! | `cached` | a bounded cache around any key store, which follows the changes of other nodes |
//! | `tower` `axum` `actix` `tonic` | the layer or the middleware; extractors and routes |
//! | `password` `settings` `token-endpoint` | password hashes; the environment; the OAuth2 password form |
//! | `tracing` `metrics` `audit-log` | log events (`tower` and `actix` have it on); counts; audit events as JSON |
//! | `explain` | why a request is refused, from a dump of it or a `curl` line |
//! | `openapi` `testing` `conformance` | a description for clients; a kit for the tests of applications; the promises of stores, for the tests of whoever writes one |
//! | `console` | pages for operators, as an axum router |
//! | `cli` | the operator's binary `portcullis` |
//! | `tls` | TLS for that binary's connections to stores; not part of `full` |
//! | `full` | everything |
//!
//! # Before you deploy
//!
//! Nothing here encrypts: use TLS. The time comes from a [`Clock`], secrets are [`Secret`]s,
//! and what weakens a check is called `dangerous_..` or has to be asked for. SECURITY.md says
//! what is defended at each boundary, and what is not.

// What no scheme of a partial build uses is no mistake; with `full` it would be one.
#![cfg_attr(not(feature = "full"), allow(dead_code, unused_imports, unused_macros))]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "actix")]
pub mod actix;
#[cfg(feature = "api-key")]
pub mod api_key;
pub mod audit;
pub mod authenticator;
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "basic")]
pub mod basic;
mod canonical;
mod challenge;
#[cfg(any(feature = "jwks", feature = "introspection", feature = "reqwest"))]
pub mod client;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "console")]
pub mod console;
pub mod crypto;
pub mod directory;
mod error;
#[cfg(feature = "explain")]
pub mod explain;
pub mod guard;
mod id;
mod identity;
#[cfg(feature = "jwt")]
pub mod jwt;
mod limit;
pub mod manual;
#[cfg(feature = "message-signature")]
pub mod message_signature;
#[cfg(feature = "openapi")]
pub mod openapi;
#[cfg(feature = "outbound")]
pub mod outbound;
mod outcome;
#[cfg(feature = "password")]
pub mod password;
mod principal;
#[cfg(feature = "query-signature")]
pub mod query_signature;
pub mod request;
mod scheme;
mod scope;
mod secret;
#[cfg(feature = "settings")]
pub mod settings;
mod shards;
pub mod sign;
#[cfg(feature = "sigv4")]
pub mod sigv4;
pub mod store;
pub mod tenancy;
#[cfg(feature = "testing")]
pub mod testing;
pub mod throttle;
#[cfg(feature = "tonic")]
pub mod tonic;
#[cfg(feature = "tower")]
pub mod tower;
mod trace;
#[cfg(feature = "webhook")]
pub mod webhook;
#[cfg(feature = "x-auth")]
pub mod x_auth;

pub use authenticator::{AnyOf, Authenticator, AuthenticatorExt, BoxAuthenticator, all};
pub use challenge::{Challenge, Challenges, InvalidChallenge};
pub use clock::{Clock, FrozenClock, SystemClock, Timestamp};
pub use error::{AuthError, ErrorKind, Reason};
pub use id::{AccountId, GroupId, KeyId, Realm, RoleId, SiteId, UserId};
pub use identity::{GrantScopes, Identity, IdentityPart};
pub use limit::{InvalidLimit, KeyBudget, Limit, Limits};
pub use outcome::Outcome;
pub use principal::{AuthState, Credential, Principal, PrincipalBuilder};
pub use scheme::Scheme;
pub use scope::{HasScopes, InvalidScope, Scope, Scopes};
pub use secret::Secret;
pub use store::{KeyAdmin, KeyStore, NonceStore};
