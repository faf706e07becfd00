//! The address of the client, where proxies stand in front of the service.
//!
//! 1. The address of the peer comes from the transport. Without trusted proxies, or when
//!    the peer is none of them, it is the client's and no header is read.
//! 2. A trusted proxy adds the address of *its* peer at the end of one header. With *n*
//!    proxies in a row, the client is the *n*-th entry from the right of the list that all
//!    lines of that header form, in their order. What stands further left was sent by the
//!    client, and is not looked at.
//! 3. When there are fewer entries, or that one cannot be read, or hides the address
//!    (`unknown`, `_x`), the address is not known. No other entry takes its place.
//!
//! Entries are told apart from the right: a quotation mark that a client leaves open
//! cannot swallow what a proxy adds behind it. An empty entry counts, so that none can
//! shift the others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroUsize;

use ipnet::IpNet;

use super::HeaderSource;
use super::network::{self, InvalidNetwork};

/// The proxies in front of a service: how many in a row, in which header they say where a
/// request comes from, and which addresses they have.
///
/// Only that header is read, never another that says the like (`X-Real-IP`). Until the
/// networks of the proxies are given, no peer is taken for one.
///
/// ```
/// use portcullis::request::TrustedProxies;
/// use std::net::IpAddr;
/// use std::num::NonZeroUsize;
///
/// let proxies = TrustedProxies::x_forwarded_for(NonZeroUsize::MIN).with_networks(["10.0.0.0/8"])?;
/// let mut headers = http::HeaderMap::new();
/// headers.insert("x-forwarded-for", "203.0.113.9, 192.0.2.7".parse()?);
///
/// let (proxy, stranger): (IpAddr, IpAddr) = ("10.0.0.1".parse()?, "198.51.100.1".parse()?);
/// assert_eq!(proxies.client(Some(proxy), &headers), Some("192.0.2.7".parse()?));
/// assert_eq!(proxies.client(Some(stranger), &headers), Some(stranger));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrustedProxies {
    header: Header,
    count: NonZeroUsize,
    peers: Peers,
}

#[derive(Clone, Copy, Debug)]
enum Header {
    Forwarded,
    XForwardedFor,
}

#[derive(Clone, Debug)]
enum Peers {
    Of(Vec<IpNet>),
    Any,
}

impl TrustedProxies {
    /// `count` proxies in a row that add to `Forwarded` (RFC 7239).
    #[must_use]
    pub const fn forwarded(count: NonZeroUsize) -> Self {
        Self { header: Header::Forwarded, count, peers: Peers::Of(Vec::new()) }
    }

    /// `count` proxies in a row that add to `X-Forwarded-For`.
    #[must_use]
    pub const fn x_forwarded_for(count: NonZeroUsize) -> Self {
        Self { header: Header::XForwardedFor, count, peers: Peers::Of(Vec::new()) }
    }

    /// Says which networks the nearest proxy is in, besides those that were given before.
    ///
    /// # Errors
    /// When a text is no network, or has bits set behind its prefix.
    pub fn with_networks<'a>(
        mut self,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, InvalidNetwork> {
        let new = texts.into_iter().map(network::parse).collect::<Result<Vec<_>, _>>()?;
        if let Peers::Of(networks) = &mut self.peers {
            networks.extend(new);
        }
        Ok(self)
    }

    /// Takes every peer for a proxy, also one whose address is not known: for services
    /// that only a proxy can reach, on a Unix socket for example. Whoever else reaches
    /// the service chooses the address that it is taken for.
    #[must_use]
    pub fn dangerous_trust_any_peer(mut self) -> Self {
        self.peers = Peers::Any;
        self
    }

