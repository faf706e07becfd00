//! Which lengths the names of a set have.

/// The lengths of a set of names, to tell most other names from them without comparing. A
/// length of 64 or more may always be one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameLengths(u64);

impl NameLengths {
    /// Adds the length of a name.
    pub(crate) const fn add(&mut self, name: &str) {
        if name.len() < 64 {
            self.0 |= 1 << name.len();
        }
    }

    /// Whether a name of the set may have this length. If not, it is no name of the set.
    pub(crate) const fn may_be(self, name: &str) -> bool {
        name.len() >= 64 || self.0 & (1 << name.len()) != 0
    }
}

impl<'a> FromIterator<&'a str> for NameLengths {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        names.into_iter().fold(Self::default(), |mut lengths, name| {
            lengths.add(name);
            lengths
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_another_length_is_told_apart_and_a_long_one_never_is() {
        let lengths: NameLengths = ["host", "", &"x".repeat(63)].into_iter().collect();
        assert!(lengths.may_be("name") && lengths.may_be("") && lengths.may_be(&"y".repeat(63)));
        assert!(!lengths.may_be("a") && !lengths.may_be("longer") && !lengths.may_be(&"y".repeat(62)));
        assert!(lengths.may_be(&"y".repeat(64)) && NameLengths::default().may_be(&"y".repeat(1000)));
    }
}
