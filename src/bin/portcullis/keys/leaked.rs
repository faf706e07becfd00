//! `keys leaked`: a key was found where it should not be.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use portcullis::store::{LeakOutcome, LeakReports, LegacyLookup, VisiblePart};
use portcullis::{Realm, Scheme, Secret};

use super::what::KeyScheme;
use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::Failure;
use crate::keys::issue::read_bytes;
use crate::output::Cell;

/// Report a key that was found where it should not be: if it is one of ours, revoke it
///
/// The key is read from a file or from standard input, never from the arguments, which others
/// can see. White space around it is ignored. The secret of a signing scheme needs --scheme and
/// --id besides. What is not ours changes nothing, and ends with exit code 1.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis keys leaked --where 'a public repository' < found.txt\n  \
    portcullis keys leaked --file found.txt --scheme x-auth --id M-LmI2b3pA0UdIuU7OhXEw")]
pub(crate) struct Leaked {
    /// The file that holds the key and nothing else; - for standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// The scheme that the secret is for
    #[arg(long, value_enum, default_value_t)]
    scheme: KeyScheme,
    /// The public id of the key, for a signing scheme
    #[arg(long, allow_hyphen_values = true, required_if_eq_any = [("scheme", "query-signature"), ("scheme", "x-auth")])]
    id: Option<String>,
    /// The set of keys that it may be in
    #[arg(long, default_value = "default")]
    realm: String,
    /// How many bytes at the beginning are the visible part by which a password hash was
    /// imported; without this, it is what stands before the first dot
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u8).range(1..))]
    visible: Option<u8>,
    /// Where it was found: becomes part of the reason
    #[arg(long = "where", value_name = "TEXT")]
    place: Option<String>,
}

impl Leaked {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        let found = Secret::new(read_bytes(&self.file)?);
        let place = self.place.as_deref().unwrap_or("nobody said where");
        let realm = Realm::new(self.realm.as_str());
        let visible = self.visible.map_or(VisiblePart::BeforeDot, VisiblePart::First);
        let reports = LeakReports::new(store.clone(), context.log.clone())
            .with_hasher(context.hasher.clone())
            .with_realms([realm])
            .with_legacy_keys(LegacyLookup::new().with_sha512().with_visible(visible))
            .acting_as(Arc::clone(&context.actor));
        let scheme = Scheme::from(self.scheme);
        let outcome = match &self.id {
            Some(id) if scheme != Scheme::ApiKey => {
                reports.report_signing(scheme, id, &found, place, context.now).await?
            }
            _ => reports.report(&found, place, context.now).await?,
        };
        let (done, key) = match outcome {
            LeakOutcome::Revoked(key) => ("revoked", key),
            LeakOutcome::AlreadyRevoked(key) => ("revoked before", key),
            LeakOutcome::Replaced(key) => ("replaced before by a rotation", key),
            _ => return Err(Failure::refused("it is no key of this store and realm")),
        };
        context.output.done(done, vec![("key", Cell::text(&key.id)), ("realm", Cell::text(&key.realm))])
    }
}
