//! What operators may see of a secret.

use std::fmt;

use crate::store::{KeyFormat, StoreError};
use crate::{Scheme, Secret};

/// How many characters a secret has without its prefix, where the last of them are kept: so many
/// stay unknown that what is shown helps nobody to guess the rest.
const LEAST: usize = 32;
const SHOWN: usize = 4;

/// What operators may see of the newest secret of a key, so that they recognise it: its prefix, and
/// its last four characters where the secret without its prefix has 32 or more.
///
/// The form of text is `igny8_…Ab3d`, or `igny8_…` where the last four are not kept; nothing at
/// all where nothing is known.
///
/// ```
/// use portcullis::Scheme;
/// use portcullis::store::{KeyFormat, issuing};
/// let format = KeyFormat::plain("igny8_", 40)?;
/// let hint = issuing::hint(Scheme::ApiKey, &format, &"igny8_0123456789abcdefghij0123456789abcdefAb3d".into());
/// assert_eq!(hint.to_string(), "igny8_…Ab3d");
/// let short = issuing::hint(Scheme::ApiKey, &format, &"igny8_0123456789abcdefghij".into());
/// assert_eq!(short.to_string(), "igny8_…");
/// # Ok::<(), portcullis::store::InvalidKeyFormat>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct KeyHint {
    prefix: String,
    last_four: Option<String>,
}

impl KeyHint {
    /// Nothing is known: as of a key that was imported by its hash.
    #[must_use]
    pub const fn none() -> Self {
        Self { prefix: String::new(), last_four: None }
    }

    /// What the secret begins with; empty for signing keys.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The last four characters, where they are kept.
    #[must_use]
    pub fn last_four(&self) -> Option<&str> {
        self.last_four.as_deref()
    }

    /// Whether nothing is known.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.prefix.is_empty() && self.last_four.is_none()
    }
}

impl fmt::Display for KeyHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return Ok(());
        }
        write!(f, "{}…{}", self.prefix, self.last_four.as_deref().unwrap_or_default())
    }
}

/// The hint of a new secret: for [`issue`](crate::store::KeyAdmin::issue) and `rotate`, and for a
/// text that is [adopted](crate::store::LegacyKeyStore::adopt) as the newest secret of its key.
#[must_use]
pub fn hint(scheme: Scheme, format: &KeyFormat, secret: &Secret) -> KeyHint {
    let Some(text) = secret.expose_text() else { return KeyHint::none() };
    let prefix = if scheme == Scheme::ApiKey { format.beginning() } else { "" };
    let (prefix, rest) = text.strip_prefix(prefix).map_or(("", text), |rest| (prefix, rest));
    let last = rest.len().checked_sub(SHOWN).and_then(|start| rest.get(start..));
    let last = last.filter(|last| rest.chars().count() >= LEAST && is_shown(last));
    KeyHint { prefix: prefix.to_owned(), last_four: last.map(str::to_owned) }
}

/// The hint of what a store has kept of it.
///
/// # Errors
/// [`StoreError::Corrupt`] when these are not four characters.
pub fn kept_hint(prefix: &str, last_four: Option<&str>) -> Result<KeyHint, StoreError> {
    if last_four.is_some_and(|last| !is_shown(last)) {
        return Err(StoreError::corrupt("the last characters of a key"));
    }
    Ok(KeyHint { prefix: prefix.to_owned(), last_four: last_four.map(str::to_owned) })
}

fn is_shown(last: &str) -> bool {
    last.len() == SHOWN && last.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(scheme: Scheme, prefix: &str, text: &str) -> String {
        hint(scheme, &KeyFormat::plain(prefix, 40).expect("a format"), &Secret::from(text)).to_string()
    }

    #[test]
    fn the_last_four_are_kept_where_enough_stays_unknown() {
        let (long, short) = ("0123456789abcdef0123456789abcdEF", "0123456789abcdef0123456789abcEF");
        assert_eq!(shown(Scheme::ApiKey, "p_", &format!("p_{long}")), "p_…cdEF");
        assert_eq!(shown(Scheme::ApiKey, "p_", &format!("p_{short}")), "p_…");
        assert_eq!(shown(Scheme::ApiKey, "", short), "");
        assert_eq!(shown(Scheme::ApiKey, "other_", long), "…cdEF");
        assert_eq!(shown(Scheme::XAuth, "0123", long), "…cdEF");
        assert_eq!(shown(Scheme::XAuth, "", short), "");
        assert_eq!(shown(Scheme::XAuth, "", "0123456789abcdef0123456789abcdef a b"), "");
        assert_eq!(shown(Scheme::XAuth, "", "0123456789abcdef0123456789abcdefé"), "");
    }

    #[test]
    fn what_was_kept_is_read_and_nothing_longer() {
        assert_eq!(kept_hint("p_", Some("Ab3d")).expect("a hint").to_string(), "p_…Ab3d");
        for bad in ["", "Ab3", "Ab3d5", "Ab d", "é12"] {
            assert!(kept_hint("p_", Some(bad)).is_err(), "{bad:?}");
        }
    }
}
