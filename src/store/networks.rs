//! Which addresses a key may be used from.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::request::{InvalidNetwork, network};

/// The networks that a key may be used from: an allow list and a deny list.
///
/// A denied address is refused even if it is allowed too. Without an allow list, every
/// address is allowed that is not denied. Where there is any limit, an address that is not
/// known is refused.
///
/// `::ffff:192.0.2.7` is the IPv4 address 192.0.2.7, in lists and in requests; `::/0` is
/// every IPv6 address and no IPv4 one.
///
/// ```
/// use portcullis::store::Networks;
/// let office = Networks::any().with_allowed(["192.0.2.0/24", "2001:db8::/32"])?.with_denied(["192.0.2.13"])?;
/// assert!(office.allow(Some("192.0.2.7".parse()?)) && office.allow(Some("::ffff:192.0.2.7".parse()?)));
/// assert!(!office.allow(Some("192.0.2.13".parse()?)) && !office.allow(Some("198.51.100.1".parse()?)));
/// assert!(!office.allow(None) && Networks::any().allow(None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Option<Arc<Lists>>);

/// Each sorted, without repetitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lists {
    allowed: Vec<IpNet>,
    denied: Vec<IpNet>,
}

impl Networks {
    /// Every address, known or not.
    #[must_use]
    pub const fn any() -> Self {
        Self(None)
    }

    /// Allows these networks, besides those that are allowed already: `192.0.2.0/24`,
    /// `2001:db8::/32`, or single addresses. To add none changes nothing.
    ///
    /// # Errors
    /// When a text is no network, or has bits set behind its prefix.
    pub fn with_allowed<'a>(self, texts: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidNetwork> {
        self.extended(texts, |lists| &mut lists.allowed)
    }

    /// Denies these networks, besides those that are denied already.
    ///
    /// # Errors
    /// As for [`with_allowed`](Self::with_allowed).
    pub fn with_denied<'a>(self, texts: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidNetwork> {
        self.extended(texts, |lists| &mut lists.denied)
    }

    fn extended<'a>(
        mut self,
        texts: impl IntoIterator<Item = &'a str>,
        list: impl FnOnce(&mut Lists) -> &mut Vec<IpNet>,
    ) -> Result<Self, InvalidNetwork> {
        let new = texts.into_iter().map(network::parse).collect::<Result<Vec<_>, _>>()?;
        if !new.is_empty() {
            let list = list(Arc::make_mut(self.0.get_or_insert_default()));
            list.extend(new);
            list.sort_unstable();
            list.dedup();
        }
        Ok(self)
    }

    /// Whether a request from this address is allowed.
    #[must_use]
    pub fn allow(&self, address: Option<IpAddr>) -> bool {
        let Some(lists) = &self.0 else { return true };
        address.is_some_and(|address| {
            let allowed = lists.allowed.is_empty() || network::any_contains(&lists.allowed, address);
            allowed && !network::any_contains(&lists.denied, address)
        })
    }

    /// Whether there is no limit.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.0.is_none()
    }

    /// The allow list; empty where it allows every address.
    #[must_use]
    pub fn allowed(&self) -> &[IpNet] {
        self.0.as_ref().map_or(&[], |lists| &lists.allowed)
    }

    /// The deny list.
    #[must_use]
    pub fn denied(&self) -> &[IpNet] {
        self.0.as_ref().map_or(&[], |lists| &lists.denied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("an address"))
    }

    #[test]
    fn denied_wins_over_allowed() {
        let inner = Networks::any().with_allowed(["10.1.0.0/16"]).expect("networks");
        let inner = inner.with_denied(["10.0.0.0/8"]).expect("networks");
        assert!(!inner.allow(from("10.1.0.1")) && !inner.allow(from("192.0.2.7")));
    }

    #[test]
    fn without_an_allow_list_all_but_the_denied_are_allowed() {
        let public = Networks::any().with_denied(["10.0.0.0/8", "fc00::/7"]).expect("networks");
        assert!(public.allow(from("192.0.2.7")) && public.allow(from("2001:db8::1")));
        assert!(!public.allow(from("10.0.0.1")) && !public.allow(from("fc00::1")) && !public.allow(None));
    }

    #[test]
    fn a_mapped_address_is_its_ipv4_address_on_both_sides() {
        for text in ["192.0.2.0/24", "::ffff:192.0.2.0/120"] {
            let allowed = Networks::any().with_allowed([text]).expect("a network");
            let denied = Networks::any().with_denied([text]).expect("a network");
            for address in ["192.0.2.7", "::ffff:192.0.2.7", "::ffff:c000:207"] {
                assert!(allowed.allow(from(address)) && !denied.allow(from(address)), "{text} {address}");
            }
            for address in ["198.51.100.1", "::ffff:198.51.100.1", "::192.0.2.7", "2001:db8::c000:207"] {
                assert!(!allowed.allow(from(address)) && denied.allow(from(address)), "{text} {address}");
            }
        }
        let v6 = Networks::any().with_allowed(["::/0"]).expect("a network");
        assert!(v6.allow(from("2001:db8::1")) && !v6.allow(from("::ffff:192.0.2.7")));
    }

    #[test]
    fn networks_are_sets_and_no_network_is_no_limit() {
        let with = |texts: &[&str]| Networks::any().with_allowed(texts.iter().copied()).expect("networks");
        assert_eq!(with(&["10.0.0.0/8", "::1", "10.0.0.0/8"]), with(&["::1", "::ffff:10.0.0.0/104"]));
        assert!(with(&[]).is_any() && !with(&["::/0"]).is_any());
        assert_eq!(Networks::any().with_allowed(["::1", "?"]), Err(InvalidNetwork));
    }
}
