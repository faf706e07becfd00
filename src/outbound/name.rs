//! What secrets are called.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

const LONGEST: usize = 64;

/// The name of a secret: 1 to 64 ASCII letters, digits, underscores, dots and hyphens. It is no
/// secret itself: logs, lists and templates have it. It knows case.
///
/// ```
/// use portcullis::outbound::SecretName;
/// let name: SecretName = "_datasource.MyAPIKey".parse()?;
/// assert_eq!(name.as_str(), "_datasource.MyAPIKey");
/// assert!("my key".parse::<SecretName>().is_err());
/// # Ok::<(), portcullis::outbound::InvalidSecretName>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretName(Arc<str>);

/// The text is no name of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name of a secret is 1 to 64 ASCII letters, digits, underscores, dots and hyphens")]
pub struct InvalidSecretName;

impl SecretName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SecretName {
    type Err = InvalidSecretName;

    fn from_str(text: &str) -> Result<Self, InvalidSecretName> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if text.is_empty() || text.len() > LONGEST || !text.bytes().all(fits) {
            return Err(InvalidSecretName);
        }
        Ok(Self(text.into()))
    }
}

impl Borrow<str> for SecretName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in ["", " ", "a b", "a}", "${a}", "a\n", "ä", "a/b", "a=b", &"a".repeat(65)] {
            assert_eq!(bad.parse::<SecretName>(), Err(InvalidSecretName), "{bad:?}");
        }
        for good in ["a", "WISPHUB_NET_KEY", "_datasource.MyAPIKey", "a-b", &"a".repeat(64)] {
            assert!(good.parse::<SecretName>().is_ok_and(|name| name.as_str() == good), "{good:?}");
        }
    }
}
