//! `keys issue` and `keys bulk`.

use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use portcullis::store::KeyOwner;

use super::secrets::{Form, Where};
use super::what::What;
use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::Failure;
use crate::output::Progress;
use crate::settings::secret_file;

/// Issue a key, and show its secret: once, and never again
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis keys issue --user ada --prefix acme_ --scope orders:read --expires 90d\n  \
    portcullis keys issue --site shop --format checked:acme:live --out shop.key\n  \
    portcullis keys issue --scheme x-auth --account acme --label 'billing robot'")]
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
        let mut secrets = self.to.open(context.output.is_json())?;
        let issued = store.issue(key, context.now).await?;
        secrets.write(&issued, &name.unwrap_or_default(), Form::Parts)
    }
}

/// Issue many keys alike: a key for each site or user of a list, or so many for one owner
///
/// Secrets are written as lines of owner, id and secret with tabs between, or as an object a
/// line with --json. Keys are issued in batches: each batch as a whole or not at all.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis keys bulk --sites sites.txt --prefix igny8_ --out keys.tsv\n  \
    portcullis sites list --json | jq -r .id | portcullis keys bulk --sites -\n  \
    portcullis keys bulk --count 100 --account acme --label 'for the fair' --expires 3d")]
pub(crate) struct Bulk {
    /// A key for each site of this file, one id a line; - for standard input
    #[arg(long, value_name = "FILE", group = "whom")]
    sites: Option<PathBuf>,
    /// A key for each user of this file, one id a line; - for standard input
    #[arg(long, value_name = "FILE", group = "whom")]
    users: Option<PathBuf>,
    /// So many keys for the account of --account, or for nobody
    #[arg(long, value_name = "NUMBER", group = "whom", required_unless_present_any = ["sites", "users"])]
    count: Option<u32>,
    /// The account that they belong to
    #[arg(long)]
    account: Option<String>,
    /// How many keys are issued in one change
    #[arg(long, value_name = "NUMBER", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=5000))]
    batch: u16,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    to: Where,
}

impl Bulk {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        let owners = self.owners()?;
        self.what.check_entry_points(store).await?;
        // What is wrong with all of them is found before any is issued.
        let _ = self.what.key(KeyOwner::default(), context.now)?;
        let mut secrets = self.to.open(context.output.is_json())?;
        let progress = Progress::new(context.progress, owners.len());
        let mut done = 0;
        for batch in owners.chunks(self.batch.into()) {
            let keys = batch.iter().map(|(_, owner)| self.what.key(owner.clone(), context.now));
            let issued = store.issue_all(keys.collect::<Result<_, _>>()?, context.now).await;
            let issued =
                issued.map_err(|error| Failure::from(error).after(done, "keys were issued before"))?;
            for (key, (name, _)) in issued.iter().zip(batch) {
                secrets.write(key, name, Form::Line)?;
                done += 1;
            }
            progress.at(done);
        }
        Ok(())
    }

    fn owners(&self) -> Result<Vec<(String, KeyOwner)>, Failure> {
        let account = self.account.as_deref();
        let plain = KeyOwner { account: account.map(Into::into), ..KeyOwner::default() };
        if let Some(count) = self.count {
            let name = account.unwrap_or_default();
            return Ok((0..count).map(|_| (name.to_owned(), plain.clone())).collect());
        }
        let (path, is_site) = match (&self.sites, &self.users) {
            (Some(path), _) => (path, true),
            (None, Some(path)) => (path, false),
            (None, None) => return Ok(Vec::new()),
        };
        let text = read_text(path)?;
        let names = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let owner = |name: &str| match is_site {
            true => KeyOwner { site: Some(name.into()), ..plain.clone() },
            false => KeyOwner { user: Some(name.into()), ..plain.clone() },
        };
        Ok(names.map(|name| (name.to_owned(), owner(name))).collect())
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
