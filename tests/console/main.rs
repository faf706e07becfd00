//! The pages for operators, asked for as browsers do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod activity;
mod bulk;
mod directory;
mod dry_run;
mod entry_points;
mod gate;
mod harness;
mod keys;
mod list;
mod log_in;
