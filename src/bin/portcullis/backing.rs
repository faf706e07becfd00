//! The store that the environment names, opened.

use std::path::Path;

use portcullis::store::postgres::PostgresKeyStore;
use portcullis::store::redis::RedisKeyStore;
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
    Postgres(PostgresKeyStore),
    Redis(RedisKeyStore),
}

/// Runs `$body` with `$store` bound to the store that a [`Backing`] is.
macro_rules! with_store {
    ($backing:expr, $store:ident => $body:expr) => {
        match $backing {
            $crate::backing::Backing::Sqlite($store) => $body,
            $crate::backing::Backing::Postgres($store) => $body,
            $crate::backing::Backing::Redis($store) => $body,
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
    /// Connects. Of the URL, which may hold a password, no more than its beginning is ever said.
    pub(crate) async fn open(settings: StoreSettings, missing: Missing) -> Result<Self, Failure> {
        let StoreSettings { url, master, hasher, namespace } = settings;
        let url = url.expose_text().unwrap_or_default();
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = Path::new(path.strip_prefix("//").unwrap_or(path));
            if missing == Missing::Refuse && !path.exists() {
                let text = "there is no such SQLite file: `portcullis migrate` makes it";
                return Err(Failure::new(Code::Store, text));
            }
            let store = SqliteKeyStore::connect(path, master).await?;
            return Ok(Self::Sqlite(store.with_hasher(hasher)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let store = PostgresKeyStore::connect(url, master).await?;
            return Ok(Self::Postgres(store.with_hasher(hasher)));
        }
        if url.starts_with("redis://") || url.starts_with("rediss://") {
            let mut store = RedisKeyStore::connect(url, master).await?;
            if let Some(namespace) = namespace {
                store =
                    store.with_namespace(&namespace).map_err(|error| Failure::usage(error.to_string()))?;
            }
            return Ok(Self::Redis(store.with_hasher(hasher)));
        }
        Err(Failure::usage("the database URL begins with sqlite:, postgres:// or redis://"))
    }

    /// Makes or completes the tables; Redis has none.
    pub(crate) async fn migrate(&self) -> Result<(), Failure> {
        match self {
            Self::Sqlite(store) => store.migrate().await?,
            Self::Postgres(store) => store.migrate().await?,
            Self::Redis(_) => {}
        }
        Ok(())
    }
}
