//! A request that somebody pasted.

use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;

use super::hint::Hint;
use super::{InvalidRequest, curl, dump};
use crate::Timestamp;
use crate::request::{BodyGate, RequestTarget, RequestView};

/// The longest text that is read, in bytes.
const LONGEST: usize = 256 * 1024;
/// As many lines of headers as servers take, and more.
pub(super) const MOST_HEADERS: usize = 256;

/// A request as text: a dump of it, or the `curl` line that makes it.
///
/// Its `Debug` has neither values of headers, nor the query, nor the body: secrets stand there.
///
/// ```
/// use portcullis::explain::ExplainedRequest;
///
/// let dump = "POST /orders?page=2 HTTP/1.1\r\nHost: a.example\r\nContent-Type: text/plain\r\n\r\nhello";
/// let curl = "curl -H 'Content-Type: text/plain' -d hello 'https://a.example/orders?page=2'";
/// for text in [dump, curl] {
///     let request = ExplainedRequest::parse(text)?;
///     assert_eq!((request.method(), request.path()), ("POST", "/orders"));
/// }
/// # Ok::<(), portcullis::explain::InvalidRequest>(())
/// ```
#[derive(Clone)]
pub struct ExplainedRequest {
    pub(super) method: String,
    pub(super) scheme: Option<String>,
    pub(super) authority: Option<String>,
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// Names in lower case.
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Bytes,
    /// What is odd about the text, and may explain more than the request does.
    pub(super) remarks: Vec<Hint>,
    pub(super) peer: Option<IpAddr>,
    pub(super) entry_point: Option<String>,
}

impl ExplainedRequest {
    /// Reads either form; what begins with the word `curl` is a curl line.
    ///
    /// A dump is the text of the request as HTTP/1.1 has it: request line, headers, a blank line and
    /// the body, which need not be text. Lines may end in LF alone.
    ///
    /// A curl line is read as a POSIX shell and curl would read it: quotes of all kinds, `\` at the
    /// ends of lines, options in any order. The headers that curl adds by itself are added, but for
    /// `User-Agent`. Options that change nothing of what is sent are passed over. What would have to
    /// be read from a file, from a variable of the shell, or from another program is refused, as are
    /// `-F`, whose boundary curl makes up, and `--aws-sigv4`, which signs only when curl runs.
    ///
    /// A form of a web page makes every line end CR LF, also in a body. Where that matters, the
    /// [diagnosis](super::Explanation::diagnosis) says so of the schemes that sign the body itself.
    ///
    /// # Errors
    /// When the text is longer than 256 KiB, has more than 256 headers, or is neither.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, InvalidRequest> {
        let text = text.as_ref();
        if text.len() > LONGEST {
            return Err(InvalidRequest::whole("it is longer than 256 KiB"));
        }
        match curl::is_curl(text) {
            true => curl::parse(text),
            false => dump::parse(text),
        }
    }

    /// Says which address the request came from.
    #[must_use]
    pub const fn with_peer(mut self, peer: IpAddr) -> Self {
        self.peer = Some(peer);
        self
    }

    /// Says what the route of the request is called; its path without this.
    #[must_use]
    pub fn with_entry_point(mut self, name: impl Into<String>) -> Self {
        self.entry_point = Some(name.into());
        self
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path, without the query. It is a stranger's text.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_slice())
    }

    /// The request as authenticators see it.
    pub(super) fn view<'a>(&'a self, gate: &'a BodyGate, at: Timestamp) -> RequestView<'a> {
        let target = RequestTarget {
            method: &self.method,
            scheme: self.scheme.as_deref(),
            authority: self.authority.as_deref(),
            path: &self.path,
            query: self.query.as_deref(),
        };
        let request = RequestView::new(target, &self.headers, gate, at).with_peer(self.peer);
        request.with_entry_point(self.entry_point.as_deref())
    }
}

impl fmt::Debug for ExplainedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("ExplainedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &names)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}
