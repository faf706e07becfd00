//! The keys that an issuer publishes, fetched from issuers of every kind: on a simulated
//! clock from simulated ones, and on loopback from a hostile one.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "what was measured is shown with --nocapture")]

mod chaos;
mod discovery;
mod hostile;
mod keys;
mod load;
mod refreshing;
mod simulated;
mod snapshots;
mod strangers;
mod tls;
mod told;
mod unknown_ids;
