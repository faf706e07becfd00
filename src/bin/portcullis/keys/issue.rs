//! `keys issue`.

use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use portcullis::store::KeyOwner;

use super::secrets::{Form, Where};
use super::what::What;
use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::Failure;
use crate::settings::secret_file;

/// Issue a key, and show its secret: once, and never again
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis keys issue --user ada --prefix acme_ --scope orders:read --expires 90d\n  \
    portcullis keys issue --site shop --format checked:acme:live --out shop.key\n  \
    portcullis keys issue --scheme x-auth --account acme --label 'billing robot'\n  \
    portcullis keys issue --scheme sigv4 --account acme --out acme.key")]
pub(crate) struct Issue {
    /// The user that it runs as
    #[arg(long)]
    user: Option<String>,
    /// The account that it belongs to
    #[arg(long)]
    account: Option<String>,
    /// The site that it stands for
    #[arg(long)]
    site: Option<String>,
    /// Its public id; generated without this
    #[arg(long, allow_hyphen_values = true)]
    id: Option<String>,
    /// Import the secret in this file instead of making one
    #[arg(long, value_name = "FILE")]
    import_file: Option<PathBuf>,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    to: Where,
}

impl Issue {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        let name = self.site.as_ref().or(self.user.as_ref()).or(self.account.as_ref()).cloned();
        let owner = KeyOwner {
            user: self.user.map(Into::into),
            account: self.account.map(Into::into),
            site: self.site.map(Into::into),
        };
        let mut key = self.what.key(owner, context.now)?;
        key.id = self.id.map(Into::into);
        if let Some(path) = &self.import_file {
            key = key.with_secret(secret_file(path, "--import-file")?);
        }
        self.what.check_entry_points(store).await?;
        let mut secrets = self.to.open(context.output.is_json(), "issued")?;
        let issued = store.issue(key, context.now).await?;
        let written = secrets.write(&issued, &name.unwrap_or_default(), Form::Parts);
        written.map_err(|error| secrets.lost(&issued, &error))
    }
}

/// The text of a file, or of standard input where its name is `-`.
pub(crate) fn read_text(path: &std::path::Path) -> Result<String, Failure> {
    String::from_utf8(read_bytes(path)?)
        .map_err(|_| Failure::usage(format!("{} is not UTF-8", path.display())))
}

/// The bytes of a file, or of standard input where its name is `-`.
pub(crate) fn read_bytes(path: &std::path::Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = match path.to_str() {
        Some("-") => std::io::stdin().lock().read_to_end(&mut bytes).map(drop),
        _ => std::fs::read(path).map(|read| bytes = read),
    };
    read.map_err(|error| Failure::usage(format!("{} cannot be read: {}", path.display(), error.kind())))?;
    Ok(bytes)
}