    /// The address of the client behind `peer`; none where it is not known. An IPv4
    /// address that is written as IPv6 comes out as IPv4.
    #[must_use]
    pub fn client(&self, peer: Option<IpAddr>, headers: &dyn HeaderSource) -> Option<IpAddr> {
        let is_proxy = match &self.peers {
            Peers::Any => true,
            Peers::Of(networks) => peer.is_some_and(|peer| network::any_contains(networks, peer)),
        };
        let client = if is_proxy { self.entry(headers) } else { peer };
        client.map(|address| address.to_canonical())
    }

    /// The address in the entry that the outermost proxy added.
    fn entry(&self, headers: &dyn HeaderSource) -> Option<IpAddr> {
        let mut lines = Vec::new();
        let name = match self.header {
            Header::Forwarded => "forwarded",
            Header::XForwardedFor => "x-forwarded-for",
        };
        headers.visit(name, &mut |line| lines.push(line));
        let mut left = self.count.get();
        for line in lines.into_iter().rev() {
            let mut rest = Some(line);
            while let Some(list) = rest {
                let entry;
                (rest, entry) = match self.header {
                    Header::Forwarded => split_last_quoted(list)?,
                    Header::XForwardedFor => split_last(list),
                };
                left -= 1;
                if left == 0 {
                    let entry = std::str::from_utf8(entry).ok()?;
                    return match self.header {
                        Header::Forwarded => for_parameter(entry).and_then(node),
                        Header::XForwardedFor => address(entry.trim_matches(WHITE)),
                    };
                }
            }
        }
        None
    }
}

const WHITE: [char; 2] = [' ', '\t'];

/// What stands before the last comma, if there is one, and what stands behind it.
fn split_last(list: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match list.iter().rposition(|byte| *byte == b',') {
        Some(comma) => (list.get(..comma), list.get(comma + 1..).unwrap_or_default()),
        None => (None, list),
    }
}

/// The same, for commas that are in no quoted string. None where a quotation mark is left
/// open.
///
/// Read backwards, the next mark is the end of a string; it begins at the first mark
/// before which stand no backslashes, or an even number of them.
fn split_last_quoted(list: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let mut end = list.len();
    loop {
        let stop = list.get(..end)?.iter().rposition(|byte| matches!(byte, b',' | b'"'));
        let Some(stop) = stop else { return Some((None, list)) };
        if list.get(stop) == Some(&b',') {
            return Some((list.get(..stop), list.get(stop + 1..)?));
        }
        end = stop;
        loop {
            let mark = list.get(..end)?.iter().rposition(|byte| *byte == b'"')?;
            end = mark;
            let slashes = list.get(..mark)?.iter().rev().take_while(|byte| **byte == b'\\').count();
            if slashes.is_multiple_of(2) {
                break;
            }
        }
    }
}

/// The value of `for`, without its quotation marks, of an element of `Forwarded` (RFC
/// 7239, section 4). None where the element cannot be read as a whole, or has two.
fn for_parameter(element: &str) -> Option<&str> {
    let mut found = None;
    let mut rest = element.trim_matches(WHITE);
    loop {
        // Parameters may be missing between semicolons.
        rest = rest.trim_start_matches(WHITE);
        if !rest.is_empty() && !rest.starts_with(';') {
            let (name, behind) = rest.split_once('=')?;
            let (value, behind) = value(behind)?;
            if !is_token(name) || (name.eq_ignore_ascii_case("for") && found.replace(value).is_some()) {
                return None;
            }
            rest = behind.trim_start_matches(WHITE);
        }
        match rest.strip_prefix(';') {
            Some(behind) => rest = behind,
            None if rest.is_empty() => return found,
            None => return None,
        }
    }
}

/// The token or the quoted string that a text begins with, and what follows it.
fn value(text: &str) -> Option<(&str, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|character| !is_token_character(character)).unwrap_or(text.len());
        return text.split_at_checked(end).filter(|(token, _)| !token.is_empty());
    };
    let mut escaped = false;
    for (at, character) in quoted.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((quoted.get(..at)?, quoted.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_token_character)
}

