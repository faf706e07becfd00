//! Whom a credential is for.

use http::header::{HOST, LOCATION};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, Uri};

/// A scheme, a host and a port (RFC 6454, section 4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    is_https: bool,
    /// In lower case.
    host: String,
    port: u16,
}

/// The text is no origin: `https://api.example`, with or without a port, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an origin is a scheme, a host and perhaps a port")]
pub struct InvalidOrigin;

impl Origin {
    pub(super) fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let uri: Uri = text.parse().map_err(|_| InvalidOrigin)?;
        let authority = text.split_once("://").map(|(_, authority)| authority);
        // Not a path, not even the one that is always there.
        if authority != uri.authority().map(Authority::as_str) {
            return Err(InvalidOrigin);
        }
        Self::of(&uri).ok_or(InvalidOrigin)
    }

    /// The origin that a URI leads to; none where it names none, or a user.
    fn of(uri: &Uri) -> Option<Self> {
        let is_https = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        let host = authority.host();
        let port = match authority.as_str().strip_prefix(host)?.strip_prefix(':') {
            Some(port) => port.parse().ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit()))?,
            None if authority.as_str() == host => {
                if is_https {
                    443
                } else {
                    80
                }
            }
            None => return None,
        };
        (!host.is_empty()).then(|| Self { is_https, host: host.to_ascii_lowercase(), port })
    }

    /// Whether a request is for this origin: by its URI, and by its `Host` if it has one.
    pub(super) fn is_of(&self, head: &Parts) -> bool {
        let scheme = if self.is_https { "https" } else { "http" };
        let mut hosts = head.headers.get_all(HOST).iter();
        let host = hosts.next().map(|host| host.to_str().ok()?.parse::<Authority>().ok());
        let by_host = match host {
            None => true,
            Some(Some(host)) => {
                let uri = Uri::builder().scheme(scheme).authority(host).path_and_query("/").build();
                uri.is_ok_and(|uri| Self::of(&uri).as_ref() == Some(self))
            }
            Some(None) => false,
        };
        by_host && hosts.next().is_none() && Self::of(&head.uri).as_ref() == Some(self)
    }

    pub(super) const fn is_https(&self) -> bool {
        self.is_https
    }
}

/// Whether an answer of another origin may lead to one of these: unless it is plain that it
/// does not.
pub(super) fn may_lead_to<'a>(mut origins: impl Iterator<Item = &'a Origin>, answer: &HeaderMap) -> bool {
    let leads_elsewhere = |value: &http::HeaderValue| {
        let Ok(text) = value.to_str() else { return false };
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if !plain {
            return false;
        }
        let within = text.starts_with('/') && !text.starts_with("//");
        within
            || text.parse().is_ok_and(|uri| {
                Origin::of(&uri)
                    .is_some_and(|origin| is_plain_name(&origin.host) && !origins.any(|own| *own == origin))
            })
    };
    !answer.get_all(LOCATION).iter().all(leads_elsewhere)
}

/// Whether a host is a name that no reader of URLs turns into another: letters, digits and
/// hyphens, with a letter first in its last label, so that it is no address in disguise.
fn is_plain_name(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.split('.').all(is_label)
        && host
            .rsplit('.')
            .next()
            .is_some_and(|last| last.starts_with(|first: char| first.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).expect(text)
    }

    #[test]
    fn an_origin_is_nothing_but_scheme_host_and_port() {
        assert_eq!(origin("https://API.example"), origin("https://api.example:443"));
        assert_eq!(origin("http://127.0.0.1"), origin("http://127.0.0.1:80"));
        assert_ne!(origin("https://api.example"), origin("http://api.example"));
        assert_eq!(origin("https://[::1]:8443").port, 8443);
        for bad in [
            "",
            "api.example",
            "//api.example",
            "https://",
            "https://api.example/",
            "https://api.example/v1",
            "https://api.example?a",
            "https://api.example#a",
            "https://me@api.example",
            "ftp://api.example",
            "https://api.example:",
            "https://api.example:65536",
            "https://api.example:+1",
            "https://a b",
        ] {
            assert_eq!(Origin::parse(bad), Err(InvalidOrigin), "{bad}");
        }
    }

    #[test]
    fn a_request_is_for_an_origin_by_its_uri_and_its_host() {
        let own = origin("https://api.example");
        let is_of = |uri: &str, hosts: &[&str]| {
            let mut request = Request::get(uri);
            for host in hosts {
                request = request.header("host", *host);
            }
            own.is_of(&request.body(()).expect("a request").into_parts().0)
        };
        for (uri, hosts) in [
            ("https://api.example/a", &[][..]),
            ("HTTPS://API.EXAMPLE:443/", &[]),
            ("https://api.example/", &["api.example"]),
            ("https://api.example/", &["API.example:443"]),
        ] {
            assert!(is_of(uri, hosts), "{uri} {hosts:?}");
        }
        for (uri, hosts) in [
            ("http://api.example/", &[][..]),
            ("https://api.example:444/", &[]),
            ("https://api.example.evil.example/", &[]),
            ("https://api.example./", &[]),
            ("https://api.example@evil.example/", &[]),
            ("https://me@api.example/", &[]),
            ("/a", &[]),
            ("/a", &["api.example"]),
            ("https://evil.example/", &["api.example"]),
            ("https://api.example/", &["evil.example"]),
            ("https://api.example/", &["api.example:80"]),
            ("https://api.example/", &["api.example", "api.example"]),
            ("https://api.example/", &["api.example", "evil.example"]),
            ("https://api.example/", &["api.example/"]),
            ("https://api.example/", &["é"]),
            ("https://api.example/", &[""]),
        ] {
            assert!(!is_of(uri, hosts), "{uri} {hosts:?}");
        }
    }

    #[test]
    fn whatever_could_lead_back_does() {
        let own = [origin("https://api.example"), origin("http://127.0.0.1")];
        let leads = |location: &str| {
            let mut answer = HeaderMap::new();
            answer.append(LOCATION, http::HeaderValue::from_bytes(location.as_bytes()).expect("a value"));
            may_lead_to(own.iter(), &answer)
        };
        for harmless in
            ["/a", "/", "https://files.example/a?b", "http://api.example/", "https://a.api.example/"]
        {
            assert!(!leads(harmless), "{harmless}");
        }
        for back in [
            "https://api.example/",
            "HTTPS://API.EXAMPLE:443/x",
            "https://api.example",
            "//api.example/",
            "///api.example",
            "/\\api.example",
            "https:\\\\api.example",
            "https:/api.example",
            "https:api.example",
            "https://me@api.example/",
            "https://api.example./",
            "https://%61pi.example/",
            "https://ａpi.example/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://[::1]/",
            " https://api.example/",
            "ht\ttps://api.example/",
            "a",
            "",
            "?a",
            "https://api.example:0443/",
        ] {
            assert!(leads(back), "{back}");
        }
        assert!(!may_lead_to(own.iter(), &HeaderMap::new()));
    }
}
