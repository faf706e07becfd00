//! The address of a client behind proxies.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroUsize;

use portcullis::request::TrustedProxies;
use proptest::prelude::*;

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// The header's name, and proxies that add to it.
fn proxies(forwarded: bool, count: usize) -> (&'static str, TrustedProxies) {
    let count = NonZeroUsize::new(count).expect("a number of proxies");
    let (name, proxies) = match forwarded {
        true => ("forwarded", TrustedProxies::forwarded(count)),
        false => ("x-forwarded-for", TrustedProxies::x_forwarded_for(count)),
    };
    (name, proxies.with_networks(["10.0.0.0/8"]).expect("a network"))
}

fn client(forwarded: bool, count: usize, lines: &[Vec<u8>]) -> Option<IpAddr> {
    let (name, proxies) = proxies(forwarded, count);
    let headers: Vec<_> = lines.iter().map(|line| (name.to_owned(), line.clone())).collect();
    proxies.client(Some(PEER), &headers)
}

/// An address, as a proxy would add it to either header. Hosts are the client's choice,
/// and escaped as they must be.
fn entry(forwarded: bool, address: IpAddr, host: Option<&str>) -> String {
    if !forwarded {
        return address.to_string();
    }
    let node = match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("\"[{address}]:4711\""),
    };
    let escape = |host: &str| host.replace('\\', "\\\\").replace('"', "\\\"");
    let host = host.map(|host| format!(";host=\"{}\"", escape(host))).unwrap_or_default();
    format!("for={node}{host}")
}

fn addresses() -> impl Strategy<Value = Vec<(IpAddr, Option<String>)>> {
    let address = prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))),
    ];
    let host = prop::option::of(r#"[a-z"\\,;=: ]{0,12}|", for=1\.1\.1\.1"#);
    prop::collection::vec((address, host), 1..5)
}

/// What a client may send: anything, and what is nearly a list.
fn sent() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        r#"([,;="\\_ :\[\]]|for=|1\.1\.1\.1|x){0,20}"#.prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_the_parsers_panic(lines in prop::collection::vec(sent(), 0..4), count in 1_usize..6) {
        for forwarded in [true, false] {
            let _ = client(forwarded, count, &lines);
        }
    }

    #[test]
    fn what_stands_left_of_the_outermost_proxys_entry_changes_nothing(
        sent in prop::collection::vec(sent(), 0..3),
        added in addresses(),
        joined in any::<bool>(),
        split in any::<bool>(),
    ) {
        for forwarded in [true, false] {
            let entries: Vec<_> = added
                .iter()
                .map(|(address, host)| entry(forwarded, *address, host.as_deref()).into_bytes())
                .collect();
            let mut lines = sent.clone();
            let mut own = if split { entries } else { vec![entries.join(b", ".as_slice())] };
            if let (true, Some(last)) = (joined, lines.last_mut()) {
                last.extend_from_slice(b", ");
                last.append(&mut own.remove(0));
            }
            lines.append(&mut own);
            prop_assert_eq!(client(forwarded, added.len(), &lines), Some(added[0].0.to_canonical()));
        }
    }

    #[test]
    fn a_peer_that_is_no_proxy_is_the_client_whatever_is_sent(lines in prop::collection::vec(sent(), 0..4)) {
        let stranger = Some(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)));
        for forwarded in [true, false] {
            let (name, proxies) = proxies(forwarded, 1);
            let headers: Vec<_> = lines.iter().map(|line| (name.to_owned(), line.clone())).collect();
            prop_assert_eq!(proxies.client(stranger, &headers), stranger);
        }
    }
}
