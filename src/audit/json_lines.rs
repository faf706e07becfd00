//! Events as lines of JSON.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{AuditEvent, AuditSink};
use crate::trace::event;

/// Writes one object of JSON in one line for each event.
///
/// A line is printable ASCII, whatever a client sends: all else is escaped, so that nobody
/// can forge a line or confuse a terminal. Each is written whole and flushed before
/// [`record`](AuditSink::record) returns; what the operating system does not have on the
/// disk yet when the power goes is lost. A line that cannot be written is counted in
/// [`failures`](Self::failures), and the first of a row of them is logged as an error. What
/// was written of it stays a line of its own.
///
/// # Fields
/// In this order; one that does not apply is left out. `user`, `account` and `site` are
/// whom the event is about: who the request is from, or whom the key belongs to.
///
/// | field | of the events | what it holds |
/// |---|---|---|
/// | `time` | all | RFC 3339, UTC, with microseconds |
/// | `event` | all | `authenticated` `anonymous` `refused` `first-use` `throttled` `key-issued` `key-rotated` `key-revoked` `key-edited` `key-switched` `key-limited` `key-leaked` `owner-added` `owner-limited` `owner-switched` `site-moved` `rights-changed` `entry-points-synced` |
/// | `request` | of requests | the request's id, where the application has one |
/// | `method` `path` | of requests | as sent, without the query |
/// | `entry_point` | of requests | the route, where it is not just the path |
/// | `peer` | of requests | the address, where it is known |
/// | `cut` | of requests | `true` where one of these was too long and has lost its end |
/// | `name` | `anonymous` | what such callers are called |
/// | `reason` `status` | `refused` | the [text](crate::Reason::text) of the reason, and the HTTP status that goes with it |
/// | `scheme` `realm` `key` | of requests but `anonymous` `throttled`, and of keys | the credential: its scheme, and the realm and id of a stored key |
/// | `user` `account` `site` | all but `anonymous` `refused` `throttled` | ids |
/// | `address` | `first-use` | the address that the key is new at |
/// | `network` `seconds` | `throttled` | the addresses that have to wait, and for how long |
/// | `by` | of changes | who made it, where that was said |
/// | `reason` | `key-revoked` | as it was given |
/// | `label` `note` `not_before` `expires_at` `scopes` `limits` | `key-edited` | what was edited; `null` for a moment that was removed |
/// | `limits` | `owner-limited` | the limits that hold now |
/// | `place` `withdrawn` | `key-leaked` | where it was found, and whether that withdrew it |
/// | `url` | `site-moved` | the URL, or `null` |
/// | `change` `group` `role` `privilege` | `rights-changed` | the [name](super::RightsChange::name) of the change, and what it is about |
/// | `added` `changed` `gone` | `entry-points-synced` | names |
/// | `enabled` | `key-switched` `owner-switched` | `true` or `false` |
/// | `entry_points` or `networks` | `key-limited` | a list, or `null` for no limit |
///
/// ```
/// use portcullis::audit::{AuditEvent, AuditSink, JsonLines, RequestFacts};
/// use portcullis::{AuthError, Reason, Timestamp};
/// let sink = JsonLines::new(Vec::new());
/// let (now, request) = (Timestamp::from_unix_seconds(0), RequestFacts::new("GET", "/a\nb"));
/// sink.record(&AuditEvent::refused(now, request, &AuthError::new(Reason::Expired)));
/// assert_eq!(
///     String::from_utf8(sink.into_inner())?,
///     r#"{"time":"1970-01-01T00:00:00.000000Z","event":"refused","method":"GET","path":"/a\u000ab","#
///         .to_owned()
///         + r#""reason":"the credential has expired","status":401}"#
///         + "\n"
/// );
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
pub struct JsonLines<W> {
    output: Mutex<Output<W>>,
    failures: AtomicU64,
}

struct Output<W> {
    writer: W,
    /// The last line has no end: the next one begins with it.
    torn: bool,
    failing: bool,
}

impl<W: Write + Send + 'static> JsonLines<W> {
    /// Writes to `writer`. Whether others write there too is the caller's to know.
    #[must_use]
    pub const fn new(writer: W) -> Self {
        let output = Output { writer, torn: false, failing: false };
        Self { output: Mutex::new(output), failures: AtomicU64::new(0) }
    }
}

impl JsonLines<File> {
    /// Appends to a file, or makes it: on Unix with mode 600, for who calls what from where
    /// is nobody else's business. The mode of a file that is there already stays. Several
    /// processes may append to the same file. A last line without an end, which a process
    /// that was killed may leave, is ended.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn append(path: impl AsRef<Path>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let mut last = [b'\n'];
        if file.metadata()?.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        let output = Output { writer: file, torn: last != [b'\n'], failing: false };
        Ok(Self { output: Mutex::new(output), failures: AtomicU64::new(0) })
    }
}

impl<W> JsonLines<W> {
    /// How many events could not be written.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// The writer.
    pub fn into_inner(self) -> W {
        self.output.into_inner().unwrap_or_else(PoisonError::into_inner).writer
    }
}

impl<W: Write> Output<W> {
    fn write(&mut self, line: &str) -> io::Result<()> {
        if self.torn {
            self.writer.write_all(b"\n")?;
            self.torn = false;
        }
        let mut rest = line.as_bytes();
        while !rest.is_empty() {
            match self.writer.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    rest = rest.get(count..).unwrap_or_default();
                    self.torn = !rest.is_empty();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.writer.flush()
    }
}

impl<W: Write + Send + 'static> AuditSink for JsonLines<W> {
    fn record(&self, event: &AuditEvent<'_>) {
        let mut line = event.to_json();
        line.push('\n');
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let written = output.write(&line);
        if let Err(_error) = &written {
            self.failures.fetch_add(1, Ordering::Relaxed);
            if !output.failing {
                event!(error, error = %_error, "the audit log cannot be written");
            }
        }
        output.failing = written.is_err();
    }
}

impl<W> fmt::Debug for JsonLines<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines").field("failures", &self.failures()).finish_non_exhaustive()
    }
}
