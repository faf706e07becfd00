//! A `curl` line, as the request that curl would send.

mod options;
mod url;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::request::MOST_HEADERS;
use super::{ExplainedRequest, InvalidRequest, shell};
use options::{Given, Meaning};
use url::Url;

/// Whether a text is a curl line: by its first word, behind the prompt of a shell.
pub(super) fn is_curl(text: &[u8]) -> bool {
    let text = without_prompt(text);
    let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or(text);
    let name = word.rsplit(|byte| *byte == b'/').next().unwrap_or(word);
    matches!(name, b"curl" | b"curl.exe")
}

fn without_prompt(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    text.strip_prefix(b"$ ").map_or(text, |text| text.trim_ascii_start())
}

/// Reads a curl line.
pub(super) fn parse(text: &[u8]) -> Result<ExplainedRequest, InvalidRequest> {
    let command = without_prompt(text);
    // What is left out before is made up for by blanks, so that places are right.
    let mut blank: Vec<u8> = text.to_vec();
    let before = text.len() - command.len();
    blank.iter_mut().take(before).filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    let words = shell::words(&blank)?;
    let mut line = Line::default();
    for given in options::read(words.into_iter().skip(1))? {
        line.take(given)?;
    }
    line.request()
}

/// What the options say.
#[derive(Default)]
struct Line {
    method: Option<Vec<u8>>,
    url: Option<Vec<u8>>,
    /// As they were written.
    headers: Vec<Vec<u8>>,
    data: Option<Vec<u8>>,
    query: Vec<Vec<u8>>,
    json: bool,
    get: bool,
    head: bool,
    user: Option<Vec<u8>>,
    bearer: Option<Vec<u8>>,
    user_agent: Option<Vec<u8>>,
    referer: Option<Vec<u8>>,
    cookies: Vec<Vec<u8>>,
    compressed: bool,
    path_as_is: bool,
    glob_off: bool,
}

impl Line {
    fn take(&mut self, Given { meaning, name, value }: Given) -> Result<(), InvalidRequest> {
        let wrong = |why| InvalidRequest::option(&name, why);
        let is_file = value.first() == Some(&b'@');
        match meaning {
            Meaning::Method => self.method = Some(value),
            Meaning::Header | Meaning::Data(true) | Meaning::Json if is_file => return Err(wrong(FILE)),
            Meaning::Header if self.headers.len() >= MOST_HEADERS => {
                return Err(wrong("a request has at most 256 headers"));
            }
            Meaning::Header => self.headers.push(value),
            Meaning::Data(_) => self.add_data(&value),
            Meaning::DataUrlencode => self.add_data(&encoded(&value).ok_or_else(|| wrong(FILE))?),
            Meaning::Json => {
                self.json = true;
                self.data.get_or_insert_default().extend(value);
            }
            Meaning::UrlQuery => self.query.push(match value.strip_prefix(b"+") {
                Some(plain) => plain.to_vec(),
                None => encoded(&value).ok_or_else(|| wrong(FILE))?,
            }),
            Meaning::Url if self.url.is_some() => return Err(wrong("there is more than one URL")),
            Meaning::Url => self.url = Some(value),
            Meaning::Get => self.get = true,
            Meaning::Head => self.head = true,
            Meaning::User if !value.contains(&b':') => {
                return Err(wrong("curl would ask for the password: write it behind a colon"));
            }
            Meaning::User => self.user = Some(value),
            Meaning::Bearer => self.bearer = Some(value),
            Meaning::UserAgent => self.user_agent = Some(value),
            Meaning::Referer => {
                self.referer = Some(value.strip_suffix(b";auto").unwrap_or(&value).to_vec());
            }
            Meaning::Cookie if !value.contains(&b'=') => return Err(wrong(FILE)),
            Meaning::Cookie => self.cookies.push(value),
            Meaning::Compressed => self.compressed = true,
            Meaning::PathAsIs => self.path_as_is = true,
            Meaning::GlobOff => self.glob_off = true,
            Meaning::Nothing | Meaning::NothingOf => {}
            Meaning::Refused(why) => return Err(wrong(why)),
        }
        Ok(())
    }

    fn add_data(&mut self, value: &[u8]) {
        if let Some(data) = &mut self.data {
            data.push(b'&');
        }
        self.data.get_or_insert_default().extend_from_slice(value);
    }

    fn request(mut self) -> Result<ExplainedRequest, InvalidRequest> {
        let url = self.url.take().ok_or_else(|| InvalidRequest::curl("there is no URL"))?;
        let mut url = url::read(&url, self.path_as_is, !self.glob_off)?;
        if self.get {
            self.query.extend(self.data.take());
        }
        for part in std::mem::take(&mut self.query) {
            let part =
                String::from_utf8(part).ok().filter(|part| part.bytes().all(|byte| byte.is_ascii_graphic()));
            let part =
                part.ok_or_else(|| InvalidRequest::curl("what goes into the query is not printable ASCII"))?;
            url.query = Some(match url.query.filter(|query| !query.is_empty()) {
                Some(query) => format!("{query}&{part}"),
                None => part,
            });
        }
        if self.head && self.data.is_some() {
            return Err(InvalidRequest::option(b"-I", "a HEAD has no data: curl refuses this, but for -G"));
        }
        let method = self.method()?;
        let headers = self.headers(&url)?;
        Ok(ExplainedRequest {
            method,
            // As a server sees it that is asked by a path.
            scheme: None,
            authority: None,
            path: url.path,
            query: url.query,
            headers,
            body: Bytes::from(self.data.unwrap_or_default()),
            remarks: Vec::new(),
            peer: None,
            entry_point: None,
        })
    }

