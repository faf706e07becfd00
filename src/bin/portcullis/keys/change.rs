//! What is done to one key.

use std::time::Duration;

use clap::Args;
use portcullis::store::issuing::edited;
use portcullis::store::{
    AdminError, Enabled, EntryPoints, KeyEdit, KeyRef, KeySummary, Networks, SignatureForms,
};
use portcullis::{Limits, Realm, Scopes, Timestamp};

use super::secrets::{Form, Where};
use super::{reason, show, what};
use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::Failure;
use crate::moments::{Moment, duration};
use crate::output::{Cell, Fields};

/// Which key.
#[derive(Args, Clone, Debug)]
pub(crate) struct Which {
    /// The public id of the key
    #[arg(allow_hyphen_values = true)]
    id: String,
    /// The set of keys that it is in
    #[arg(long, default_value = "default")]
    realm: String,
}

impl Which {
    fn key(&self) -> KeyRef {
        KeyRef { realm: Realm::new(self.realm.as_str()), id: self.id.as_str().into() }
    }

    fn fields(&self) -> Fields {
        vec![("key", Cell::text(&self.id)), ("realm", Cell::text(&self.realm))]
    }

    async fn find<S: Store>(&self, store: &S) -> Result<KeySummary, Failure> {
        store.find_key(&self.key()).await?.ok_or_else(|| Failure::refused("there is no such key"))
    }

    /// Shows everything that is known of it.
    pub(crate) async fn show<S: Store>(&self, store: &S, context: &mut Context) -> Result<(), Failure> {
        let key = self.find(store).await?;
        context.output.show(&show::fields(&key, context.now))
    }

    pub(crate) async fn switch<S: Store>(
        &self,
        store: &S,
        enabled: Enabled,
        context: &mut Context,
    ) -> Result<(), Failure> {
        store.set_enabled(&self.key(), enabled).await?;
        let done = if enabled == Enabled::Yes { "enabled" } else { "disabled" };
        context.output.done(done, self.fields())
    }
}

/// Give a key a new secret, and show it: once, and never again
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis keys rotate acme-7 --overlap 1d      clients have a day to change over\n  \
    portcullis keys rotate acme-7 --overlap 0s      the old secret may be known to others")]
pub(crate) struct Rotate {
    #[command(flatten)]
    which: Which,
    /// How long the old secret lives on, such as 1d; never longer than it would have
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    overlap: Duration,
    #[command(flatten)]
    to: Where,
}

impl Rotate {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        let key = self.which.find(store).await?;
        let owner = [key.owner.site.map(|id| id.to_string()), key.owner.user.map(|id| id.to_string())];
        let owner = owner.into_iter().flatten().next().or(key.owner.account.map(|id| id.to_string()));
        let mut secrets = self.to.open(context.output.is_json(), "rotated")?;
        let issued = store.rotate(&self.which.key(), self.overlap, context.now).await?;
        let written = secrets.write(&issued, &owner.unwrap_or_default(), Form::Parts);
        written.map_err(|error| secrets.lost(&issued, &error))
    }
}

/// Withdraw a key for good, and say why; this cannot be undone
#[derive(Args, Debug)]
pub(crate) struct Revoke {
    #[command(flatten)]
    which: Which,
    /// Why: at most 255 bytes; the first reason stands
    #[arg(long, value_parser = reason)]
    reason: String,
}

impl Revoke {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        store.revoke(&self.which.key(), &self.reason, context.now).await?;
        context.output.done("revoked", self.which.fields())
    }
}

/// Change what may be changed about a key; what is not named stays
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis keys edit acme-7 --note 'asked for by Grace, ticket 17'\n  \
    portcullis keys edit acme-7 --expires never --scope orders:read --limit 100/1m\n  \
    portcullis keys edit acme-7 --allow 192.0.2.0/24 --any-entry-point\n  \
    portcullis keys edit acme-7 --strict-only      its clients have changed over")]
