//! All that an authenticator may see of a request.

use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;

use super::{BodyGate, BodyGuard, ClientCertificate, HeaderSource, Notes, cookie};
use crate::canonical::query;
use crate::{AuthError, Reason, Timestamp};

/// The parts of a request's first line, as they were sent.
#[derive(Clone, Copy, Debug)]
pub struct RequestTarget<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// `http` or `https`, where the request says so.
    pub scheme: Option<&'a str>,
    /// The authority of the target itself (absolute form, HTTP/2), not the `Host` header.
    pub authority: Option<&'a str>,
    /// The path, as sent: not decoded, not normalised.
    pub path: &'a str,
    /// The query after the `?`, as sent.
    pub query: Option<&'a str>,
}

impl<'a> RequestTarget<'a> {
    /// Method and path; for the rest, name the fields.
    #[must_use]
    pub const fn new(method: &'a str, path: &'a str, query: Option<&'a str>) -> Self {
        Self { method, scheme: None, authority: None, path, query }
    }
}

/// All that an authenticator may see: no body type, no framework type, and the time
/// the request arrived.
///
/// ```
/// use portcullis::request::{BodyGate, RequestTarget, RequestView};
/// use portcullis::Timestamp;
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("x-api-key", "k".parse()?);
/// let gate = BodyGate::new();
/// let target = RequestTarget::new("GET", "/orders", Some("page=2"));
/// let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(0));
/// assert_eq!(view.unique_header("x-api-key")?, Some("k"));
///
/// headers.append("x-api-key", "another".parse()?);
/// let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(0));
/// assert!(view.unique_header("x-api-key").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct RequestView<'a> {
    target: RequestTarget<'a>,
    headers: &'a dyn HeaderSource,
    body: &'a BodyGate,
    peer: Option<IpAddr>,
    entry_point: Option<&'a str>,
    pub(super) client_certificate: Option<&'a ClientCertificate>,
    pub(super) notes: Option<&'a Notes>,
    received_at: Timestamp,
}

impl<'a> RequestView<'a> {
    /// Puts a view together; what an adapter to a framework does.
    #[must_use]
    pub fn new(
        target: RequestTarget<'a>,
        headers: &'a dyn HeaderSource,
        body: &'a BodyGate,
        received_at: Timestamp,
    ) -> Self {
        let (peer, client_certificate, entry_point, notes) = (None, None, None, None);
        Self { target, headers, body, peer, entry_point, client_certificate, notes, received_at }
    }

    /// Says which address the request came from.
    #[must_use]
    pub const fn with_peer(mut self, peer: Option<IpAddr>) -> Self {
        self.peer = peer;
        self
    }

    /// Says which entry point the request is for: the name of the route that the
    /// framework's router matched, or the route's pattern.
    #[must_use]
    pub const fn with_entry_point(mut self, name: Option<&'a str>) -> Self {
        self.entry_point = name;
        self
    }

    /// Says where authenticators note what they accepted.
    #[must_use]
    pub const fn with_notes(mut self, notes: &'a Notes) -> Self {
        self.notes = Some(notes);
        self
    }

