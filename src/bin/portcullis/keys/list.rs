//! `keys list` and `keys clear`, which choose keys by what is known of them.

use std::time::Duration;

use clap::{Args, ValueEnum};
use portcullis::store::{Direction, KeyQuery, KeyRef, KeySort, KeyStatus, KeySummary, OwnerKind};
use portcullis::{Realm, Timestamp};

use super::what::KeyScheme;
use super::{reason, show};
use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::Failure;
use crate::moments::duration;
use crate::output::{Cell, Progress};
use crate::owners;

/// How many keys are asked for at a time.
const PAGE: usize = 500;
const DAY: u64 = 24 * 3600;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Status {
    Active,
    Disabled,
    Revoked,
    NotYetValid,
    Expired,
    OwnerInactive,
}

impl From<Status> for KeyStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Disabled => Self::Disabled,
            Status::Revoked => Self::Revoked,
            Status::NotYetValid => Self::NotYetValid,
            Status::Expired => Self::Expired,
            Status::OwnerInactive => Self::OwnerInactive,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    Id,
    Label,
    Created,
    Renewed,
    Expires,
    LastUsed,
}

impl From<Sort> for KeySort {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Id => Self::Id,
            Sort::Label => Self::Label,
            Sort::Created => Self::Created,
            Sort::Renewed => Self::Renewed,
            Sort::Expires => Self::Expires,
            Sort::LastUsed => Self::LastUsed,
        }
    }
}

/// List keys, in the order of their ids unless another is asked for
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis keys list --account acme --status active\n  \
    portcullis keys list --due 90            keys whose secret is older than 90 days\n  \
    portcullis keys list --expires-within 2w\n  \
    portcullis keys list --search 'shop ab3d' --sort last-used --desc\n  \
    portcullis keys list --site-url shop.example --json | jq -r .id")]
pub(crate) struct List {
    /// The set of keys
    #[arg(long, default_value = "default")]
    realm: String,
    /// Only those that stand so
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// Only those that run as this user
    #[arg(long)]
    user: Option<String>,
    /// Only those of this account
    #[arg(long)]
    account: Option<String>,
    /// Only those of this site
    #[arg(long)]
    site: Option<String>,
    /// Only those of sites whose URL has this part
    #[arg(long, value_name = "PART")]
    site_url: Option<String>,
    /// Only those with each of these words in id, label, owner, URL or hint
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// Only those of this scheme
    #[arg(long, value_enum)]
    scheme: Option<KeyScheme>,
    /// Only those that were never used
    #[arg(long)]
    never_used: bool,
    /// In this order
    #[arg(long, value_enum, default_value = "id")]
    sort: Sort,
    /// In the order backwards
    #[arg(long)]
    desc: bool,
    /// Only those due for renewal: neither revoked nor expired, with a secret older than so many days
    #[arg(long, value_name = "DAYS", num_args = 0..=1, default_missing_value = "90")]
    due: Option<u32>,
    /// Only those that end within this time, such as 2w
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expires_within: Option<Duration>,
    /// At most so many
    #[arg(long, value_name = "NUMBER")]
    first: Option<usize>,
}

