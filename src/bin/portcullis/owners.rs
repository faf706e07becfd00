//! `users`, `accounts` and `sites`: whom keys belong to.

use clap::{Args, Subcommand};
use portcullis::Limits;
use portcullis::store::issuing::check_site_url;
use portcullis::store::{Enabled, OwnerKind, OwnerRef, OwnerSummary};

use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::Failure;
use crate::keys;
use crate::output::{Cell, Fields};

const PAGE: usize = 500;
/// How many are asked for at a time to find one.
const NEAR: usize = 20;

/// What is done to users.
#[derive(Debug, Subcommand)]
pub(crate) enum Users {
    /// Make a user known
    Add {
        /// The id of the user
        id: String,
        /// The account that the user belongs to
        #[arg(long)]
        account: Option<String>,
    },
    /// List the groups that a user is in
    Groups {
        /// The id of the user
        id: String,
    },
    #[command(flatten)]
    Any(Any),
}

/// What is done to accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum Accounts {
    /// Make an account known
    Add {
        /// The id of the account
        id: String,
    },
    #[command(flatten)]
    Any(Any),
}

/// What is done to sites.
#[derive(Debug, Subcommand)]
pub(crate) enum Sites {
    /// Make a site of an account known
    Add {
        /// The id of the site
        id: String,
        /// The account that it belongs to
        #[arg(long)]
        account: String,
        /// Its URL, by which operators find its keys
        #[arg(long)]
        url: Option<String>,
    },
    /// Set or remove the URL of a site
    Url {
        /// The id of the site
        id: String,
        /// Its URL
        #[arg(required_unless_present = "none")]
        url: Option<String>,
        /// Remove it
        #[arg(long, conflicts_with = "url")]
        none: bool,
    },
    #[command(flatten)]
    Any(Any),
}

/// What is done to owners of every kind.
#[derive(Debug, Subcommand)]
pub(crate) enum Any {
    /// List all of them, in the order of their ids
    List(List),
    /// Switch one on again, and with it every key it is behind
    Enable {
        /// The id
        id: String,
    },
    /// Switch one off, and with it every key it is behind
    Disable {
        /// The id
        id: String,
    },
    /// Limit how often all keys behind one may be used together
    Limit {
        /// The id
        id: String,
        /// How often, as 100/1m, in place of all limits before; may be repeated
        #[arg(long = "limit", value_name = "COUNT/PERIOD", required_unless_present = "none")]
        limits: Vec<String>,
        /// Take all limits away
        #[arg(long, conflicts_with = "limits")]
        none: bool,
    },
}

/// Which of them.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only those of this account
    #[arg(long)]
    account: Option<String>,
}

impl Users {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Add { id, account } => {
                let account = account.map(Into::into);
                store.add_user(&id.as_str().into(), account.as_ref()).await?;
                context.output.done("added", vec![("user", Cell::text(&id))])
            }
            Self::Groups { id } => {
                let groups = store.list_groups_of_user(&id.as_str().into()).await?;
                let mut list = context.output.list(&["group"]);
                groups.iter().try_for_each(|group| list.add(&vec![("group", Cell::text(group))]))?;
                list.end()
            }
            Self::Any(any) => any.run(OwnerKind::User, store, context).await,
        }
    }
}

impl Accounts {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Add { id } => {
                store.add_account(&id.as_str().into()).await?;
                context.output.done("added", vec![("account", Cell::text(&id))])
            }
            Self::Any(any) => any.run(OwnerKind::Account, store, context).await,
        }
    }
}

impl Sites {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        match self {
            Self::Add { id, account, url } => {
                check_site_url(url.as_deref())?;
                store.add_site(&id.as_str().into(), &account.into()).await?;
                if let Some(url) = url {
                    let set = store.set_site_url(&id.as_str().into(), Some(&url)).await;
                    set.map_err(|error| Failure::from(error).after(1, "site was added, without its URL"))?;
                }
                context.output.done("added", vec![("site", Cell::text(&id))])
            }
            Self::Url { id, url, none: _ } => {
                store.set_site_url(&id.as_str().into(), url.as_deref()).await?;
                let done = if url.is_some() { "URL set" } else { "URL removed" };
                context.output.done(done, vec![("site", Cell::text(&id))])
            }
            Self::Any(any) => any.run(OwnerKind::Site, store, context).await,
        }
    }
}