    /// The method, as sent.
    #[must_use]
    pub const fn method(&self) -> &'a str {
        self.target.method
    }

    /// `http` or `https`, where the request target says so.
    #[must_use]
    pub const fn scheme(&self) -> Option<&'a str> {
        self.target.scheme
    }

    /// The authority of the target itself, where it has one.
    #[must_use]
    pub const fn target_authority(&self) -> Option<&'a str> {
        self.target.authority
    }

    /// The authority that the request is for: of the target, else of the `Host` header.
    ///
    /// # Errors
    /// [`Reason::RepeatedHeader`] when there are two `Host` lines, and
    /// [`Reason::InvalidHost`] when `Host` and target disagree (RFC 9112, section 3.2.2 lets
    /// the target win; two answers to one question are refused here). Case, and the port
    /// that is the default of the target's scheme, make no difference (RFC 9110, section
    /// 4.2.3).
    pub fn authority(&self) -> Result<Option<&'a str>, AuthError> {
        let plain = |authority: &'a str| match self.target.scheme {
            Some("http") => authority.strip_suffix(":80").unwrap_or(authority),
            Some("https") => authority.strip_suffix(":443").unwrap_or(authority),
            _ => authority,
        };
        match (self.target.authority, self.unique_header("host")?) {
            (Some(target), Some(host)) if !plain(target).eq_ignore_ascii_case(plain(host)) => {
                Err(AuthError::new(Reason::InvalidHost))
            }
            (target, host) => Ok(target.or(host)),
        }
    }

    /// The path, as sent.
    #[must_use]
    pub const fn path(&self) -> &'a str {
        self.target.path
    }

    /// The query after the `?`, as sent.
    #[must_use]
    pub const fn query(&self) -> Option<&'a str> {
        self.target.query
    }

    /// The address of the peer, where the adapter knows it.
    #[must_use]
    pub const fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// The entry point that the request is for: the name or the pattern of its route, or
    /// the path as sent where no router has matched one.
    #[must_use]
    pub const fn entry_point(&self) -> &'a str {
        match self.entry_point {
            Some(name) => name,
            None => self.target.path,
        }
    }

    pub(crate) const fn headers(&self) -> &'a dyn HeaderSource {
        self.headers
    }

    /// When the request arrived.
    #[must_use]
    pub const fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// The only value of a header, without the white space around it (RFC 9110,
    /// section 5.5); `name` in lower case.
    ///
    /// # Errors
    /// [`Reason::RepeatedHeader`] when there is more than one line, and
    /// [`Reason::InvalidCharacters`] when the value is not printable ASCII.
    pub fn unique_header(&self, name: &str) -> Result<Option<&'a str>, AuthError> {
        let mut found: Option<&'a [u8]> = None;
        let mut lines = 0_usize;
        self.headers.visit(name, &mut |value| {
            found = Some(value);
            lines += 1;
        });
        match found {
            None => Ok(None),
            Some(_) if lines > 1 => Err(AuthError::new(Reason::RepeatedHeader)),
            Some(value) => printable(value).map(Some),
        }
    }

    /// Several headers in one go, each as by [`unique_header`](Self::unique_header).
    ///
    /// # Errors
    /// The same, for the first of them that is wrong.
    pub fn unique_headers<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Option<&'a str>; N], AuthError> {
        let mut found: [Option<&'a [u8]>; N] = [None; N];
        let mut repeated = false;
        self.headers.visit_all(&mut |name, value| {
            for (slot, wanted) in found.iter_mut().zip(names) {
                if name == wanted {
                    repeated |= slot.replace(value).is_some();
                }
            }
        });
        if repeated {
            return Err(AuthError::new(Reason::RepeatedHeader));
        }
        let mut values = [None; N];
        for (slot, value) in values.iter_mut().zip(found) {
            *slot = value.map(printable).transpose()?;
        }
        Ok(values)
    }

    /// The only value of a cookie, as sent; names know case. Other cookies may be whatever
    /// they are, in as many lines as HTTP/2 splits them into. Declare it by
    /// [`Carriers::add_cookie`](super::Carriers::add_cookie).
    ///
    /// # Errors
    /// [`Reason::RepeatedCookie`] when there are two of this name: another host of the
    /// domain can have set one of them. [`Reason::InvalidCharacters`] when the value is not
    /// printable ASCII.
    pub fn unique_cookie(&self, name: &str) -> Result<Option<&'a str>, AuthError> {
        cookie::unique(self.header_values("cookie"), name)?.map(printable).transpose()
    }

    /// Every value of a header, as sent: for schemes that sign repeated headers.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut values = Vec::new();
        self.headers.visit(name, &mut |value| values.push(value));
        values.into_iter()
    }

    /// Whether the request has this header at all, with whatever value.
    #[must_use]
    pub fn has_header(&self, name: &str) -> bool {
        let mut present = false;
        self.headers.visit(name, &mut |_| present = true);
        present
    }

    /// Calls `each` with every header line.
    pub fn for_each_header(&self, mut each: impl FnMut(&'a str, &'a [u8])) {
        self.headers.visit_all(&mut each);
    }

    /// The only value of a query parameter, as sent.
    ///
    /// # Errors
    /// [`Reason::RepeatedParameter`] when it is there twice, and
    /// [`Reason::UnreadableQuery`] when a name is the same only after decoding
    /// (`%61pikey` for `apikey`): whoever signs, logs or filters by the raw name
    /// would not see it.
    pub fn unique_parameter(&self, name: &str) -> Result<Option<&'a str>, AuthError> {
        let mut found = None;
        let query = self.target.query.unwrap_or_default();
        // Most queries have not even a byte of it, as sent or as an escape.
        if !query::may_have(query, name) {
            return Ok(None);
        }
        for pair in query::pairs(query) {
            if pair.name == name {
                if found.replace(pair.value.unwrap_or_default()).is_some() {
                    return Err(AuthError::new(Reason::RepeatedParameter));
                }
            } else if query::is_disguise_of(pair.name, name) {
                return Err(AuthError::new(Reason::UnreadableQuery));
            }
        }
        Ok(found)
    }

    /// The whole body, read once and at most up to the adapter's limit; the same bytes
    /// each time. The handler gets exactly these bytes.
    ///
    /// Ask *after* the key is found, so that strangers never make the service buffer.
    ///
    /// # Errors
    /// [`Reason::BodyTooLarge`] or [`Reason::UnreadableBody`].
    pub async fn body(&self) -> Result<Bytes, AuthError> {
        Ok(self.body.body().await?)
    }

    /// Whether the body is there already, and is empty.
    #[cfg(any(feature = "query-signature", feature = "sigv4", feature = "x-auth"))]
    pub(crate) fn is_known_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Lets the body stream to the handler under a guard, instead of reading it here. Where
    /// there are several, each is given what the one before it hands on.
    ///
    /// Ask *after* the signature over the head is found good.
    pub fn guard_body(&self, guard: impl BodyGuard) {
        self.body.guard(Box::new(guard));
    }

    /// When the body came, where it had to be waited for; never before the request.
    pub(crate) fn body_came(&self) -> Option<Timestamp> {
        self.body.came().map(|came| came.max(self.received_at))
    }
}

