//! Keys on disk, for a start while the issuer is away.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::fetch::LONGEST;
use crate::Timestamp;
use crate::crypto::random;

/// A document and what is written around it.
const LONGEST_FILE: u64 = LONGEST as u64 + 16 * 1024;
const VERSION: u32 = 1;

/// Where the last document of an issuer is kept.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    path: PathBuf,
    origin: Arc<str>,
}

/// A snapshot cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum SnapshotError {
    #[error("the file: {0}")]
    File(#[from] io::Error),
    #[error("others than its owner may write to the file")]
    WritableByOthers,
    #[error("the file is damaged")]
    Damaged,
    #[error("it is of another issuer")]
    OtherOrigin,
    #[error("it is too old, or from the future")]
    OutOfTime,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content<'a> {
    version: u32,
    origin: String,
    fetched_at_micros: i64,
    #[serde(borrow)]
    keys: &'a RawValue,
}

impl Snapshot {
    pub(super) const fn new(path: PathBuf, origin: Arc<str>) -> Self {
        Self { path, origin }
    }

    /// The document and when it was fetched; none where there is no file yet.
    pub(super) fn read(
        &self,
        now: Timestamp,
        max_stale: Duration,
    ) -> Result<Option<(Arc<str>, Timestamp)>, SnapshotError> {
        // Opening what is no file may wait for ever.
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            about => about?.is_file().then_some(()).ok_or(SnapshotError::Damaged)?,
        }
        let file = File::open(&self.path)?;
        let about = file.metadata()?;
        if is_writable_by_others(&about) {
            return Err(SnapshotError::WritableByOthers);
        }
        let mut text = String::new();
        let read = file.take(LONGEST_FILE + 1).read_to_string(&mut text);
        let read = read.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => SnapshotError::Damaged,
            _ => SnapshotError::File(error),
        })?;
        if u64::try_from(read).map_or(true, |read| read > LONGEST_FILE) {
            return Err(SnapshotError::Damaged);
        }
        let content: Content<'_> = serde_json::from_str(&text).map_err(|_| SnapshotError::Damaged)?;
        if content.version != VERSION {
            return Err(SnapshotError::Damaged);
        }
        if content.origin != *self.origin {
            return Err(SnapshotError::OtherOrigin);
        }
        let at = Timestamp::from_unix_micros(content.fetched_at_micros);
        if at > now || now.abs_diff(at) > max_stale {
            return Err(SnapshotError::OutOfTime);
        }
        Ok(Some((content.keys.get().into(), at)))
    }

    /// Replaces the file as a whole: whoever reads it finds this document or the one before.
    pub(super) async fn write(self, text: Arc<str>, at: Timestamp) -> Result<(), SnapshotError> {
        let written = tokio::task::spawn_blocking(move || self.write_now(&text, at));
        written.await.unwrap_or_else(|error| Err(io::Error::other(error).into()))
    }

    fn write_now(&self, text: &str, at: Timestamp) -> Result<(), SnapshotError> {
        let keys: &RawValue = serde_json::from_str(text).map_err(|_| SnapshotError::Damaged)?;
        let origin = self.origin.to_string();
        let content = Content { version: VERSION, origin, fetched_at_micros: at.as_unix_micros(), keys };
        let content = serde_json::to_vec(&content).map_err(|_| SnapshotError::Damaged)?;
        let unique = random::hex::<8>().map_err(io::Error::other)?;
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{unique}"));
        let beside = self.path.with_file_name(name);
        let written = write_whole(&beside, &content).and_then(|()| fs::rename(&beside, &self.path));
        if written.is_err() {
            // What is left of it is of no use; that it stays is the smaller failure.
            let _ = fs::remove_file(&beside);
        }
        Ok(written?)
    }
}

/// A new file that only its owner may read or write.
fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(unix)]
fn is_writable_by_others(about: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o022 != 0
}

#[cfg(not(unix))]
const fn is_writable_by_others(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const TEXT: &str = "{\"keys\":\n [ ]}";

    fn written() -> (tempfile::TempDir, Snapshot) {
        let folder = tempfile::tempdir().expect("folder");
        let snapshot = Snapshot::new(folder.path().join("keys.json"), "https://a.example".into());
        snapshot.write_now(TEXT, NOW).expect("written");
        (folder, snapshot)
    }

    #[test]
    fn what_is_written_is_read_to_the_letter() {
        let (folder, snapshot) = written();
        let read = snapshot.read(NOW, DAY).expect("read");
        assert_eq!(read, Some((TEXT.into(), NOW)));
        // Nothing else is left beside it, also when it is replaced.
        snapshot.write_now("{}", NOW).expect("written");
        let names: Vec<_> = fs::read_dir(folder.path())
            .expect("folder")
            .map(|file| file.expect("file").file_name())
            .collect();
        assert_eq!(names, ["keys.json"]);
        assert_eq!(snapshot.read(NOW, DAY).expect("read"), Some(("{}".into(), NOW)));
    }

    #[test]
    fn a_missing_file_is_no_mistake() {
        let (folder, _) = written();
        let snapshot = Snapshot::new(folder.path().join("other.json"), "https://a.example".into());
        assert!(matches!(snapshot.read(NOW, DAY), Ok(None)));
    }

    #[test]
    fn a_snapshot_is_never_too_old_nor_from_the_future() {
        let (_folder, snapshot) = written();
        assert!(snapshot.read(NOW.saturating_add(DAY), DAY).is_ok());
        let micro = Duration::from_micros(1);
        for now in [NOW.saturating_add(DAY + micro), NOW.saturating_sub(micro)] {
            assert!(matches!(snapshot.read(now, DAY), Err(SnapshotError::OutOfTime)));
        }
    }

    #[test]
    fn the_snapshot_of_another_issuer_is_refused() {
        let (_folder, snapshot) = written();
        let other = Snapshot::new(snapshot.path.clone(), "https://a.example/".into());
        assert!(matches!(other.read(NOW, DAY), Err(SnapshotError::OtherOrigin)));
    }

    #[test]
    fn a_damaged_snapshot_is_an_error_whatever_the_damage() {
        let (_folder, snapshot) = written();
        let good = fs::read(&snapshot.path).expect("file");
        let damaged = |content: &[u8]| {
            fs::write(&snapshot.path, content).expect("written");
            let read = snapshot.read(NOW, DAY);
            assert!(matches!(read, Err(SnapshotError::Damaged)), "{:?}: {read:?}", content.get(..20));
        };
        for length in 0..good.len() {
            damaged(&good[..length]);
        }
        damaged(&[&good[..], b"x"].concat());
        damaged(&[0xff; 100]);
        damaged(&vec![b' '; 1 << 20]);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_and_one_that_others_may_write_is_not_read() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, snapshot) = written();
        let mode = |path: &Path| fs::metadata(path).expect("file").permissions().mode() & 0o777;
        assert_eq!(mode(&snapshot.path), 0o600);
        for writable in [0o620, 0o602] {
            fs::set_permissions(&snapshot.path, fs::Permissions::from_mode(writable)).expect("mode");
            assert!(matches!(snapshot.read(NOW, DAY), Err(SnapshotError::WritableByOthers)));
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_and_nothing_is_left() {
        let (folder, _) = written();
        let snapshot = Snapshot::new(folder.path().join("none/keys.json"), "https://a.example".into());
        assert!(matches!(snapshot.write_now(TEXT, NOW), Err(SnapshotError::File(_))));
    }
}
