//! The parts of a URL that signing needs, as they are.

use crate::failure::Failure;

/// A URL in two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Url<'a> {
    /// Scheme and authority: `https://host:port`.
    pub(crate) origin: &'a str,
    /// Path and query, as they are sent.
    pub(crate) target: &'a str,
}

impl<'a> Url<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Failure> {
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
        let rest = rest.ok_or_else(|| Failure::usage("a URL begins with http:// or https://"))?;
        if !text.bytes().all(|byte| matches!(byte, b'!'..=b'~')) || text.contains(['#', '\\']) {
            return Err(Failure::usage("the URL has a #, a \\, or what is not printable ASCII: escape it"));
        }
        let authority = rest.find(['/', '?']).unwrap_or(rest.len());
        let (origin, target) = text.split_at(text.len() - rest.len() + authority);
        let Some(host) = rest.get(..authority).filter(|host| !host.is_empty() && !host.contains('@')) else {
            return Err(Failure::usage("the URL has no host, or a user in it"));
        };
        if host.contains(['{', '}', '|', '^', '`', '"', '<', '>']) {
            return Err(Failure::usage("the host of the URL is none"));
        }
        match target {
            "" => Ok(Self { origin, target: "/" }),
            _ if target.starts_with('/') => Ok(Self { origin, target }),
            _ => Err(Failure::usage("the URL has a query and no path: write a / before the ?")),
        }
    }

    /// The target with one more parameter, up to where its value begins.
    pub(crate) fn with_parameter(&self, name: &str) -> Result<String, Failure> {
        let target = self.target;
        let query = target.split_once('?').map(|(_, query)| query);
        let named = |pair: &str| pair.split('=').next() == Some(name);
        if query.is_some_and(|query| query.split('&').any(named)) {
            return Err(Failure::usage(format!("the URL has the parameter {name} already")));
        }
        let between = match query {
            None => "?",
            Some(query) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        Ok(format!("{target}{between}{name}="))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_an_origin_and_a_target() {
        for (text, origin, target) in [
            ("http://a", "http://a", "/"),
            ("https://a:1/b?c=http://d/", "https://a:1", "/b?c=http://d/"),
            ("http://[::1]:8080//x/../y?", "http://[::1]:8080", "//x/../y?"),
        ] {
            assert_eq!(Url::parse(text).expect(text), Url { origin, target });
        }
        for bad in [
            "",
            "a",
            "ftp://a/",
            "http://",
            "http:///a",
            "http://u:p@a/",
            "http://a/#b",
            "http://a/é",
            "http://a?b",
        ] {
            assert!(Url::parse(bad).is_err(), "{bad}");
        }
    }
}
