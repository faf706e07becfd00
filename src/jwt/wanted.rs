//! Claims that are asked for by name.

use super::json::Passed;

/// So many claims can be asked for: each has a bit.
const MOST: usize = 64;

/// The names of the claims to look for besides those that have a meaning.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted(Vec<Box<str>>);

/// Some of the [`Wanted`] claims: which must be there, and which of them as text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    any: u64,
    texts: u64,
}

/// Which of the [`Wanted`] claims are there and not null, and which of them are texts.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    any: u64,
    texts: u64,
}

impl Wanted {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// The bit of `name`, which is added if need be; none where there are too many names.
    pub(super) fn add(&mut self, name: &str) -> Option<u64> {
        let place = self.place(name).unwrap_or(self.0.len());
        if place >= MOST {
            return None;
        }
        if place == self.0.len() {
            self.0.push(name.into());
        }
        Some(1 << place)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }

    /// The bit of `name`, or no bit.
    pub(super) fn bit(&self, name: &str) -> u64 {
        self.place(name).map_or(0, |place| 1 << place)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|held| **held == *name)
    }
}

impl Needs {
    pub(super) const fn none() -> Self {
        Self { any: 0, texts: 0 }
    }

    /// Needs the claims of these bits besides; as text, if it is `text`.
    pub(super) const fn add(&mut self, bits: u64, text: bool) {
        self.any |= bits;
        if text {
            self.texts |= bits;
        }
    }

    /// The same needs of claims that have other bits in `union`, which takes those up that it
    /// does not have; none where they are too many.
    pub(super) fn within(self, wanted: &Wanted, union: &mut Wanted) -> Option<Self> {
        let mut needs = Self::none();
        for name in wanted.names() {
            let bit = wanted.bit(name);
            if self.any & bit != 0 {
                needs.add(union.add(name)?, self.texts & bit != 0);
            }
        }
        Some(needs)
    }
}

impl Seen {
    pub(super) fn add(&mut self, bit: u64, value: &Passed) {
        if *value != Passed::Null {
            self.any |= bit;
        }
        if *value == Passed::Text {
            self.texts |= bit;
        }
    }

    /// Whether everything is there that is needed.
    pub(super) const fn has(self, needs: Needs) -> bool {
        self.any & needs.any == needs.any && self.texts & needs.texts == needs.texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_bits_of_their_own_as_long_as_there_are_any() {
        let mut wanted = Wanted::new();
        let bits: Vec<_> = (0..MOST).map(|n| wanted.add(&n.to_string()).expect("a bit")).collect();
        assert_eq!(bits.iter().fold(0, |all, bit| all ^ bit), u64::MAX);
        assert_eq!((wanted.add("7"), wanted.add("x")), (Some(bits[7]), None));
        assert_eq!((wanted.bit("63"), wanted.bit("x")), (1 << 63, 0));
    }

    #[test]
    fn needs_are_the_same_under_other_bits() {
        let (mut own, mut union) = (Wanted::new(), Wanted::new());
        union.add("c").expect("a bit");
        let mut needs = Needs::none();
        needs.add(own.add("a").expect("a bit"), false);
        needs.add(own.add("b").expect("a bit"), true);
        let needs = needs.within(&own, &mut union).expect("room");
        for (a, b, expected) in [
            (Passed::Other, Passed::Text, true),
            (Passed::Text, Passed::Text, true),
            (Passed::Other, Passed::Other, false),
            (Passed::Null, Passed::Text, false),
        ] {
            let mut seen = Seen::default();
            seen.add(union.bit("a"), &a);
            seen.add(union.bit("b"), &b);
            assert_eq!(seen.has(needs), expected);
        }
    }
}