pub(crate) struct Edit {
    #[command(flatten)]
    which: Which,
    /// What lists call it
    #[arg(long)]
    label: Option<String>,
    /// What operators tell each other about it
    #[arg(long)]
    note: Option<String>,
    /// A scope that it has from now on, in place of all others; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Take all scopes away
    #[arg(long, conflicts_with = "scopes")]
    no_scopes: bool,
    /// How often it may be used, as 100/1m, in place of all other limits; may be repeated
    #[arg(long = "limit", value_name = "COUNT/PERIOD")]
    limits: Vec<String>,
    /// Take all limits away
    #[arg(long, conflicts_with = "limits")]
    no_limits: bool,
    /// An entry point that it may call from now on, and no others; may be repeated
    #[arg(long = "entry-point", value_name = "NAME")]
    entry_points: Vec<String>,
    /// Let it call every entry point
    #[arg(long, conflicts_with = "entry_points")]
    any_entry_point: bool,
    /// A network that it may be used from, in place of all networks before; may be repeated
    #[arg(long = "allow", value_name = "NETWORK")]
    allowed: Vec<String>,
    /// A network that it may not be used from, in place of all networks before; may be repeated
    #[arg(long = "deny", value_name = "NETWORK")]
    denied: Vec<String>,
    /// Let it be used from everywhere
    #[arg(long, conflicts_with_all = ["allowed", "denied"])]
    any_network: bool,
    /// Accept the strict form of x-auth or of a signed URL alone
    #[arg(long)]
    strict_only: bool,
    /// Accept the compatible form of x-auth or of a signed URL too
    #[arg(long, conflicts_with = "strict_only")]
    any_form: bool,
    /// The first moment of validity, or never for none
    #[arg(long, value_name = "MOMENT", value_parser = End::parse)]
    not_before: Option<End>,
    /// The first moment after validity, or never for none
    #[arg(long, value_name = "MOMENT", value_parser = End::parse)]
    expires: Option<End>,
}

/// A moment, or `never`.
#[derive(Clone, Copy, Debug)]
struct End(Option<Moment>);

impl End {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "never" { Ok(Self(None)) } else { Moment::parse(text).map(|moment| Self(Some(moment))) }
    }

    fn from(self, now: Timestamp) -> Option<Timestamp> {
        self.0.map(|moment| moment.from(now))
    }
}

impl Edit {
    /// Everything that can be wrong is read before the first change.
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        let mut edit = KeyEdit::new();
        edit.label.clone_from(&self.label);
        edit.note.clone_from(&self.note);
        edit.scopes =
            some(!self.scopes.is_empty(), self.no_scopes, || what::scopes(&self.scopes), Scopes::none)?;
        edit.limits =
            some(!self.limits.is_empty(), self.no_limits, || what::limits(&self.limits), Limits::none)?;
        edit.not_before = self.not_before.map(|end| end.from(context.now));
        edit.expires_at = self.expires.map(|end| end.from(context.now));
        edit.signature_forms = match (self.strict_only, self.any_form) {
            (true, _) => Some(SignatureForms::StrictOnly),
            (false, true) => Some(SignatureForms::Any),
            (false, false) => None,
        };
        let named = || what::entry_points(&self.entry_points);
        let points = some(!self.entry_points.is_empty(), self.any_entry_point, named, EntryPoints::any)?;
        let limited = !self.allowed.is_empty() || !self.denied.is_empty();
        let lists = || what::networks(&self.allowed, &self.denied);
        let networks = some(limited, self.any_network, lists, Networks::any)?;
        if edit == KeyEdit::new() && points.is_none() && networks.is_none() {
            return Err(Failure::usage("there is nothing to change: see `keys edit --help`"));
        }
        let key = self.which.key();
        // What the last change would be refused for is found before the first.
        let _ = edited(self.which.find(store).await?, edit.clone())?;
        let mut done = Vec::new();
        // The names are checked against the saved list, so this goes first.
        if let Some(points) = points {
            store.assign_entry_points(&key, points).await?;
            done.push("the entry points");
        }
        if let Some(networks) = networks {
            store.assign_networks(&key, networks).await.map_err(|error| partly(error, &done))?;
            done.push("the networks");
        }
        if edit != KeyEdit::new() {
            store.edit(&key, edit).await.map_err(|error| partly(error, &done))?;
        }
        context.output.done("edited", self.which.fields())
    }
}

/// A failure after some of the changes.
fn partly(error: AdminError, done: &[&str]) -> Failure {
    let failure = Failure::from(error);
    if done.is_empty() { failure } else { failure.though(format_args!("changed: {}", done.join(", "))) }
}

/// What is named, or what takes everything away; none where neither is asked for.
fn some<T>(
    named: bool,
    none: bool,
    read: impl FnOnce() -> Result<T, Failure>,
    empty: impl FnOnce() -> T,
) -> Result<Option<T>, Failure> {
    match (named, none) {
        (true, _) => read().map(Some),
        (false, true) => Ok(Some(empty())),
        (false, false) => Ok(None),
    }
}
