//! What others wrote, against this crate: clients that sign, over loopback, against a server
//! with a layer of ours; verifiers of theirs, with what we sign; and tokens and keys, in both
//! directions. `scripts/test-interop` installs them all, and says how each of them fared.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod bucket;
mod crate_aws_sigv4;
mod curl;
mod driven;
mod echo;
mod key;
mod messages;
mod peer;
mod s3;
mod server;
mod signed_urls;
mod sigv4;
mod strict_forms;
mod tokens;
mod verdict;
mod webhooks;
mod x_auth;
