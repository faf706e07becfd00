//! What a key may do, as arguments.

use clap::{Args, ValueEnum};
use portcullis::store::{EntryPoints, KeyFormat, KeyOwner, Networks, NewKey};
use portcullis::{Limits, Realm, Scheme, Scopes, Timestamp};

use crate::backing::Store;
use crate::failure::Failure;
use crate::moments::{Moment, duration};

/// The schemes that stores keep keys for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyScheme {
    /// An opaque key in a header.
    #[default]
    ApiKey,
    /// A URL signed in its query.
    QuerySignature,
    /// Signed x-auth-* headers.
    XAuth,
}

impl From<KeyScheme> for Scheme {
    fn from(scheme: KeyScheme) -> Self {
        match scheme {
            KeyScheme::ApiKey => Self::ApiKey,
            KeyScheme::QuerySignature => Self::QuerySignature,
            KeyScheme::XAuth => Self::XAuth,
        }
    }
}

/// What new keys are like, besides whom they belong to.
#[derive(Args, Clone, Debug)]
pub(crate) struct What {
    /// The scheme that the key is for
    #[arg(long, value_enum, default_value_t)]
    scheme: KeyScheme,
    /// The set of keys that it goes to
    #[arg(long, default_value = "default")]
    pub(crate) realm: String,
    /// What an API key begins with
    #[arg(long, default_value = "", conflicts_with = "format")]
    prefix: String,
    /// How an API key looks: checked:<prefix>:<env> or plain:<length>:<prefix>
    #[arg(long)]
    format: Option<String>,
    /// What lists call it
    #[arg(long, default_value = "")]
    label: String,
    /// What operators tell each other about it
    #[arg(long, default_value = "")]
    note: String,
    /// A scope that it has; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// How often it may be used, as 100/1m; may be repeated
    #[arg(long = "limit", value_name = "COUNT/PERIOD")]
    limits: Vec<String>,
    /// An entry point that it may call, of the saved list; all of them without this; may be repeated
    #[arg(long = "entry-point", value_name = "NAME")]
    entry_points: Vec<String>,
    /// A network that it may be used from; may be repeated
    #[arg(long = "allow", value_name = "NETWORK")]
    allowed: Vec<String>,
    /// A network that it may not be used from; may be repeated
    #[arg(long = "deny", value_name = "NETWORK")]
    denied: Vec<String>,
    /// Accept the strict form of x-auth or of a signed URL alone
    #[arg(long)]
    strict_only: bool,
    /// The first moment of validity
    #[arg(long, value_name = "MOMENT", value_parser = Moment::parse)]
    not_before: Option<Moment>,
    /// The first moment after validity, such as 2030-01-31 or 90d
    #[arg(long, value_name = "MOMENT", value_parser = Moment::parse)]
    expires: Option<Moment>,
}

impl What {
    /// A new key for `owner`.
    pub(crate) fn key(&self, owner: KeyOwner, now: Timestamp) -> Result<NewKey, Failure> {
        if self.scheme != KeyScheme::ApiKey && !(self.prefix.is_empty() && self.format.is_none()) {
            return Err(Failure::usage("--prefix and --format are for API keys"));
        }
        if self.strict_only && self.scheme == KeyScheme::ApiKey {
            return Err(Failure::usage("--strict-only is for keys of x-auth and of signed URLs"));
        }
        let mut key = NewKey::new(self.scheme.into(), owner)
            .with_realm(Realm::new(self.realm.as_str()))
            .with_prefix(self.prefix.as_str())
            .with_label(self.label.as_str())
            .with_note(self.note.as_str())
            .with_scopes(scopes(&self.scopes)?)
            .with_limits(limits(&self.limits)?)
            .with_networks(networks(&self.allowed, &self.denied)?);
        if let Some(format) = &self.format {
            let format: KeyFormat =
                format.parse().map_err(|error| Failure::usage(format!("--format: {error}")))?;
            key = key.with_format(format);
        }
        if !self.entry_points.is_empty() {
            key = key.with_entry_points(entry_points(&self.entry_points)?);
        }
        if self.strict_only {
            key = key.strict_only();
        }
        key.not_before = self.not_before.map(|moment| moment.from(now));
        key.expires_at = self.expires.map(|moment| moment.from(now));
        Ok(key)
    }

    /// Refuses an entry point that is not in the saved list: a mistyped name would allow
    /// nothing, and nobody would see why.
    pub(crate) async fn check_entry_points<S: Store>(&self, store: &S) -> Result<(), Failure> {
        if self.entry_points.is_empty() {
            return Ok(());
        }
        let saved = store.entry_points().await?;
        let live = |name: &&String| saved.iter().any(|held| held.live && held.entry_point.name() == *name);
        match self.entry_points.iter().find(|name| !live(name)) {
            None => Ok(()),
            Some(name) => {
                Err(Failure::refused(format!("there is no entry point {name}: see `entry-points list`")))
            }
        }
    }
}

pub(crate) fn scopes(texts: &[String]) -> Result<Scopes, Failure> {
    Scopes::parse(&texts.join(" ")).map_err(|error| Failure::usage(format!("--scope: {error}")))
}

/// Reads `100/1m` and `100/60`.
pub(crate) fn limits(texts: &[String]) -> Result<Limits, Failure> {
    let wrong =
        || Failure::usage("--limit: a limit is a count, a slash and a period, such as 100/1m or 100/60");
    texts.iter().try_fold(Limits::none(), |limits, text| {
        let (count, period) = text.split_once('/').ok_or_else(wrong)?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let period = if digits(period) { format!("{period}s") } else { period.to_owned() };
        let count = count.parse().ok().filter(|_| digits(count)).ok_or_else(wrong)?;
        let period = duration(&period).map_err(|_| wrong())?;
        limits.with(count, period).map_err(|error| Failure::usage(format!("--limit: {error}")))
    })
}

pub(crate) fn entry_points(names: &[String]) -> Result<EntryPoints, Failure> {
    let names = names.iter().map(String::as_str);
    EntryPoints::only(names).map_err(|error| Failure::usage(format!("--entry-point: {error}")))
}

pub(crate) fn networks(allowed: &[String], denied: &[String]) -> Result<Networks, Failure> {
    let allowing = Networks::any().with_allowed(allowed.iter().map(String::as_str));
    let allowing = allowing.map_err(|error| Failure::usage(format!("--allow: {error}")))?;
    let both = allowing.with_denied(denied.iter().map(String::as_str));
    both.map_err(|error| Failure::usage(format!("--deny: {error}")))
}
