//! A key store of one's own: a JSON file, and the battery that every store must pass.
//!
//! ```text
//! cargo run --example custom_key_store --features "memory sqlite cached conformance"
//! cargo test --example custom_key_store --features "memory sqlite cached conformance"
//! ```
//!
//! The program opens `custom-keys.json` in the present folder, or the file that its first
//! argument names, issues a key, and lists what the file has: run it twice, and the first
//! key is still there. The master key, under which the secrets of signing keys are sealed,
//! is read from `MASTER_KEY_FILE`, or made anew in `custom-keys.master`.
//!
//! The tests are the battery: what the store promises, a test for each promise, and once more
//! behind what it may be wrapped in.

mod admin;
mod file;
mod state;
mod store;

use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use portcullis::store::{KeyFormat, KeyOwner, KeyQuery, MasterKey, NewKey};
use portcullis::{Clock, KeyAdmin, Realm, Scheme, SystemClock};

use store::FileKeyStore;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let path = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("custom-keys.json"), PathBuf::from);
    let keys = FileKeyStore::open(&path, master_key(&path)?)?;
    let now = SystemClock.now();

    let format = KeyFormat::checked("demo", "test")?;
    let key = NewKey::new(Scheme::ApiKey, KeyOwner::default()).with_format(format);
    let issued = keys.issue(key.with_label("made by the example"), now).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "issued {}: {}", issued.id, issued.secret.expose_text().unwrap_or_default())?;
    for key in keys.list(&KeyQuery::new(Realm::default()), now).await? {
        writeln!(out, "{}\t{:?}\t{}", key.id, key.status_at(now), key.label)?;
    }
    Ok(())
}

/// The master key that belongs to a file of keys.
fn master_key(keys: &Path) -> Result<MasterKey, Failure> {
    let named = std::env::var_os("MASTER_KEY_FILE").map(PathBuf::from);
    let path = named.unwrap_or_else(|| keys.with_extension("master"));
    match std::fs::read(&path) {
        Ok(bytes) => Ok(MasterKey::from_bytes(&bytes)?),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let master = MasterKey::generate()?;
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(master.expose())?;
            file.sync_all()?;
            Ok(master)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use portcullis::conformance::{Fresh, battery};
    use portcullis::store::cached::CachedKeyStore;

    use super::*;

    async fn fresh_file() -> Fresh<FileKeyStore> {
        let folder = tempfile::tempdir().expect("a folder");
        let master = MasterKey::generate().expect("random");
        let store = FileKeyStore::open(folder.path().join("keys.json"), master).expect("a store");
        Fresh::new(store).keeping(folder)
    }

    async fn fresh_file_cached() -> Fresh<CachedKeyStore<FileKeyStore>> {
        fresh_file().await.map(CachedKeyStore::new)
    }

    async fn fresh_file_behind_arc() -> Fresh<Arc<FileKeyStore>> {
        fresh_file().await.map(Arc::new)
    }

    battery! { #[tokio::test] json_file: fresh_file => keys }
    battery! { #[tokio::test] json_file_cached: fresh_file_cached => keys }
    battery! { #[tokio::test] json_file_behind_arc: fresh_file_behind_arc => keys }

    #[tokio::test]
    async fn a_key_is_still_there_when_the_file_is_opened_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, master) = (folder.path().join("keys.json"), MasterKey::generate().expect("random"));
        let now = portcullis::Timestamp::from_unix_seconds(0);
        let first = FileKeyStore::open(&path, master.clone()).expect("a store");
        let key = NewKey::new(Scheme::XAuth, KeyOwner::default());
        let issued = first.issue(key, now).await.expect("issued");
        drop(first);

        let again = FileKeyStore::open(&path, master).expect("a store");
        let (realm, id) = (Realm::default(), issued.id.as_str());
        let handle = portcullis::store::KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id };
        let found = portcullis::KeyStore::find(&again, &handle).await.expect("an answer").expect("the key");
        assert!(found.secrets_at(now).any(|live| live.secret().matches(issued.secret.expose())));
        let text = std::fs::read_to_string(&path).expect("the file");
        assert!(!text.contains(issued.secret.expose_text().expect("text")), "sealed");
    }
}
