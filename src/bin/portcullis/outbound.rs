//! `outbound`: secrets of other services.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use portcullis::outbound::{OutboundSecret, OutboundSecretStore, SecretName};
use portcullis::store::{Enabled, SharedKeyRings};

use crate::arguments::Context;
use crate::failure::Failure;
use crate::output::Cell;
use crate::settings::secret_file;

/// What is done to secrets of other services.
#[derive(Debug, Subcommand)]
pub(crate) enum Outbound {
    /// List all of them, without their values
    List,
    Put(Put),
    /// Switch one on
    Enable(Named),
    /// Switch one off: what would send it fails from the next look on
    Disable(Named),
    /// Remove one
    Remove(Named),
}

/// Give a secret a value, sealed under the master key
///
/// One that is new is switched on; one that is there keeps its switch. The value is never an
/// argument, and is never shown.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis outbound put WISPHUB_NET_KEY --value-file wisphub.key\n  \
    pass show wisphub | portcullis outbound put WISPHUB_NET_KEY --value-file /dev/stdin")]
pub(crate) struct Put {
    /// What it is called
    name: String,
    /// The file that holds the value and nothing else
    #[arg(long, value_name = "FILE")]
    value_file: PathBuf,
}

/// Which secret.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// What it is called
    name: String,
}

impl Outbound {
    pub(crate) async fn run(self, rings: SharedKeyRings, context: &mut Context) -> Result<(), Failure> {
        let store = OutboundSecretStore::new(rings).with_audit(context.log.clone());
        let (store, now) = (store.acting_as(context.actor.clone()), context.now);
        let (done, name, known) = match self {
            Self::List => {
                let mut list = context.output.list(&["name", "enabled", "updated_at"]);
                for held in store.list().await? {
                    list.add(&vec![
                        ("name", Cell::text(held.name)),
                        ("enabled", Cell::Flag(held.enabled == Enabled::Yes)),
                        ("updated_at", Cell::moment(held.updated_at)),
                    ])?;
                }
                return list.end();
            }
            Self::Put(put) => {
                let name = name(&put.name)?;
                let value = secret_file(&put.value_file, "--value-file")?;
                let secret = OutboundSecret::new(name.clone(), value);
                let secret = secret.map_err(|error| Failure::usage(format!("--value-file: {error}")))?;
                store.put(&secret, now).await?;
                ("kept", name, true)
            }
            Self::Enable(named) => {
                let name = name(&named.name)?;
                let known = store.switch(&name, Enabled::Yes, now).await?;
                ("enabled", name, known)
            }
            Self::Disable(named) => {
                let name = name(&named.name)?;
                let known = store.switch(&name, Enabled::No, now).await?;
                ("disabled", name, known)
            }
            Self::Remove(named) => {
                let name = name(&named.name)?;
                let known = store.remove(&name, now).await?;
                ("removed", name, known)
            }
        };
        if !known {
            return Err(Failure::refused(format!("there is no secret {name}: see `outbound list`")));
        }
        context.output.done(done, vec![("name", Cell::text(name))])
    }
}

/// A name; what is none is not repeated, for it may be the value.
fn name(text: &str) -> Result<SecretName, Failure> {
    text.parse()
        .map_err(|_| Failure::usage("the name is 1 to 64 letters, digits, underscores, dots and hyphens"))
}
