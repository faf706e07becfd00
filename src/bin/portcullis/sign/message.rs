//! A request before it is signed, for the schemes that sign its head.

use http::Request;
use http::request::Parts;
use portcullis::request::RequestTarget;

use super::url::Url;
use crate::failure::Failure;

/// What is sent, besides the credential.
#[derive(Clone, Debug)]
pub(crate) struct Sending<'a> {
    pub(crate) url: Url<'a>,
    pub(crate) method: &'a str,
    /// The header lines that curl does not add by itself.
    pub(crate) lines: Vec<String>,
    pub(crate) body: &'a [u8],
}

impl Sending<'_> {
    /// The head as the service will see it.
    pub(crate) fn head(&self) -> Result<Parts, Failure> {
        let uri = format!("{}{}", self.url.origin, self.url.target);
        let mut request = Request::builder().method(self.method).uri(uri);
        for line in &self.lines {
            let (name, value) = line.split_once(':').unwrap_or_default();
            request = request.header(name, value.trim_ascii());
        }
        let request =
            request.body(()).map_err(|_| Failure::usage("a header or the URL cannot be signed as it is"))?;
        Ok(request.into_parts().0)
    }

    /// The target with its authority.
    pub(crate) fn target(&self) -> RequestTarget<'_> {
        let (path, query) = match self.url.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.url.target, None),
        };
        let (scheme, authority) = self.url.origin.split_once("://").unwrap_or_default();
        let mut target = RequestTarget::new(self.method, path, query);
        (target.scheme, target.authority) = (Some(scheme), Some(authority));
        target
    }
}
