//! Privileges: what a role lets its users do.

use crate::Scope;

const LONGEST_LABEL: usize = 255;

/// One privilege: data that operators edit, not code.
///
/// It has a *name* of one word, which is the [`Scope`] that routes ask for, and a *label*
/// for people. Where only the label is known, the name is made of it: in lower case, with
/// one `-` for each run of characters that are not ASCII letters or digits, and none at
/// the ends.
///
/// ```
/// use portcullis::Scope;
/// use portcullis::store::Privilege;
///
/// let privilege = Privilege::labelled("Use API Key")?;
/// assert_eq!(privilege.name().as_str(), "use-api-key");
/// assert_eq!(privilege.label(), "Use API Key");
///
/// let privilege = Privilege::new(Scope::new("clients:read")?).with_label("Read clients")?;
/// assert_eq!(privilege.name().as_str(), "clients:read");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privilege {
    name: Scope,
    label: String,
}

/// The text is no label of a privilege.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a label is at most 255 bytes without control characters, and has an ASCII letter or digit")]
pub struct InvalidLabel;

impl Privilege {
    /// A privilege of this name, which is its label too.
    #[must_use]
    pub fn new(name: Scope) -> Self {
        Self { label: name.as_str().to_owned(), name }
    }

    /// A privilege of this label, and of the name that follows from it. Two labels may
    /// have the same name: the second one is a duplicate to a store.
    ///
    /// # Errors
    /// When no name follows, when the label is longer than 255 bytes, and when it has
    /// control characters.
    pub fn labelled(label: &str) -> Result<Self, InvalidLabel> {
        let words = label.split(|letter: char| !letter.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let name = Scope::new(&words.join("-").to_ascii_lowercase()).map_err(|_| InvalidLabel)?;
        Self::new(name).with_label(label)
    }

    /// The same privilege under another label.
    ///
    /// # Errors
    /// When the label is empty or longer than 255 bytes, or has control characters.
    pub fn with_label(mut self, label: &str) -> Result<Self, InvalidLabel> {
        if label.is_empty() || label.len() > LONGEST_LABEL || label.contains(char::is_control) {
            return Err(InvalidLabel);
        }
        label.clone_into(&mut self.label);
        Ok(self)
    }

    /// The word that routes ask for.
    #[must_use]
    pub const fn name(&self) -> &Scope {
        &self.name
    }

    /// What people call it.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_becomes_one_word() {
        for (label, name) in [
            ("Use API Key", "use-api-key"),
            ("View Table Actions", "view-table-actions"),
            ("  run -- Actions! ", "run-actions"),
            ("use-api-key", "use-api-key"),
            ("2nd \"level\"\\", "2nd-level"),
            ("Größe", "gr-e"),
        ] {
            let privilege = Privilege::labelled(label).expect(label);
            assert_eq!((privilege.name().as_str(), privilege.label()), (name, label));
        }
    }

    #[test]
    fn a_label_that_gives_no_word_is_refused() {
        for label in ["", " ", "--", "特権", "a\nb", &"a".repeat(256)] {
            assert_eq!(Privilege::labelled(label), Err(InvalidLabel), "{label:?}");
        }
        assert!(Privilege::labelled(&"a".repeat(255)).is_ok());
    }
}
