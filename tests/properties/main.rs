//! Properties of everything that signs, parses or canonicalises.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod address;
mod api_key;
mod basic;
mod chunked;
mod explain;
mod harness;
mod jwt;
mod key_format;
mod legacy;
mod message_signature;
mod query_signature;
mod sigv4;
mod sigv4_differential;
mod strict;
mod webhook;
mod x_auth;