/// The value without the white space around it, if it is printable ASCII.
pub(crate) fn printable(value: &[u8]) -> Result<&str, AuthError> {
    // Looks at every byte, without leaving early: that is what makes it fast.
    let strange = |byte: u8| u8::from(byte.wrapping_sub(b' ') > b'~' - b' ') & u8::from(byte != b'\t');
    let strange = value.iter().fold(0, |any, byte| any | strange(*byte));
    match std::str::from_utf8(value) {
        Ok(text) if strange == 0 => Ok(without_outer_space(text)),
        _ => Err(AuthError::new(Reason::InvalidCharacters)),
    }
}

fn without_outer_space(text: &str) -> &str {
    let space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    if space(text.as_bytes().first()) || space(text.as_bytes().last()) {
        return text.trim_matches([' ', '\t']);
    }
    text
}

impl fmt::Debug for RequestView<'_> {
    /// Method and path only: headers and query may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestView")
            .field("method", &self.target.method)
            .field("path", &self.target.path)
            .field("peer", &self.peer)
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(
        query: Option<&str>,
        headers: &[(&str, &[u8])],
        check: impl FnOnce(RequestView<'_>) -> T,
    ) -> T {
        let headers: Vec<(String, Vec<u8>)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
        let gate = BodyGate::new();
        let target = RequestTarget { authority: Some("a.example"), ..RequestTarget::new("GET", "/", query) };
        check(RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(0)))
    }

    fn owned(found: Result<Option<&str>, AuthError>) -> Result<Option<String>, Reason> {
        found.map(|value| value.map(str::to_owned)).map_err(|error| error.reason())
    }

    #[test]
    fn white_space_around_a_value_is_not_part_of_it() {
        with(None, &[("x", b" \tv w\t ")], |view| {
            assert_eq!(view.unique_header("x").expect("one"), Some("v w"));
        });
    }

    #[test]
    fn bytes_outside_printable_ascii_are_an_error() {
        for value in [b"\xff".as_slice(), b"a\0b", b"a\x7f", "é".as_bytes()] {
            let reason = with(None, &[("x", value)], |view| owned(view.unique_header("x")));
            assert_eq!(reason, Err(Reason::InvalidCharacters));
            let cookie = [b"a=\xff; id=", value].concat();
            let reason = with(None, &[("cookie", &cookie)], |view| owned(view.unique_cookie("id")));
            assert_eq!(reason, Err(Reason::InvalidCharacters));
        }
    }

    #[test]
    fn a_host_that_disagrees_with_the_target_is_an_error() {
        let authority = |host: &[u8]| with(None, &[("host", host)], |v| owned(v.authority()));
        assert_eq!(authority(b"A.example"), Ok(Some("a.example".to_owned())));
        assert_eq!(authority(b"b.example"), Err(Reason::InvalidHost));
    }

    #[test]
    fn a_parameter_is_found_raw_and_unique_or_not_at_all() {
        let find = |query| with(Some(query), &[], |v| owned(v.unique_parameter("key")));
        assert_eq!(find("a=1&key=k=%41&b"), Ok(Some("k=%41".to_owned())));
        assert_eq!(find("a=1&key"), Ok(Some(String::new())));
        assert_eq!(find("a=1"), Ok(None));
        assert_eq!(find("key=1&a&key=1"), Err(Reason::RepeatedParameter));
        assert_eq!(find("k%65y=1"), Err(Reason::UnreadableQuery));
    }
}
