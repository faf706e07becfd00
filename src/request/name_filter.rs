//! Telling most names from those of a set without comparing.

/// The lengths, and the first and the last letters, of a set of names. Most other names differ in
/// one of these, and need not be compared. Case makes no difference, nor do `-` and `_`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameFilter {
    /// A bit for each length below 64.
    lengths: u64,
    /// A bit for the lower five bits of each first byte.
    firsts: u32,
    /// The same for the last ones.
    lasts: u32,
}

impl NameFilter {
    /// Adds a name.
    pub(crate) fn add(&mut self, name: &str) {
        if name.len() < 64 {
            self.lengths |= 1 << name.len();
        }
        let bits = |byte: Option<&u8>| match byte {
            Some(b'-' | b'_') => bit(Some(&b'-')) | bit(Some(&b'_')),
            byte => bit(byte),
        };
        self.firsts |= bits(name.as_bytes().first());
        self.lasts |= bits(name.as_bytes().last());
    }

    /// Whether this may be a name of the set. If not, it is none.
    #[inline]
    pub(crate) fn may_be(self, name: &str) -> bool {
        (name.len() >= 64 || self.lengths & (1 << name.len()) != 0)
            && self.lasts & bit(name.as_bytes().last()) != 0
            && self.firsts & bit(name.as_bytes().first()) != 0
    }
}

/// The bit of a byte.
#[inline]
fn bit(byte: Option<&u8>) -> u32 {
    byte.map_or(1, |byte| 1 << (byte & 31))
}

impl<'a> FromIterator<&'a str> for NameFilter {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        names.into_iter().fold(Self::default(), |mut filter, name| {
            filter.add(name);
            filter
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_the_set_is_told_apart_from_it_and_most_others_are() {
        let names = ["host", "x-user", "", &"x".repeat(63), &"y".repeat(80)];
        let filter: NameFilter = names.into_iter().collect();
        for name in names {
            assert!(filter.may_be(name) && filter.may_be(&name.to_ascii_uppercase()), "{name}");
        }
        for other in ["hosts", "cost", "hose", "a", "z-user", "x-uses", &"x".repeat(62), &"z".repeat(80)] {
            assert!(!filter.may_be(other), "{other}");
        }
        let filter: NameFilter = ["-a-", "_b_"].into_iter().collect();
        assert!(["_a_", "-b-", "-a_"].into_iter().all(|name| filter.may_be(name)));
        assert!(!NameFilter::default().may_be("host"));
    }
}
