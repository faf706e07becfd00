//! Addresses and networks in one spelling: an IPv4 address is one, also where a socket for
//! both versions writes it as `::ffff:192.0.2.7`.

use std::net::IpAddr;

use ipnet::IpNet;

/// The text is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a network is an address with or without a prefix length, and no bits are set behind the prefix")]
pub struct InvalidNetwork;

/// Reads `192.0.2.0/24`, `2001:db8::/32`, or one address. A network of IPv4 addresses that
/// are written as IPv6 (`::ffff:192.0.2.0/120`) is the one of the IPv4 addresses.
///
/// Bits behind the prefix are refused: whether `192.0.2.7/24` means one address or 256 is
/// for its author to say.
pub(crate) fn parse(text: &str) -> Result<IpNet, InvalidNetwork> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    // The parsers of the standard library refuse leading zeros, which some read as octal.
    let address: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
    let network = match prefix {
        None => IpNet::from(address),
        Some(prefix) => IpNet::new(address, length(prefix)?).map_err(|_| InvalidNetwork)?,
    };
    if network.network() != network.addr() {
        return Err(InvalidNetwork);
    }
    match (address.to_canonical(), network.prefix_len().checked_sub(96)) {
        (IpAddr::V4(plain), Some(prefix)) if address.is_ipv6() => {
            IpNet::new(plain.into(), prefix).map_err(|_| InvalidNetwork)
        }
        _ => Ok(network),
    }
}

fn length(digits: &str) -> Result<u8, InvalidNetwork> {
    let plain =
        digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if plain { digits.parse().map_err(|_| InvalidNetwork) } else { Err(InvalidNetwork) }
}

/// Whether an address, in whichever spelling, is in one of the networks.
pub(crate) fn any_contains(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_in_one_spelling() {
        for (text, network) in [
            ("192.0.2.0/24", "192.0.2.0/24"),
            ("192.0.2.7", "192.0.2.7/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8:0::/32", "2001:db8::/32"),
            ("::1", "::1/128"),
            ("::/0", "::/0"),
            ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
        ] {
            assert_eq!(parse(text).map(|read| read.to_string()).as_deref(), Ok(network), "{text}");
        }
    }

    #[test]
    fn what_is_ambiguous_or_no_network_is_refused() {
        for bad in [
            "",
            "/",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "10.0.0.0/8 ",
            " 10.0.0.0/8",
            "10.0.0.0/8/8",
            "10.0.0.0/255.0.0.0",
            "10.0.0.7/8",
            "010.0.0.0/8",
            "10.0/8",
            "10",
            "2001:db8::1/32",
            "2001:db8::/129",
            "::ffff:10.0.0.0/95",
            "::ffff:10.0.0.7/120",
            "fe80::1%eth0",
            "[::1]",
            "localhost",
            "*",
        ] {
            assert_eq!(parse(bad), Err(InvalidNetwork), "{bad:?}");
        }
    }
}
