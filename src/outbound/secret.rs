//! One secret of another service.

use super::SecretName;
use crate::store::Enabled;
use crate::{Secret, Timestamp};

/// The longest value, in bytes: what servers take as the value of a header.
const LONGEST: usize = 8 * 1024;

/// A secret of another service: a key or a token that it gave to this one. Its value is hidden
/// in debug output.
///
/// ```
/// use portcullis::outbound::OutboundSecret;
/// let secret = OutboundSecret::new("MAPS_KEY".parse()?, "correct horse battery".into())?;
/// assert!(!format!("{secret:?}").contains("horse"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct OutboundSecret {
    name: SecretName,
    enabled: Enabled,
    updated_at: Option<Timestamp>,
    value: Secret,
}

/// What is known of a secret without its value: for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboundSecretSummary {
    /// What it is called.
    pub name: SecretName,
    /// How its switch stands.
    pub enabled: Enabled,
    /// When its value or its switch was changed last; none where it comes from the environment.
    pub updated_at: Option<Timestamp>,
}

/// The value cannot be in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value of a secret is 1 to 8192 characters of printable ASCII, with no space at its ends")]
pub struct InvalidOutboundSecret;

impl OutboundSecret {
    /// A secret that is switched on.
    ///
    /// # Errors
    /// When the value is empty or longer than 8 KiB, has a control character or one outside
    /// of ASCII (RFC 9110, section 5.5), or a space at an end.
    pub fn new(name: SecretName, value: Secret) -> Result<Self, InvalidOutboundSecret> {
        let bytes = value.expose();
        let printable = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
        let edged = bytes.first() == Some(&b' ') || bytes.last() == Some(&b' ');
        if bytes.is_empty() || bytes.len() > LONGEST || !printable || edged {
            return Err(InvalidOutboundSecret);
        }
        Ok(Self { name, enabled: Enabled::Yes, updated_at: None, value })
    }

    /// Sets the switch.
    #[must_use]
    pub const fn with_enabled(mut self, enabled: Enabled) -> Self {
        self.enabled = enabled;
        self
    }

    /// Sets when it was changed last.
    #[must_use]
    pub const fn with_updated_at(mut self, at: Timestamp) -> Self {
        self.updated_at = Some(at);
        self
    }

    /// What it is called.
    #[must_use]
    pub const fn name(&self) -> &SecretName {
        &self.name
    }

    /// How its switch stands.
    #[must_use]
    pub const fn enabled(&self) -> Enabled {
        self.enabled
    }

    /// When its value or its switch was changed last; none where it comes from the environment.
    #[must_use]
    pub const fn updated_at(&self) -> Option<Timestamp> {
        self.updated_at
    }

    /// The value.
    #[must_use]
    pub const fn value(&self) -> &Secret {
        &self.value
    }

    /// What lists show: everything but the value.
    #[must_use]
    pub fn summary(&self) -> OutboundSecretSummary {
        let (name, enabled) = (self.name.clone(), self.enabled);
        OutboundSecretSummary { name, enabled, updated_at: self.updated_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_no_header_may_have_is_refused() {
        let of = |value: &[u8]| OutboundSecret::new("a".parse().expect("a name"), Secret::new(value));
        let long = [b'a'; LONGEST + 1];
        for bad in [
            b"".as_slice(),
            b" ",
            b" a",
            b"a ",
            b"a\r\nb: c",
            b"a\n",
            b"a\0",
            b"a\tb",
            b"a\x7f",
            b"\xff",
            "ä".as_bytes(),
            &long,
        ] {
            assert_eq!(of(bad).err(), Some(InvalidOutboundSecret), "{:?}", bad.get(..6));
        }
        for good in [b"a".as_slice(), b"a b", b"!~", &long[1..]] {
            assert!(of(good).is_ok_and(|secret| secret.value().matches(good)));
        }
    }
}
