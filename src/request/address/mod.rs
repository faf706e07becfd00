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

mod entry;

use std::net::IpAddr;
use std::num::NonZeroUsize;

use ipnet::IpNet;

use self::entry::Header;
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
        headers.visit(self.header.name(), &mut |line| lines.push(line));
        let mut left = self.count.get();
        for line in lines.into_iter().rev() {
            let mut rest = Some(line);
            while let Some(list) = rest {
                let entry;
                (rest, entry) = self.header.split_last(list)?;
                left -= 1;
                if left == 0 {
                    return self.header.address(entry);
                }
            }
        }
        None
    }
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
