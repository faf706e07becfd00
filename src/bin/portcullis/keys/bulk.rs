//! `keys bulk`.

use std::path::PathBuf;

use clap::Args;
use portcullis::store::{AdminError, IssuedKey, KeyOwner, KeyRef, OwnerKind};
use portcullis::{Realm, Timestamp};

use super::issue::read_text;
use super::secrets::{Form, Where};
use super::what::What;
use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::Failure;
use crate::output::Progress;
use crate::owners;

/// Issue many keys alike: a key for each site or user of a list, or so many for one owner
///
/// Secrets are written as lines of owner, id and secret with tabs between, or as an object a
/// line with --json. Keys are issued in batches: each batch as a whole or not at all. Where
/// secrets cannot be written, the keys of the batch whose secrets nobody saw are revoked.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis keys bulk --sites sites.txt --prefix igny8_ --out keys.tsv\n  \
    portcullis sites list --json | jq -r .id | portcullis keys bulk --sites -\n  \
    portcullis keys bulk --count 100 --account acme --label 'for the fair' --expires 3d")]
pub(crate) struct Bulk {
    /// A key for each site of this file, one id a line, but for lines that begin with #; - for standard input
    #[arg(long, value_name = "FILE", group = "whom")]
    sites: Option<PathBuf>,
    /// A key for each user of this file, one id a line, but for lines that begin with #; - for standard input
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

/// Whom keys are for.
enum Whom {
    /// So many, all for the account or for nobody.
    Alike(usize),
    /// Each for one of these, with the number of its line.
    Named(OwnerKind, Vec<(usize, String)>),
}

impl Whom {
    const fn total(&self) -> usize {
        match self {
            Self::Alike(count) => *count,
            Self::Named(_, names) => names.len(),
        }
    }
}

impl Bulk {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        let whom = self.whom()?;
        self.what.check_entry_points(store).await?;
        // What is wrong with all of them is found before any is issued.
        let _ = self.what.key(KeyOwner::default(), context.now)?;
        let mut secrets = self.to.open(context.output.is_json(), "issued")?;
        let progress = Progress::new(context.progress, whom.total());
        let mut done = 0;
        while done < whom.total() {
            let batch = self.batch(&whom, done);
            let keys = batch.iter().map(|(_, owner)| self.what.key(owner.clone(), context.now));
            let issued = match store.issue_all(keys.collect::<Result<_, _>>()?, context.now).await {
                Ok(issued) => issued,
                Err(error) => {
                    let failure = self.wrong_owner(store, &whom, done, error).await;
                    return Err(failure.after(done, "keys were issued before"));
                }
            };
            for (at, (key, (name, _))) in issued.iter().zip(&batch).enumerate() {
                if let Err(error) = secrets.write(key, name, Form::Line) {
                    let lost = issued.get(at..).unwrap_or_default();
                    let failure = self.withdraw(store, lost, &error, context.now).await;
                    return Err(failure.after(done, "keys were issued before"));
                }
                done += 1;
            }
            progress.at(done);
        }
        Ok(())
    }

    fn whom(&self) -> Result<Whom, Failure> {
        let (path, kind) = match (&self.sites, &self.users) {
            (Some(path), _) => (path, OwnerKind::Site),
            (None, Some(path)) => (path, OwnerKind::User),
            (None, None) => {
                let count = self.count.unwrap_or_default();
                return Ok(Whom::Alike(usize::try_from(count).unwrap_or(usize::MAX)));
            }
        };
        let text = read_text(path)?;
        let names = (1..).zip(text.lines().map(str::trim));
        let names = names.filter(|(_, name)| !name.is_empty() && !name.starts_with('#'));
        Ok(Whom::Named(kind, names.map(|(line, name)| (line, name.to_owned())).collect()))
    }

    /// The names and owners of the batch that comes after so many keys.
    fn batch(&self, whom: &Whom, done: usize) -> Vec<(String, KeyOwner)> {
        let account = self.account.as_deref();
        let plain = KeyOwner { account: account.map(Into::into), ..KeyOwner::default() };
        match whom {
            Whom::Alike(count) => {
                let size = (count - done).min(self.batch.into());
                vec![(account.unwrap_or_default().to_owned(), plain); size]
            }
            Whom::Named(kind, names) => {
                let names = names.iter().skip(done).take(self.batch.into());
                let owner = |name: &str| match kind {
                    OwnerKind::Site => KeyOwner { site: Some(name.into()), ..plain.clone() },
                    _ => KeyOwner { user: Some(name.into()), ..plain.clone() },
                };
                names.map(|(_, name)| (name.clone(), owner(name))).collect()
            }
        }
    }

    /// Why a batch was refused; where an owner is the reason, which one, and of which line.
    async fn wrong_owner<S: Store>(&self, store: &S, whom: &Whom, done: usize, error: AdminError) -> Failure {
        if !matches!(error, AdminError::UnknownOwner | AdminError::ForeignOwner) {
            return error.into();
        }
        if let Some(account) = &self.account
            && let Err(failure) = owners::known(store, OwnerKind::Account, account).await
        {
            return failure;
        }
        if let Whom::Named(kind, names) = whom {
            for (line, name) in names.iter().skip(done).take(self.batch.into()) {
                let account = match owners::known(store, *kind, name).await {
                    Ok(owner) => owner.account,
                    Err(failure) => return failure.at_line(*line),
                };
                if account.is_some_and(|account| Some(account.as_str()) != self.account.as_deref())
                    && matches!(error, AdminError::ForeignOwner)
                {
                    let text = format!("{} {name} belongs to another account", owners::word(*kind));
                    return Failure::refused(text).at_line(*line);
                }
            }
        }
        error.into()
    }

    /// Revokes keys whose secrets nobody saw.
    async fn withdraw<S: Store>(
        &self,
        store: &S,
        lost: &[IssuedKey],
        error: &std::io::Error,
        now: Timestamp,
    ) -> Failure {
        let mut left = Vec::new();
        for key in lost {
            let named = KeyRef { realm: Realm::new(self.what.realm.as_str()), id: key.id.clone() };
            if store.revoke(&named, "its secret could not be written", now).await.is_err() {
                left.push(key.id.as_str());
            }
        }
        let revoked = lost.len() - left.len();
        let text = format!(
            "secrets could not be written ({}): {revoked} keys without one are revoked",
            error.kind()
        );
        let failure = Failure::refused(text);
        if left.is_empty() {
            failure
        } else {
            failure.though(format_args!("revoke these too: {}", left.join(" ")))
        }
    }
}
