//! Where requests go, and with them a secret.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use http::header::HOST;
use http::request::Parts;
use http::{HeaderValue, Uri};

use crate::canonical::number::digits;

/// A service that requests go to: scheme, host and port (RFC 6454, section 4). A secret is for
/// one of them.
///
/// It is `https`, or `http` of this machine: elsewhere whoever is on the way would read the
/// secret.
///
/// ```
/// use portcullis::sign::Origin;
/// let origin: Origin = "https://API.wisphub.net".parse()?;
/// assert_eq!(origin.to_string(), "https://api.wisphub.net:443");
/// assert_eq!(origin, "https://api.wisphub.net:443/".parse()?);
/// assert!("http://api.wisphub.net".parse::<Origin>().is_err());
/// assert!("http://127.0.0.1:8080".parse::<Origin>().is_ok());
/// # Ok::<(), portcullis::sign::InvalidOrigin>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    encrypted: bool,
    host: Box<str>,
    port: u16,
}

/// The text is no origin, or none that a secret may go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOrigin {
    /// It is no absolute URL with a host.
    #[error("not an absolute URL with a host")]
    NotAbsolute,
    /// It is not `https`, nor `http` of this machine.
    #[error("not an https URL")]
    NotHttps,
    /// It has a user, a path, a query or a fragment.
    #[error("a URL with more than a scheme, a host and a port")]
    TooMuch,
}

impl Origin {
    /// An origin whose connections may be without TLS, outside of this machine too: for a
    /// network in which nobody else is, such as that of a sidecar. Everybody on the way reads
    /// the secret, and may change the answers.
    ///
    /// # Errors
    /// When the text is no origin.
    pub fn dangerous_allow_plain_http(text: &str) -> Result<Self, InvalidOrigin> {
        let origin = Self::parse(text)?;
        if origin.is_exposed() {
            crate::trace::danger("outbound secrets over plain http");
        }
        Ok(origin)
    }

