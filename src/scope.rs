//! Scopes: what a principal may do.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// One scope or privilege, such as `orders:write`.
///
/// The characters are those of RFC 6749, section 3.3: printable ASCII without
/// space, `"` and `\`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(Arc<str>);

/// The text is not a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope is one or more printable ASCII characters without space, quote and backslash")]
pub struct InvalidScope;

impl Scope {
    /// Checks and takes a scope.
    ///
    /// # Errors
    /// When the text is empty or has a character outside RFC 6749, section 3.3.
    pub fn new(text: &str) -> Result<Self, InvalidScope> {
        let allowed = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if text.is_empty() || !text.as_bytes().iter().all(allowed) {
            return Err(InvalidScope);
        }
        Ok(Self(text.into()))
    }

    /// The text of the scope.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Scope {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of scopes. Cloning it costs one reference count.
///
/// ```
/// use portcullis::Scopes;
/// let scopes = Scopes::parse("orders:read orders:write")?;
/// assert!(scopes.contains("orders:read"));
/// assert!(!scopes.contains("orders"));
/// # Ok::<(), portcullis::InvalidScope>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Option<Arc<[Scope]>>);

impl Scopes {
    /// No scope at all.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// Collects scopes; order and repetition do not matter.
    ///
    /// # Errors
    /// When one of the texts is no scope.
    pub fn new<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidScope> {
        scopes.into_iter().map(Scope::new).collect()
    }

    /// Reads the space-separated list of RFC 6749, section 3.3.
    ///
    /// # Errors
    /// When one of the words is no scope.
    pub fn parse(list: &str) -> Result<Self, InvalidScope> {
        Self::new(list.split(' ').filter(|word| !word.is_empty()))
    }

    /// The scopes of both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (None, _) => other.clone(),
            (_, None) => self.clone(),
            (Some(_), Some(_)) => self.iter().chain(other).cloned().collect(),
        }
    }

    /// Those of its scopes that the other has too.
    ///
    /// ```
    /// use portcullis::Scopes;
    /// let both = Scopes::parse("a b c")?.intersection(&Scopes::parse("b c d")?);
    /// assert_eq!(both, Scopes::parse("b c")?);
    /// # Ok::<(), portcullis::InvalidScope>(())
    /// ```
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.iter().filter(|scope| other.contains(scope.as_str())).cloned().collect()
    }

    /// Whether `scope` is one of them, to the letter.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.as_slice().binary_search_by(|held| held.as_str().cmp(scope)).is_ok()
    }

    /// Whether every scope of `needed` is one of them.
    #[must_use]
    pub fn contains_all(&self, needed: &Self) -> bool {
        needed.iter().all(|scope| self.contains(scope.as_str()))
    }

    /// The scopes, sorted.
    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.as_slice().iter()
    }

    fn as_slice(&self) -> &[Scope] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut all: Vec<Scope> = scopes.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        Self((!all.is_empty()).then(|| all.into()))
    }
}

impl<'a> IntoIterator for &'a Scopes {
    type Item = &'a Scope;
    type IntoIter = std::slice::Iter<'a, Scope>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, scope) in self.iter().enumerate() {
            if n > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

/// A principal that carries scopes; what `require_scopes` asks.
///
/// [`Principal`](crate::Principal) has it; a principal type of your own implements it
/// in one line.
pub trait HasScopes {
    /// What the principal may do.
    fn scopes(&self) -> &Scopes;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_outside_the_grammar_are_refused() {
        for bad in ["", " ", "a b", "a\"b", "a\\b", "é", "a\n"] {
            assert_eq!(Scope::new(bad), Err(InvalidScope), "{bad:?}");
        }
    }

    #[test]
    fn a_list_prints_as_it_is_read() {
        let scopes = Scopes::parse(" b  a b ").expect("scopes");
        assert_eq!(scopes.to_string(), "a b");
        assert_eq!(Scopes::parse(&scopes.to_string()), Ok(scopes));
    }
}
