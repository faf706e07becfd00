//! The claims, a file for each topic. What is public here and not in the list is an error.

#![deny(unreachable_pub, dead_code)]
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a claim that panics has failed")]
#![allow(clippy::missing_panics_doc, reason = "said once, of the whole battery")]

pub(super) mod addresses;
pub(super) mod bulk;
pub(super) mod changes;
pub(super) mod counters;
pub(super) mod editing;
pub(super) mod filters;
pub(super) mod finding;
mod fixtures;
pub(super) mod forms;
pub(super) mod hints;
pub(super) mod issuing;
pub(super) mod key_changes;
pub(super) mod key_messages;
pub(super) mod key_rings;
pub(super) mod legacy;
pub(super) mod legacy_changes;
pub(super) mod limits;
pub(super) mod listing;
pub(super) mod messages;
pub(super) mod nonces;
pub(super) mod orders;
pub(super) mod owners;
pub(super) mod realms;
pub(super) mod refresh;
pub(super) mod revocations;
pub(super) mod roles;
pub(super) mod rotating;
pub(super) mod searches;
pub(super) mod secrecy;
pub(super) mod sites;
pub(super) mod states;
