//! The store that the environment names, opened.

use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::store::{EntryPointStore, RoleAdmin, StoredPrincipal};

use crate::failure::{Code, Failure};
use crate::settings::StoreSettings;

/// What the commands ask for.
pub(crate) trait Store: EntryPointStore<Principal = StoredPrincipal> + RoleAdmin {}

impl<S: EntryPointStore<Principal = StoredPrincipal> + RoleAdmin> Store for S {}

/// One of the stores.
pub(crate) enum Backing {
    Sqlite(SqliteKeyStore),
}

/// Runs `$body` with `$store` bound to the store that a [`Backing`] is.
macro_rules! with_store {
    ($backing:expr, $store:ident => $body:expr) => {
        match $backing {
            $crate::backing::Backing::Sqlite($store) => $body,
        }
    };
}
pub(crate) use with_store;

/// Whether a database that is not there may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Make,
    Refuse,
}

impl Backing {
    pub(crate) async fn open(settings: StoreSettings, missing: Missing) -> Result<Self, Failure> {
        let StoreSettings { url, master, hasher } = settings;
        let url = url.expose_text().unwrap_or_default();
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if missing == Missing::Refuse && !std::path::Path::new(path).exists() {
                let text = "there is no such SQLite file: `portcullis migrate` makes it";
                return Err(Failure::new(Code::Store, text));
            }
            let store = SqliteKeyStore::connect(path, master).await?;
            return Ok(Self::Sqlite(store.with_hasher(hasher)));
        }
        Err(Failure::usage("the database URL begins with sqlite:, postgres:// or redis://"))
    }

    /// Makes or completes the tables.
    pub(crate) async fn migrate(&self) -> Result<(), Failure> {
        Ok(with_store!(self, store => store.migrate().await)?)
    }
}
