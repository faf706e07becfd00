//! Telling most names from those of a set without comparing.

/// The lengths and the first letters of a set of names. Most other names differ in one of
/// the two, and need not be compared. Case makes no difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameFilter {
    /// A bit for each length below 64.
    lengths: u64,
    /// A bit for the lower five bits of each first byte.
    firsts: u32,
}

impl NameFilter {
    /// Adds a name.
    pub(crate) fn add(&mut self, name: &str) {
        if name.len() < 64 {
            self.lengths |= 1 << name.len();
        }
        self.firsts |= first(name);
    }

    /// Whether this may be a name of the set. If not, it is none.
    pub(crate) fn may_be(self, name: &str) -> bool {
        (name.len() >= 64 || self.lengths & (1 << name.len()) != 0) && self.firsts & first(name) != 0
    }
}

/// The bit of a first byte.
fn first(name: &str) -> u32 {
    name.as_bytes().first().map_or(1, |byte| 1 << (byte & 31))
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
        for other in ["hosts", "cost", "a", "z-user", &"x".repeat(62), &"z".repeat(80)] {
            assert!(!filter.may_be(other), "{other}");
        }
        assert!(!NameFilter::default().may_be("host"));
    }
}
