//! Addresses that are asked: `https` and nothing else, and redirects within one origin.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

/// A URL cannot be asked for keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidJwksUrl {
    /// It is no absolute URL with a host.
    #[error("not an absolute URL with a host")]
    NotAbsolute,
    /// It is not `https`, nor `http` of this machine where that is allowed.
    #[error("not an https URL")]
    NotHttps,
    /// It has a user or a password, a fragment, or where no query may be, a query.
    #[error("a URL with a user, a fragment or a query")]
    TooMuch,
}

/// Whether `http` will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    Refused,
    OnThisMachine,
}

/// A URL that may be asked.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address(Uri);

impl Address {
    pub(super) fn parse(text: &str, plain: Plain) -> Result<Self, InvalidJwksUrl> {
        // What other readers of URLs take for something else than `Uri` does.
        if text.contains('\\') || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidJwksUrl::NotAbsolute);
        }
        // What `Uri` drops without a word.
        if text.contains('#') {
            return Err(InvalidJwksUrl::TooMuch);
        }
        let uri: Uri = text.parse().map_err(|_| InvalidJwksUrl::NotAbsolute)?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(InvalidJwksUrl::NotAbsolute)?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(InvalidJwksUrl::TooMuch);
        }
        match uri.scheme_str() {
            Some("https") => Ok(Self(uri)),
            Some("http") if plain == Plain::OnThisMachine && is_here(host) => Ok(Self(uri)),
            Some(_) => Err(InvalidJwksUrl::NotHttps),
            None => Err(InvalidJwksUrl::NotAbsolute),
        }
    }

    /// Where `location` points, seen from here: an absolute URL or an absolute path. What it
    /// points at is allowed only where the origin is the same.
    pub(super) fn follow(&self, location: &str) -> Option<Self> {
        let target = if location.starts_with('/') && !location.starts_with("//") {
            format!("{}://{}{location}", self.0.scheme_str()?, self.0.authority()?)
        } else {
            location.to_owned()
        };
        // Neither scheme nor host can differ, so nothing new becomes allowed.
        let target = Self::parse(&target, Plain::OnThisMachine).ok()?;
        self.is_same_origin(&target).then_some(target)
    }

    /// Whether scheme, host and port are the same (RFC 6454, section 5).
    pub(super) fn is_same_origin(&self, other: &Self) -> bool {
        let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
        self.0.scheme_str() == other.0.scheme_str()
            && host(&self.0) == host(&other.0)
            && self.port() == other.port()
    }

    fn port(&self) -> u16 {
        let default = if self.0.scheme_str() == Some("https") { 443 } else { 80 };
        self.0.port_u16().unwrap_or(default)
    }

    pub(super) const fn uri(&self) -> &Uri {
        &self.0
    }

    pub(super) fn path(&self) -> &str {
        self.0.path()
    }

    pub(super) fn has_query(&self) -> bool {
        self.0.query().is_some()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.0)
    }
}

/// Whether a host is this machine, as far as its name says.
fn is_here(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || literal.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address, InvalidJwksUrl> {
        Address::parse(text, Plain::Refused)
    }

    #[test]
    fn only_https_is_asked() {
        assert_eq!(
            parse("https://id.example/keys?a=b").expect("address").uri(),
            "https://id.example/keys?a=b"
        );
        for bad in
            ["http://id.example/keys", "http://127.0.0.1/keys", "ftp://id.example/", "file:///etc/passwd"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
        for bad in [
            "",
            "/keys",
            "id.example/keys",
            "https:",
            "https://",
            "https:///keys",
            "https:// /",
            "https://id.example/\\x",
            "https://id.example/\u{e9}",
        ] {
            assert_eq!(parse(bad), Err(InvalidJwksUrl::NotAbsolute), "{bad}");
        }
        for bad in ["https://a:b@id.example/", "https://id.example/#a", "https://id.example@evil.example/"] {
            assert_eq!(parse(bad), Err(InvalidJwksUrl::TooMuch), "{bad}");
        }
    }

    #[test]
    fn http_is_asked_on_this_machine_alone_and_only_when_allowed() {
        let allowed = |text: &str| Address::parse(text, Plain::OnThisMachine).is_ok();
        for here in ["http://127.0.0.1:8080/", "http://127.9.9.9/", "http://[::1]:80/", "http://LocalHost/a"]
        {
            assert!(allowed(here), "{here}");
            assert_eq!(parse(here), Err(InvalidJwksUrl::NotHttps), "{here}");
        }
        for there in [
            "http://169.254.169.254/",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "http://localhost.example/",
            "http://127.0.0.1.example/",
            "http://[::ffff:127.0.0.1]/",
            "http://2130706433/",
        ] {
            assert!(!allowed(there), "{there}");
        }
    }

    #[test]
    fn a_redirect_stays_within_its_origin() {
        let from = parse("https://id.example/keys").expect("address");
        for (location, to) in [
            ("/v2/keys?a=b", "https://id.example/v2/keys?a=b"),
            ("https://id.example/other", "https://id.example/other"),
            ("https://ID.example:443/other", "https://ID.example:443/other"),
        ] {
            assert_eq!(from.follow(location).expect("followed").uri(), to);
        }
        for elsewhere in [
            "http://id.example/keys",
            "https://evil.example/keys",
            "https://id.example:444/keys",
            "https://id.example.evil.example/",
            "https://id.example@evil.example/",
            "//evil.example/keys",
            "/\\evil.example",
            "http://169.254.169.254/latest/meta-data",
            "http://127.0.0.1/",
            "keys",
            "../keys",
            "",
            "javascript:1",
        ] {
            let target = from.follow(elsewhere);
            assert!(target.is_none(), "{elsewhere}: {target:?}");
        }
    }
}
