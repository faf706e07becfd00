//! Properties of everything that signs, parses or canonicalises.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod address;
mod api_key;
mod basic;
mod chunked;
mod harness;
mod jwt;
mod key_format;
mod legacy;
mod query_signature;
mod strict;
mod webhook;
mod x_auth;
