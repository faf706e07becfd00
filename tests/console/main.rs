//! The pages for operators, asked for as browsers do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod dry_run;
mod gate;
mod harness;
mod keys;
mod log_in;
