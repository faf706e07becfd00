//! `keys`: the life of a key.

mod bulk;
mod change;
mod issue;
mod leaked;
mod list;
mod secrets;
mod show;
mod what;

use clap::Subcommand;
use portcullis::store::Enabled;

pub(crate) use issue::{read_bytes, read_text};
pub(crate) use show::fields;
pub(crate) use what::limits;

use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::Failure;

/// Issue, list, change and withdraw keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    Issue(Box<issue::Issue>),
    Bulk(Box<bulk::Bulk>),
    List(list::List),
    /// Show everything that is known of a key; there is no secret in it
    Show(change::Which),
    Rotate(change::Rotate),
    Revoke(change::Revoke),
    /// Switch a key on again
    Enable(change::Which),
    /// Switch a key off, for as long as it takes
    Disable(change::Which),
    Edit(Box<change::Edit>),
    Clear(list::Clear),
    Leaked(leaked::Leaked),
}

/// Reads why a key is withdrawn, for clap: nothing is no reason.
fn reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("a reason is needed".to_owned()) } else { Ok(text.to_owned()) }
}

impl Keys {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Issue(issue) => issue.run(store, context).await,
            Self::Bulk(bulk) => bulk.run(store, context).await,
            Self::List(list) => list.run(store, context).await,
            Self::Show(which) => which.show(store, context).await,
            Self::Rotate(rotate) => rotate.run(store, context).await,
            Self::Revoke(revoke) => revoke.run(store, context).await,
            Self::Enable(which) => which.switch(store, Enabled::Yes, context).await,
            Self::Disable(which) => which.switch(store, Enabled::No, context).await,
            Self::Edit(edit) => edit.run(store, context).await,
            Self::Clear(clear) => clear.run(store, context).await,
            Self::Leaked(leaked) => leaked.run(store, context).await,
        }
    }
}
