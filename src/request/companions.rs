//! Carriers that may be in use together.
//!
//! Two credentials in one request are refused, because two components that each read
//! "the" credential may read different ones. [`all`](crate::authenticator::all) reads
//! two on purpose, and lets nobody in without both. Its carriers are *companions*: each
//! of its first member's with each of its second's. The rule is that
//!
//! * carriers in use together must all be companions of each other, so that two carriers
//!   of one member are refused as ever;
//! * a carrier that a member outside of `all` reads too is no companion of any: whoever
//!   is asked first would take one credential and leave the other unread. `Authorization`
//!   is such a carrier when somebody declares it, not by being a carrier always.

use super::RequestView;
use super::carriers::Carriers;

/// By their places in the list of carriers.
#[derive(Clone, Debug, Default)]
pub(super) struct Companions {
    pairs: Vec<(usize, usize)>,
    alone: Vec<usize>,
}

impl Companions {
    /// Notes that a member reads this carrier and no other with it.
    pub(super) fn read_alone(&mut self, place: usize) {
        self.alone.push(place);
    }

    pub(super) fn holds(&self, one: usize, other: usize) -> bool {
        let listed = self.pairs.contains(&(one, other)) || self.pairs.contains(&(other, one));
        listed && !self.alone.contains(&one) && !self.alone.contains(&other)
    }
}

impl Carriers {
    /// Declares the carriers of two members that are only asked together.
    pub(crate) fn add_companions(&mut self, first: Self, second: Self) {
        let (first, second) = (self.place_all(first), self.place_all(second));
        for one in &first {
            self.1.pairs.extend(second.iter().map(|other| (*one, *other)));
        }
    }

    /// Where these carriers are in the list; those that are companions stay so.
    fn place_all(&mut self, others: Self) -> Vec<usize> {
        let Self(list, companions, _, secrets) = others;
        secrets.into_iter().for_each(|name| self.add_secret(name));
        let places: Vec<_> = list.into_iter().map(|carrier| self.place(carrier)).collect();
        for (one, other) in companions.pairs.iter().filter(|(one, other)| companions.holds(*one, *other)) {
            if let (Some(one), Some(other)) = (places.get(*one), places.get(*other)) {
                self.1.pairs.push((*one, *other));
            }
        }
        places
    }

    /// Whether all carriers in use may be used together.
    pub(crate) fn are_companions_in(&self, request: &RequestView<'_>) -> bool {
        if self.1.pairs.is_empty() {
            return false;
        }
        let mut used = Vec::new();
        request.for_each_header(|name, _| used.extend(self.of_header(name)));
        let others = self.0.iter().enumerate().filter(|(_, carrier)| carrier.is_used_beside_headers(request));
        used.extend(others.map(|(place, _)| place));
        let is_fine = |one: &usize, other: &usize| one == other || self.1.holds(*one, *other);
        used.iter().all(|one| used.iter().all(|other| is_fine(one, other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::request::{BodyGate, RequestTarget};

    fn headers(names: &[&'static str]) -> Carriers {
        let mut carriers = Carriers::none();
        names.iter().for_each(|name| carriers.add_header(*name));
        carriers
    }

    fn both(first: Carriers, second: Carriers) -> Carriers {
        let mut carriers = Carriers::none();
        carriers.add_companions(first, second);
        carriers
    }

    /// As a layer has them, and with what members outside of `all` read.
    fn chain(all: Carriers, outside: &[&'static str]) -> Carriers {
        let mut carriers = Carriers::new();
        outside.iter().for_each(|name| carriers.add_header(*name));
        carriers.place_all(all);
        carriers
    }

    fn refused(carriers: &Carriers, query: Option<&str>, used: &[&str]) -> bool {
        let headers: Vec<(String, Vec<u8>)> =
            used.iter().map(|name| ((*name).to_owned(), b"v".to_vec())).collect();
        let gate = BodyGate::new();
        let target = RequestTarget::new("GET", "/", query);
        let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(0));
        carriers.several_in(&view) && !carriers.are_companions_in(&view)
    }

    #[test]
    fn one_of_each_member_may_be_used_and_no_more() {
        let carriers = chain(both(headers(&["a", "a2"]), headers(&["authorization"])), &["c"]);
        for fine in [&["a", "authorization"][..], &["a2", "authorization"], &["a"], &["a", "a"], &["c"]] {
            assert!(!refused(&carriers, None, fine), "{fine:?}");
        }
        for two in [&["a", "a2"][..], &["a", "a2", "authorization"], &["c", "a"], &["c", "authorization"]] {
            assert!(refused(&carriers, None, two), "{two:?}");
        }
        assert!(refused(&carriers, None, &["c", "a", "authorization"]));
    }

    #[test]
    fn a_carrier_that_is_read_alone_too_has_no_companion() {
        let all = || both(headers(&["authorization"]), headers(&["b"]));
        assert!(!refused(&chain(all(), &[]), None, &["authorization", "b"]));
        assert!(refused(&chain(all(), &["authorization"]), None, &["authorization", "b"]));
        assert!(refused(&chain(all(), &["b"]), None, &["authorization", "b"]));
        let nested = both(chain(all(), &["b"]), headers(&["d"]));
        assert!(refused(&nested, None, &["authorization", "b"]) && !refused(&nested, None, &["d", "b"]));
    }

    #[test]
    fn authorization_is_nobodys_companion_unless_it_was_declared() {
        let carriers = chain(both(headers(&["a"]), headers(&["b"])), &[]);
        assert!(!refused(&carriers, None, &["a", "b"]));
        assert!(refused(&carriers, None, &["a", "b", "authorization"]));
    }

    #[test]
    fn three_that_belong_together_may_be_used_together() {
        let all = both(both(headers(&["a"]), headers(&["b"])), headers(&["c"]));
        assert!(!refused(&chain(all, &[]), None, &["a", "b", "c"]));
        let pairs = [both(headers(&["a"]), headers(&["b"])), both(headers(&["a"]), headers(&["c"]))];
        let mut carriers = Carriers::new();
        pairs.into_iter().for_each(|pair| drop(carriers.place_all(pair)));
        assert!(!refused(&carriers, None, &["a", "b"]) && !refused(&carriers, None, &["c", "a"]));
        assert!(refused(&carriers, None, &["a", "b", "c"]) && refused(&carriers, None, &["b", "c"]));
    }

    #[test]
    fn a_parameter_can_be_a_companion() {
        let mut parameters = Carriers::none();
        parameters.add_parameter("signature");
        parameters.add_parameter("key");
        let carriers = chain(both(parameters, headers(&["a"])), &["c"]);
        assert!(!refused(&carriers, Some("signature=s"), &["a"]));
        assert!(refused(&carriers, Some("signature=s&key=k"), &["a"]));
        assert!(refused(&carriers, Some("signature=s"), &["c"]));
    }
}
