//! The store that the environment names, opened.

use std::path::PathBuf;
use std::time::Duration;

use portcullis::store::postgres::PostgresKeyStore;
use portcullis::store::redis::RedisKeyStore;
use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::store::{
    EntryPointStore, KeyRingStore, LegacyKeyStore, RoleAdmin, SharedKeyRings, SharedKeyStore, SiteDirectory,
    StoreError, StoredPrincipal,
};
use redis::IntoConnectionInfo;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::failure::{Code, Failure};
use crate::settings::StoreSettings;

/// How long a server may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(5);

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

/// A store, for both kinds of commands.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) keys: SharedKeyStore,
    /// Where secrets of other services are too.
    pub(crate) rings: SharedKeyRings,
}

impl Opened {
    fn new<S: Store + KeyRingStore + SiteDirectory>(store: S) -> Self {
        Self { rings: SharedKeyRings::new(store.clone()), keys: SharedKeyStore::new(store) }
    }
}

/// Connects. Of the URL, which may hold a password, no more than its beginning is ever said.
/// What may be made is made: tables in SQLite and PostgreSQL; Redis has none.
pub(crate) async fn open(settings: StoreSettings, missing: Missing) -> Result<Opened, Failure> {
    let StoreSettings { url, master, hasher, namespace } = settings;
    let url = url.expose_text().unwrap_or_default();
    if url.starts_with("sqlite:") {
        let file = sqlite_file(url)?;
        if (missing == Missing::Refuse || !file.may_be_made) && !file.path.exists() {
            let text =
                "there is no such SQLite file: `portcullis migrate` makes it, unless the URL has mode=rw";
            return Err(Failure::new(Code::Store, text));
        }
        let store = SqliteKeyStore::connect(file.path, master).await?.with_hasher(hasher);
        if missing == Missing::Make {
            store.migrate().await?;
        }
        return Ok(Opened::new(store));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let options: PgConnectOptions =
            url.parse().map_err(|_| Failure::usage("the database URL is none that PostgreSQL takes"))?;
        knock(&options).await?;
        let store = PostgresKeyStore::connect(url, master).await?.with_hasher(hasher);
        if missing == Missing::Make {
            store.migrate().await?;
        }
        return Ok(Opened::new(store));
    }
    if url.starts_with("redis://") || url.starts_with("rediss://") {
        readable(url)?;
        let mut store = RedisKeyStore::connect(url, master).await?.with_hasher(hasher);
        if let Some(namespace) = namespace {
            store = store.with_namespace(&namespace).map_err(|error| Failure::usage(error.to_string()))?;
        }
        return Ok(Opened::new(store));
    }
    Err(Failure::usage("the database URL begins with sqlite:, postgres:// or redis://"))
}

/// Refuses a URL that Redis's driver does not read; without TLS, that is also every `rediss://`.
fn readable(url: &str) -> Result<(), Failure> {
    if url.into_connection_info().is_ok() {
        return Ok(());
    }
    let clear = url.strip_prefix("rediss:").map(|rest| format!("redis:{rest}"));
    let lacks_tls = clear.is_some_and(|clear| clear.into_connection_info().is_ok());
    Err(Failure::usage(if lacks_tls {
        "the database URL asks for TLS, which this binary was built without: see the feature `tls`"
    } else {
        "the database URL is none that Redis takes"
    }))
}

/// A file that a URL names.
#[derive(Debug, PartialEq, Eq)]
struct SqliteFile {
    path: PathBuf,
    may_be_made: bool,
}

/// Reads a URL as `sqlx` does, but for what would leave nothing behind or is not done here.
fn sqlite_file(url: &str) -> Result<SqliteFile, Failure> {
    let wrong = || {
        Failure::usage("the database URL is sqlite:<path>, with no more than ?mode=rwc or ?mode=rw behind it")
    };
    let (address, may_be_made) = match url.split_once('?') {
        None => (url, true),
        Some((address, "mode=rwc")) => (address, true),
        Some((address, "mode=rw")) => (address, false),
        Some(_) => return Err(wrong()),
    };
    let options: SqliteConnectOptions = address.parse().map_err(|_| wrong())?;
    let path = options.get_filename().to_owned();
    let named = !path.as_os_str().is_empty() && !address.ends_with(":memory:");
    named.then_some(SqliteFile { path, may_be_made }).ok_or_else(wrong)
}

/// Connects once: a pool would try again and again, and then say no more than that it did.
async fn knock(options: &PgConnectOptions) -> Result<(), Failure> {
    let connection: PgConnection = match tokio::time::timeout(PATIENCE, options.connect()).await {
        Ok(connection) => connection.map_err(StoreError::unavailable)?,
        Err(_) => return Err(StoreError::unavailable("no answer within 5 seconds").into()),
    };
    // One that does not part in good order is gone all the same.
    let _ = connection.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_sqlite_names_a_file() {
        for (url, path, may_be_made) in [
            ("sqlite:keys.db", "keys.db", true),
            ("sqlite://keys.db?mode=rwc", "keys.db", true),
            ("sqlite:///var/keys.db?mode=rw", "/var/keys.db", false),
            ("sqlite:a%20b%3Fc", "a b?c", true),
        ] {
            assert_eq!(sqlite_file(url).expect(url), SqliteFile { path: path.into(), may_be_made }, "{url}");
        }
        for url in [
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite://:memory:",
            "sqlite:?mode=rwc",
            "sqlite:keys.db?",
            "sqlite:keys.db?mode=memory",
            "sqlite:keys.db?mode=ro",
            "sqlite:keys.db?mode=rwc&cache=shared",
        ] {
            assert!(sqlite_file(url).is_err(), "{url}");
        }
    }
}