    /// An origin with or without TLS.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        // What other readers of URLs take for something else than `Uri` does, or it drops.
        if text.contains(['\\', '#']) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidOrigin::NotAbsolute);
        }
        let uri: Uri = text.parse().map_err(|_| InvalidOrigin::NotAbsolute)?;
        let origin = Self::of_uri(&uri)?;
        if uri.path() != "/" || uri.query().is_some() { Err(InvalidOrigin::TooMuch) } else { Ok(origin) }
    }

    fn of_uri(uri: &Uri) -> Result<Self, InvalidOrigin> {
        let authority = uri.authority().ok_or(InvalidOrigin::NotAbsolute)?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) => return Err(InvalidOrigin::NotHttps),
            None => return Err(InvalidOrigin::NotAbsolute),
        };
        Self::of_authority(encrypted, authority.as_str())
    }

    /// Reads the authority as it is written: `Authority` finds hosts in texts that other readers
    /// of URLs refuse, or read differently.
    fn of_authority(encrypted: bool, authority: &str) -> Result<Self, InvalidOrigin> {
        if authority.contains('@') {
            return Err(InvalidOrigin::TooMuch);
        }
        let brackets = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (host, port) = match brackets {
            Some((literal, port)) => {
                let address: Ipv6Addr = literal.parse().map_err(|_| InvalidOrigin::NotAbsolute)?;
                (format!("[{address}]"), port)
            }
            None => {
                let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
                if host.is_empty() || !host.bytes().all(fits) {
                    return Err(InvalidOrigin::NotAbsolute);
                }
                (host.to_ascii_lowercase(), port)
            }
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => Some(if encrypted { 443 } else { 80 }),
            Some(port) => digits(port, 5).and_then(|port| u16::try_from(port).ok()),
            None => None,
        };
        let port = port.ok_or(InvalidOrigin::NotAbsolute)?;
        Ok(Self { encrypted, host: host.into(), port })
    }

    /// Whether a request goes here, and says so wherever it says where it goes: in its URI, and in
    /// its `Host` if it has one. One without a scheme, or with two of `Host`, goes nowhere that is
    /// known.
    pub(crate) fn is_of(&self, head: &Parts) -> bool {
        let named = |host: &HeaderValue| Self::of_authority(self.encrypted, host.to_str().ok()?).ok();
        let mut hosts = head.headers.get_all(HOST).iter();
        Self::of_uri(&head.uri).as_ref() == Ok(self)
            && hosts.next().is_none_or(|host| named(host).as_ref() == Some(self))
            && hosts.next().is_none()
    }

    /// Whether connections to it are by TLS.
    #[cfg(feature = "tower")]
    pub(crate) const fn is_https(&self) -> bool {
        self.encrypted
    }

    /// In lower case; an address of IPv6 in brackets.
    #[cfg(feature = "tower")]
    pub(crate) const fn host(&self) -> &str {
        &self.host
    }

    fn is_exposed(&self) -> bool {
        let literal = self.host.trim_start_matches('[').trim_end_matches(']');
        let here = literal.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        !(self.encrypted || here || &*self.host == "localhost")
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let origin = Self::parse(text)?;
        if origin.is_exposed() { Err(InvalidOrigin::NotHttps) } else { Ok(origin) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.encrypted { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn head(uri: &str, hosts: &[&str]) -> Parts {
        let request = hosts.iter().fold(Request::get(uri), |request, host| request.header(HOST, *host));
        request.body(()).expect("a request").into_parts().0
    }

    #[test]
    fn what_is_no_origin_for_a_secret_is_refused() {
        use InvalidOrigin::{NotAbsolute, NotHttps, TooMuch};
        for (bad, why) in [
            ("", NotAbsolute),
            ("api.example", NotAbsolute),
            ("/api", NotAbsolute),
            ("https://", NotAbsolute),
            ("https://api.example\\.evil.example", NotAbsolute),
            ("https://api.example#x", NotAbsolute),
            ("https://api.example:", NotAbsolute),
            ("https://api.example:99999", NotAbsolute),
            ("https://api.[::1]:8080", NotAbsolute),
            ("https://[::1]x", NotAbsolute),
            ("https://[1.2.3.4]", NotAbsolute),
            ("https://api.example:+443", NotAbsolute),
            ("https://api%2eexample", NotAbsolute),
            ("https://user@api.example", TooMuch),
            ("https://api.example/v1", TooMuch),
            ("https://api.example?x", TooMuch),
            ("http://api.example", NotHttps),
            ("http://localhost.example", NotHttps),
            ("http://[2001:db8::1]", NotHttps),
            ("ftp://api.example", NotHttps),
        ] {
            assert_eq!(bad.parse::<Origin>(), Err(why), "{bad}");
        }
        for here in ["http://localhost:1", "http://127.0.0.9", "http://[::1]:8080"] {
            assert!(here.parse::<Origin>().is_ok(), "{here}");
        }
        assert!(Origin::dangerous_allow_plain_http("http://api.example").is_ok());
    }

    #[test]
    fn a_request_goes_to_an_origin_when_it_says_nothing_else() {
        let origin: Origin = "https://api.example".parse().expect("an origin");
        for (uri, hosts) in [
            ("https://api.example/a?b", &[][..]),
            ("https://API.example:443/", &["api.EXAMPLE"]),
            ("https://api.example/", &["api.example:443"]),
            ("https://api.example:0443/", &[]),
        ] {
            assert!(origin.is_of(&head(uri, hosts)), "{uri} {hosts:?}");
        }
        for (uri, hosts) in [
            ("http://api.example/", &[][..]),
            ("https://api.example:8443/", &[]),
            ("https://api.example.evil.example/", &[]),
            ("https://evil.example/", &["api.example"]),
            ("https://api.example/", &["evil.example"]),
            ("https://api.example/", &["api.example", "evil.example"]),
            ("https://api.example/", &["api.example", "api.example"]),
            ("https://api.example/", &["api.example/"]),
            ("https://api.example/", &["\u{e9}"]),
            ("https://api.example./", &[]),
            ("https://api.example/", &["api.example:80"]),
            ("https://api.example/", &["api.example:"]),
            ("https://api.example/", &[""]),
            ("https://api.example@evil.example/", &[]),
            ("https://user@api.example/", &[]),
            ("/a", &["api.example"]),
        ] {
            assert!(!origin.is_of(&head(uri, hosts)), "{uri} {hosts:?}");
        }
    }
}