    fn method(&mut self) -> Result<String, InvalidRequest> {
        let Some(method) = self.method.take() else {
            let method = if self.head {
                "HEAD"
            } else if self.data.is_some() {
                "POST"
            } else {
                "GET"
            };
            return Ok(method.to_owned());
        };
        let method = String::from_utf8(method).ok();
        let method =
            method.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()));
        method.ok_or_else(|| InvalidRequest::option(b"-X", "a method is a word"))
    }

    /// Those that the line has, in place of those that curl adds; names in lower case.
    fn headers(&mut self, url: &Url) -> Result<Vec<(String, Vec<u8>)>, InvalidRequest> {
        let (mut own, mut removed) = (Vec::new(), Vec::new());
        for header in &self.headers {
            match one_header(header)? {
                (name, Some(value)) => own.push((name, value)),
                (name, None) => removed.push(name),
            }
        }
        let basic = |user: &[u8]| format!("Basic {}", STANDARD.encode(user)).into_bytes();
        let bearer = self.bearer.as_ref().map(|token| [b"Bearer ", token.as_slice()].concat());
        let user = self.user.as_deref().or(url.user.as_deref());
        let length = self.data.as_ref().map(|data| data.len().to_string().into_bytes());
        let form: &[u8] = if self.json { b"application/json" } else { b"application/x-www-form-urlencoded" };
        let accept: &[u8] = if self.json { b"application/json" } else { b"*/*" };
        let cookies = (!self.cookies.is_empty()).then(|| self.cookies.join(&b';'));
        let by_curl = [
            ("host", Some(url.authority.clone().into_bytes())),
            ("authorization", bearer.or_else(|| user.map(basic))),
            ("user-agent", self.user_agent.take().filter(|agent| !agent.is_empty())),
            ("accept", Some(accept.to_vec())),
            ("accept-encoding", self.compressed.then(|| b"deflate, gzip, br, zstd".to_vec())),
            ("referer", self.referer.take()),
            ("cookie", cookies),
            ("content-length", length),
            ("content-type", self.data.as_ref().map(|_| form.to_vec())),
        ];
        let is_own =
            |name: &str| own.iter().any(|(held, _)| held == name) || removed.iter().any(|held| held == name);
        let added = by_curl.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let mut headers: Vec<_> =
            added.filter(|(name, _)| !is_own(name)).map(|(name, value)| (name.to_owned(), value)).collect();
        if headers.iter().any(|(_, value)| !is_one_line(value)) {
            return Err(InvalidRequest::curl("what goes into a header has a line end"));
        }
        headers.extend(own);
        Ok(headers)
    }
}

const FILE: &str = "it names a file that is not here: write what is in it";

/// The name of a header that the line has, and its value; none where curl sends no such header.
fn one_header(text: &[u8]) -> Result<(String, Option<Vec<u8>>), InvalidRequest> {
    let wrong = |why| InvalidRequest::option(b"-H", why);
    let end = text.iter().position(|byte| *byte == b':');
    // `Name;` is one that is sent empty.
    let (name, value) = match (end, text.strip_suffix(b";")) {
        (Some(end), _) => {
            let value = text.get(end + 1..).unwrap_or_default().trim_ascii();
            (text.get(..end).unwrap_or_default(), (!value.is_empty()).then(|| value.to_vec()))
        }
        (None, Some(name)) => (name, Some(Vec::new())),
        (None, None) => return Err(wrong("a header has a name and a colon")),
    };
    let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty());
    let name = name.filter(|name| name.bytes().all(|byte| byte.is_ascii_graphic()));
    let name = name.ok_or_else(|| wrong("the name of a header is a word"))?;
    if value.as_ref().is_some_and(|value| !is_one_line(value)) {
        return Err(wrong("the value of a header has a line end"));
    }
    Ok((name.to_ascii_lowercase(), value))
}

fn is_one_line(value: &[u8]) -> bool {
    !value.contains(&b'\n') && !value.contains(&b'\r')
}

/// Data as `--data-urlencode` encodes it; none where it names a file.
fn encoded(value: &[u8]) -> Option<Vec<u8>> {
    let (name, content) = match value.iter().position(|byte| matches!(byte, b'=')) {
        Some(at) => (value.get(..at).unwrap_or_default(), value.get(at + 1..).unwrap_or_default()),
        None if value.contains(&b'@') => return None,
        None => (b"".as_slice(), value),
    };
    let mut out = name.to_vec();
    if !name.is_empty() {
        out.push(b'=');
    }
    for byte in content {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(*byte),
            b' ' => out.push(b'+'),
            other => out.extend(format!("%{other:02X}").bytes()),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests;
