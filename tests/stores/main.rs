//! The conformance battery for every store of this crate, behind every wrapper too; then what
//! each of them promises besides.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod addresses;
mod audited;
mod backends;
mod battery;
mod broken;
mod fixtures;
mod hashers;
mod kill_nine;
mod nonces;
mod owner_filter;
mod private_servers;
mod sqlite;
mod sqlite_roles;
mod upgrades;
mod with_servers;

#[path = "../servers/mod.rs"]
mod servers;

use portcullis::conformance::battery;

battery! { #[tokio::test] memory: backends::memory => keys roles limits sites legacy }
battery! { #[tokio::test] memory_behind_arc: backends::memory_behind_arc => keys roles limits sites legacy }
battery! { #[tokio::test] memory_behind_filter: backends::memory_behind_filter => keys roles limits sites legacy }
battery! { #[tokio::test] memory_audited: backends::memory_audited => keys roles limits sites legacy }
battery! { #[tokio::test] memory_erased: backends::memory_erased => keys roles limits sites }
battery! { #[tokio::test] sqlite_file: backends::sqlite_file => keys roles limits sites }
battery! { #[tokio::test] sqlite_file_behind_arc: backends::sqlite_file_behind_arc => keys roles limits sites }
battery! { #[tokio::test] sqlite_file_audited: backends::sqlite_file_audited => keys roles limits sites }

battery! { #[tokio::test] memory_nonces: backends::memory_nonces => nonces }
battery! { #[tokio::test] memory_nonces_behind_arc: backends::memory_nonces_behind_arc => nonces }