impl Any {
    async fn run<S: Store>(self, kind: OwnerKind, store: &S, context: &mut Context) -> Result<(), Failure> {
        let owner = |id: &str| match kind {
            OwnerKind::User => OwnerRef::User(id.into()),
            OwnerKind::Account => OwnerRef::Account(id.into()),
            OwnerKind::Site => OwnerRef::Site(id.into()),
        };
        let (id, done) = match self {
            Self::List(list) => return list.run(kind, store, context).await,
            Self::Enable { id } => {
                store.set_owner_active(&owner(&id), Enabled::Yes).await?;
                (id, "enabled")
            }
            Self::Disable { id } => {
                store.set_owner_active(&owner(&id), Enabled::No).await?;
                (id, "disabled")
            }
            Self::Limit { id, limits, none } => {
                let limits = if none { Limits::none() } else { keys::limits(&limits)? };
                store.set_owner_limits(&owner(&id), limits).await?;
                (id, "limited")
            }
        };
        context.output.done(done, vec![(word(kind), Cell::text(&id))])
    }
}

impl List {
    async fn run<S: Store>(self, kind: OwnerKind, store: &S, context: &mut Context) -> Result<(), Failure> {
        if kind == OwnerKind::Account && self.account.is_some() {
            return Err(Failure::usage("--account is for users and sites"));
        }
        let columns: &[_] = match kind {
            OwnerKind::User => &["id", "account", "active", "limits"],
            OwnerKind::Account => &["id", "active", "limits"],
            OwnerKind::Site => &["id", "account", "active", "url", "limits"],
        };
        let mut list = context.output.list(columns);
        let mut after: Option<String> = None;
        loop {
            let page = store.list_owners(kind, after.as_deref(), PAGE).await?;
            let wanted = |owner: &&OwnerSummary| {
                let account = owner.account.as_ref().map(|account| account.as_str());
                self.account.is_none() || account == self.account.as_deref()
            };
            page.iter().filter(wanted).try_for_each(|owner| list.add(&fields(owner)))?;
            if page.len() < PAGE {
                return list.end();
            }
            after = page.last().map(|owner| owner.owner.id().to_owned());
        }
    }
}

/// The owner of this id.
pub(crate) async fn known<S: Store>(store: &S, kind: OwnerKind, id: &str) -> Result<OwnerSummary, Failure> {
    // The list is in the order of ids: whoever it is comes soon after a shorter id.
    let mut after = id.to_owned();
    after.pop();
    loop {
        let page = store.list_owners(kind, Some(after.as_str()).filter(|id| !id.is_empty()), NEAR).await?;
        let full = page.len() >= NEAR;
        let last = page.last().map(|owner| owner.owner.id().to_owned()).unwrap_or_default();
        if let Some(found) = page.into_iter().find(|owner| owner.owner.id() == id) {
            return Ok(found);
        }
        if !full || last.as_str() > id {
            return Err(Failure::refused(format!("the {} {id} is not known", word(kind))));
        }
        after = last;
    }
}

fn fields(owner: &OwnerSummary) -> Fields {
    vec![
        ("id", Cell::text(owner.owner.id())),
        ("kind", Cell::text(word(owner.owner.kind()))),
        ("account", Cell::maybe(owner.account.as_ref())),
        ("active", Cell::Flag(owner.active == Enabled::Yes)),
        ("url", Cell::maybe(owner.url.as_ref())),
        ("limits", Cell::list(owner.limits.iter())),
    ]
}

pub(crate) const fn word(kind: OwnerKind) -> &'static str {
    match kind {
        OwnerKind::User => "user",
        OwnerKind::Account => "account",
        OwnerKind::Site => "site",
    }
}
