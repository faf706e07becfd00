//! The folder of the service: the master key and the database, for its owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use portcullis::store::sqlite::MasterKey;

use crate::process::Failure;

/// The folder with everything that is kept.
pub(crate) struct DataFolder(PathBuf);

/// Whether this service ran here before.
pub(crate) enum Start {
    /// It did not.
    First,
    /// It did, or at least began to.
    Later,
}

impl DataFolder {
    /// The folder that `QUICKSTART_DATA` names, else `quickstart-data`.
    pub(crate) fn from_environment() -> Self {
        Self(std::env::var_os("QUICKSTART_DATA").unwrap_or_else(|| "quickstart-data".into()).into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("keys.db")
    }

    /// The key that signing secrets are sealed under. The first start makes it, the
    /// folder, and an empty database.
    pub(crate) fn master_key(&self) -> Result<(MasterKey, Start), Failure> {
        let path = self.0.join("master.key");
        let failed = |error: io::Error| format!("{}: {error}", path.display());
        if path.try_exists().map_err(failed)? {
            return match MasterKey::from_bytes(&fs::read(&path).map_err(failed)?) {
                Ok(master) => Ok((master, Start::Later)),
                Err(error) if self.database().exists() => Err(format!("{}: {error}", path.display()).into()),
                Err(_) => Err(self.not_whole()),
            };
        }
        if self.database().exists() {
            return Err(format!("{} is gone, and without it no secret can be opened", path.display()).into());
        }
        let folder = private_folder().create(&self.0);
        folder.map_err(|error| format!("{}: {error}", self.0.display()))?;
        let master = MasterKey::generate()?;
        let mut file = create_private(&path).map_err(failed)?;
        file.write_all(master.expose()).and_then(|()| file.sync_all()).map_err(failed)?;
        // SQLite keeps the mode of a file that is there, and gives it to its log too.
        create_private(&self.database()).map_err(failed)?;
        Ok((master, Start::First))
    }

    /// What to say of a folder in which a first start did not come to its end.
    pub(crate) fn not_whole(&self) -> Failure {
        let path = self.0.display();
        format!(
            "the first start in {path} was interrupted or is still under way; delete {path} and start again"
        )
        .into()
    }
}

#[cfg(unix)]
fn private_folder() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    builder
}

/// A file that was not there before.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
