//! The store that the environment names, opened.

use std::path::Path;

use portcullis::store::postgres::PostgresKeyStore;
use portcullis::store::redis::RedisKeyStore;
use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::store::{EntryPointStore, LegacyKeyStore, RoleAdmin, SharedKeyStore, StoredPrincipal};

use crate::failure::{Code, Failure};
use crate::settings::StoreSettings;

/// What the commands ask for.
pub(crate) trait Store:
    EntryPointStore<Principal = StoredPrincipal> + RoleAdmin + LegacyKeyStore + Clone
{
}

impl<S> Store for S where S: EntryPointStore<Principal = StoredPrincipal> + RoleAdmin + LegacyKeyStore + Clone {}

/// Whether a database or its tables, when they are not there, may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Make,
    Refuse,
}

/// Connects. Of the URL, which may hold a password, no more than its beginning is ever said.
/// What may be made is made: tables in SQLite and PostgreSQL; Redis has none.
pub(crate) async fn open(settings: StoreSettings, missing: Missing) -> Result<SharedKeyStore, Failure> {
    let StoreSettings { url, master, hasher, namespace } = settings;
    let url = url.expose_text().unwrap_or_default();
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = Path::new(path.strip_prefix("//").unwrap_or(path));
        if missing == Missing::Refuse && !path.exists() {
            let text = "there is no such SQLite file: `portcullis migrate` makes it";
            return Err(Failure::new(Code::Store, text));
        }
        let store = SqliteKeyStore::connect(path, master).await?.with_hasher(hasher);
        if missing == Missing::Make {
            store.migrate().await?;
        }
        return Ok(SharedKeyStore::new(store));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let store = PostgresKeyStore::connect(url, master).await?.with_hasher(hasher);
        if missing == Missing::Make {
            store.migrate().await?;
        }
        return Ok(SharedKeyStore::new(store));
    }
    if url.starts_with("redis://") || url.starts_with("rediss://") {
        let mut store = RedisKeyStore::connect(url, master).await?.with_hasher(hasher);
        if let Some(namespace) = namespace {
            store = store.with_namespace(&namespace).map_err(|error| Failure::usage(error.to_string()))?;
        }
        return Ok(SharedKeyStore::new(store));
    }
    Err(Failure::usage("the database URL begins with sqlite:, postgres:// or redis://"))
}
