//! The command line, run as operators run it: as a process, with SQLite in a folder of each
//! test's own, and one round with PostgreSQL and Redis.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod backends;
mod bulk;
mod codes;
mod directory;
mod explain;
mod explain_heads;
mod harness;
mod keys;
mod mistakes;
mod outbound;
mod refusals;
mod secrecy;
mod server;
mod sign;
mod sign_heads;

#[path = "../servers/mod.rs"]
mod servers;