/// RFC 9110, section 5.6.2.
const fn is_token_character(character: char) -> bool {
    matches!(character, '!' | '#'..='\'' | '*' | '+' | '-' | '.' | '0'..='9' | 'A'..='Z' | '^'..='z' | '|' | '~')
}

/// The address of a node (RFC 7239, section 6); none where it is `unknown` or obfuscated.
fn node(text: &str) -> Option<IpAddr> {
    // What must be escaped is in no node.
    let plain = !text.contains(['\\', '"']);
    let (host, port) = split_port(text)?;
    let hidden_port = |port: &str| {
        let name = port.strip_prefix('_').unwrap_or_default();
        let readable = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
        !name.is_empty() && name.chars().all(readable)
    };
    let readable_port = port.is_none_or(|port| is_port(port) || hidden_port(port));
    if plain && readable_port { host_address(host) } else { None }
}

/// The address of an entry of `X-Forwarded-For`: with or without a port, IPv6 with or
/// without brackets; with a port, it has them.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(bare) = text.parse::<Ipv6Addr>() {
        return Some(bare.into());
    }
    let (host, port) = split_port(text)?;
    if port.is_none_or(is_port) { host_address(host) } else { None }
}

/// A host and the port behind its colon; the colons of IPv6 are in brackets.
fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    let brackets = text.find(']').map_or(0, |end| end + 1);
    let (host, behind) = match text.get(brackets..)?.find(':') {
        Some(colon) => text.split_at_checked(brackets + colon)?,
        None => (text, ""),
    };
    Some((host, behind.strip_prefix(':')))
}

fn host_address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::from),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::from),
    }
}

