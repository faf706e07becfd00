//! Several nodes over one store: processes of the example `cluster_node`, with a real
//! PostgreSQL and a real Redis behind them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "what is measured is shown")]

mod changes;
mod client;
mod deaf;
#[path = "../cli/harness.rs"]
#[allow(dead_code, reason = "not every command is given here")]
mod harness;
mod last_uses;
mod load;
mod node;
mod operators;
mod outages;
mod places;
#[path = "../examples/process.rs"]
#[allow(dead_code, reason = "not everything that examples do is of interest here")]
mod process;
mod quotas;
mod replays;
mod revocation;
#[path = "../stores/schema.rs"]
mod schema;
mod secrets;
#[path = "../servers/mod.rs"]
mod servers;
mod settled;
mod staleness;
mod throttle;
mod turns;
