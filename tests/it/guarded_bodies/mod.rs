//! Bodies that are checked while the handler reads them, behind tower and behind actix-web.

mod deadlines;
mod decoding;
mod digested;
mod endings;
mod loopback;
mod recorded;
mod script;
mod sending;
mod splits;

pub(crate) use script::{Step, data};
pub(crate) use sending::Ask;