fn is_port(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &str, count: usize, lines: &[&str]) -> Option<String> {
        let count = NonZeroUsize::new(count).expect("a number of proxies");
        let proxies = match name {
            "forwarded" => TrustedProxies::forwarded(count),
            _ => TrustedProxies::x_forwarded_for(count),
        };
        let proxies = proxies.with_networks(["10.0.0.0/8"]).expect("a network");
        let headers: Vec<_> = lines.iter().map(|line| (name.to_owned(), line.as_bytes().to_vec())).collect();
        let peer = "10.0.0.1".parse().expect("an address");
        proxies.client(Some(peer), &headers).map(|address| address.to_string())
    }

    #[test]
    fn entries_are_counted_from_the_right_across_lines() {
        let lines: &[&str] = &["192.0.2.1, 192.0.2.2", "192.0.2.3,192.0.2.4\t", "  192.0.2.5"];
        for (count, last) in [(1, "5"), (2, "4"), (3, "3"), (4, "2"), (5, "1")] {
            let expected = format!("192.0.2.{last}");
            assert_eq!(client("x-forwarded-for", count, lines), Some(expected), "{count}");
        }
        assert_eq!(client("x-forwarded-for", 6, lines), None);
        assert_eq!(client("x-forwarded-for", 1, &[]), None);
        let lines: &[&str] = &["for=192.0.2.1, for=192.0.2.2;host=\"a, for=192.0.2.9\"", "for=192.0.2.3"];
        for (count, last) in
            [(1, Some("192.0.2.3")), (2, Some("192.0.2.2")), (3, Some("192.0.2.1")), (4, None)]
        {
            assert_eq!(client("forwarded", count, lines).as_deref(), last, "{count}");
        }
    }

    #[test]
    fn nodes_of_forwarded_are_read_by_the_grammar_or_not_at_all() {
        for (element, address) in [
            ("for=192.0.2.43", "192.0.2.43"),
            ("FOR=192.0.2.43;proto=http; by=203.0.113.43", "192.0.2.43"),
            (";by=_x;;for=\"192.0.2.43:4711\";", "192.0.2.43"),
            ("for=\"192.0.2.43:_port.1\"", "192.0.2.43"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=\"[2001:db8:cafe::17]\"", "2001:db8:cafe::17"),
            ("for=\"[::ffff:192.0.2.43]\"", "192.0.2.43"),
            ("host=\"a\\\", for=1.1.1.1\\\\\";for=192.0.2.43", "192.0.2.43"),
        ] {
            assert_eq!(client("forwarded", 1, &[element]).as_deref(), Some(address), "{element}");
        }
        for element in [
            "",
            ";",
            "192.0.2.43",
            "for",
            "for=",
            "for=\"\"",
            "for=unknown",
            "for=\"unknown:80\"",
            "for=_hidden",
            "for=\"_hidden:80\"",
            "for =192.0.2.43",
            "for= 192.0.2.43",
            "for=192.0.2.43:80",
            "for=[2001:db8::1]",
            "for=\"2001:db8::1\"",
            "for=\"[192.0.2.43]\"",
            "for=\"[2001:db8::1\"",
            "for=\"[2001:db8::1]x\"",
            "for=\"[fe80::1%eth0]\"",
            "for=\"192.0.2.43:\"",
            "for=\"192.0.2.43:123456\"",
            "for=\"192.0.2.43:_\"",
            "for=\"192.0.2.4\\3\"",
            "for=192.0.2.043",
            "for=192.0.2.43;for=192.0.2.43",
            "for=192.0.2.43 x",
            "for=192.0.2.43;x",
            "for=192.0.2.43;x=\"",
            "for=\"192.0.2.43",
            "for=192.0.2.43\"",
            "by=192.0.2.43",
            "for=ünknown",
        ] {
            assert_eq!(client("forwarded", 1, &["for=198.51.100.1", element]), None, "{element:?}");
        }
    }

    #[test]
    fn entries_of_x_forwarded_for_are_addresses_or_nothing() {
        for (entry, address) in [
            ("192.0.2.43:80", "192.0.2.43"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("::ffff:192.0.2.43", "192.0.2.43"),
        ] {
            assert_eq!(client("x-forwarded-for", 1, &[entry]).as_deref(), Some(address), "{entry}");
        }
        for entry in [
            "",
            "unknown",
            "_x",
            "192.0.2",
            "192.0.2.43:",
            "192.0.2.43:_x",
            "[192.0.2.43]",
            "\"192.0.2.43\"",
            "é",
        ] {
            assert_eq!(client("x-forwarded-for", 1, &["198.51.100.1", entry]), None, "{entry:?}");
            assert_eq!(client("x-forwarded-for", 1, &[&format!("198.51.100.1,{entry}")]), None, "{entry:?}");
        }
    }

    #[test]
    fn a_peer_that_is_no_proxy_is_the_client() {
        let headers = vec![("x-forwarded-for".to_owned(), b"192.0.2.7".to_vec())];
        let of = |text: &str| Some(text.parse().expect("an address"));
        let unset = TrustedProxies::x_forwarded_for(NonZeroUsize::MIN);
        let set = unset.clone().with_networks(["::ffff:10.0.0.0/104"]).expect("a network");
        let any = unset.clone().dangerous_trust_any_peer();
        assert_eq!(unset.client(of("10.0.0.1"), &headers), of("10.0.0.1"));
        assert_eq!(set.client(of("198.51.100.1"), &headers), of("198.51.100.1"));
        assert_eq!(set.client(of("::ffff:198.51.100.1"), &headers), of("198.51.100.1"));
        assert_eq!(set.client(of("::ffff:10.0.0.1"), &headers), of("192.0.2.7"));
        assert_eq!((set.client(None, &headers), any.client(None, &headers)), (None, of("192.0.2.7")));
    }

    #[test]
    fn no_other_header_is_read() {
        let names = ["forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "x-forwarded-host"];
        let headers: Vec<_> = names.map(|name| (name.to_owned(), b"192.0.2.7".to_vec())).into();
        let proxies = TrustedProxies::x_forwarded_for(NonZeroUsize::MIN).dangerous_trust_any_peer();
        assert_eq!(proxies.client(None, &headers), None);
    }
}