impl List {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        let mut columns = vec!["id", "scheme", "hint", "status", "user", "account", "site", "label"];
        columns.extend(if self.due.is_some() {
            ["renewed_at", "expires_at"]
        } else {
            ["expires_at", "last_used"]
        });
        if self.site_url.is_some() {
            columns.insert(7, "site_url");
        }
        let query = self.query(context.now);
        let (now, due) = (context.now, self.due.is_some());
        let mut left = self.first.unwrap_or(usize::MAX);
        let mut list = context.output.list(&columns);
        let mut pages = Pages::new(store, query, now);
        while left > 0 {
            let Some(page) = pages.next().await? else { break };
            let over =
                |key: &&KeySummary| matches!(key.status_at(now), KeyStatus::Revoked | KeyStatus::Expired);
            for key in page.iter().filter(|key| !due || !over(key)).take(left) {
                list.add(&show::fields(key, now))?;
                left -= 1;
            }
        }
        list.end()
    }

    fn query(&self, now: Timestamp) -> KeyQuery {
        let mut query = KeyQuery::new(Realm::new(self.realm.as_str())).with_limit(PAGE);
        query.status = self.status.map(Into::into);
        query.user = self.user.as_deref().map(Into::into);
        query.account = self.account.as_deref().map(Into::into);
        query.site = self.site.as_deref().map(Into::into);
        query.site_url.clone_from(&self.site_url);
        query.search.clone_from(&self.search);
        query.scheme = self.scheme.map(Into::into);
        query.used = self.never_used.then_some(false);
        query.sort = self.sort.into();
        query.direction = if self.desc { Direction::Descending } else { Direction::Ascending };
        let age = |days: u32| now.saturating_sub(Duration::from_secs(u64::from(days) * DAY));
        query.renewed_before = self.due.map(age);
        query.expires_before = self.expires_within.map(|time| now.saturating_add(time));
        query
    }
}

/// Every key that a query selects, a page at a time.
struct Pages<'a, S> {
    store: &'a S,
    query: Option<KeyQuery>,
    now: Timestamp,
}

impl<'a, S: Store> Pages<'a, S> {
    fn new(store: &'a S, query: KeyQuery, now: Timestamp) -> Self {
        Self { store, query: Some(query), now }
    }

    async fn next(&mut self) -> Result<Option<Vec<KeySummary>>, Failure> {
        let Some(query) = self.query.take() else { return Ok(None) };
        let page = self.store.list(&query, self.now).await?;
        if page.len() >= query.limit {
            self.query = Some(query.after(page.last().map(|key| key.id.clone())));
        }
        Ok(Some(page))
    }
}

/// Revoke every key of a site, of a user or of an account
///
/// What is revoked already stays as it is. Keys that are issued meanwhile may be missed: switch
/// the owner off first where that matters.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis keys clear --site shop --reason 'the shop has closed'")]
pub(crate) struct Clear {
    /// The set of keys
    #[arg(long, default_value = "default")]
    realm: String,
    /// Every key of this site
    #[arg(long, group = "whom", required_unless_present_any = ["user", "account"])]
    site: Option<String>,
    /// Every key that runs as this user
    #[arg(long, group = "whom")]
    user: Option<String>,
    /// Every key of this account
    #[arg(long, group = "whom")]
    account: Option<String>,
    /// Why
    #[arg(long, value_parser = reason)]
    reason: String,
}

impl Clear {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        let mut query = KeyQuery::new(Realm::new(self.realm.as_str())).with_limit(PAGE);
        query.site = self.site.as_deref().map(Into::into);
        query.user = self.user.as_deref().map(Into::into);
        query.account = self.account.as_deref().map(Into::into);
        let whom = [
            (OwnerKind::Site, &self.site),
            (OwnerKind::User, &self.user),
            (OwnerKind::Account, &self.account),
        ];
        for (kind, id) in whom {
            if let Some(id) = id {
                owners::known(store, kind, id).await?;
            }
        }
        let mut live = Vec::new();
        let mut pages = Pages::new(store, query, context.now);
        while let Some(page) = pages.next().await? {
            live.extend(page.into_iter().filter(|key| key.status_at(context.now) != KeyStatus::Revoked));
        }
        let progress = Progress::new(context.progress, live.len());
        for (done, key) in live.iter().enumerate() {
            let named = KeyRef { realm: key.realm.clone(), id: key.id.clone() };
            let revoked = store.revoke(&named, &self.reason, context.now).await;
            revoked.map_err(|error| Failure::from(error).after(done, "keys were revoked before"))?;
            progress.at(done + 1);
        }
        context.output.done("revoked", vec![("keys", Cell::Number(live.len()))])
    }
}
