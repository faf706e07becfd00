//! Where an answer of a stranger leads, and the names of those who are none.

use http::HeaderMap;
use http::header::LOCATION;

use crate::sign::{InvalidOrigin, Origin};

/// Reads an origin that is signed for: without a path, not even the one that is always there.
pub(super) fn origin(text: &str) -> Result<Origin, InvalidOrigin> {
    if text.ends_with('/') { Err(InvalidOrigin::TooMuch) } else { Origin::parse(text) }
}

/// Whether an answer of another origin may lead to one of these: unless it is plain that it
/// does not.
pub(super) fn may_lead_to<'a>(origins: impl Iterator<Item = &'a Origin> + Clone, answer: &HeaderMap) -> bool {
    let leads_elsewhere = |value: &http::HeaderValue| {
        let text = value.to_str().unwrap_or_default();
        // Readers of URLs drop some characters, and take a backslash for a slash.
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return false;
        }
        let stays = text.starts_with('/') && !text.starts_with("//");
        stays || origin_of(text).is_some_and(|other| !origins.clone().any(|own| *own == other))
    };
    !answer.get_all(LOCATION).iter().all(leads_elsewhere)
}

/// The origin of a whole URL, where no reader of URLs finds another in it.
fn origin_of(url: &str) -> Option<Origin> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    origin(&format!("{scheme}://{authority}")).ok().filter(|origin| is_plain_name(origin.host()))
}

/// Whether a host is a name that no reader of URLs turns into another: letters, digits, hyphens
/// and underscores, with a letter first in its last label, so that it is no address in disguise.
fn is_plain_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !label.is_empty() && label.bytes().all(is_plain)
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.split('.').all(is_label) && last.starts_with(|first: char| first.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str) -> Origin {
        origin(text).expect(text)
    }

    #[test]
    fn an_origin_is_nothing_but_scheme_host_and_port() {
        assert_eq!(own("https://API.example"), own("https://api.example:443"));
        assert_eq!(own("http://127.0.0.1"), own("http://127.0.0.1:80"));
        assert_ne!(own("https://api.example"), own("http://api.example"));
        assert_eq!(own("https://[::1]:8443"), own("https://[0:0:0:0:0:0:0:1]:08443"));
        assert!(!own("http://api.example").is_https());
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
            assert!(origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn whatever_could_lead_back_does() {
        let ours = [own("https://api.example"), own("http://127.0.0.1")];
        let leads = |location: &str| {
            let mut answer = HeaderMap::new();
            answer.append(LOCATION, http::HeaderValue::from_bytes(location.as_bytes()).expect("a value"));
            may_lead_to(ours.iter(), &answer)
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
        assert!(!may_lead_to(ours.iter(), &HeaderMap::new()));
    }
}
