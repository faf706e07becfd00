//! A key that was issued.

use std::fmt;

use crate::{KeyId, Secret};

/// A key that was just issued: the one time that its secret can be seen.
#[must_use = "the secret of this key cannot be shown again"]
#[non_exhaustive]
pub struct IssuedKey {
    /// The public id.
    pub id: KeyId,
    /// The secret.
    pub secret: IssuedSecret,
}

impl IssuedKey {
    /// What a store gives out once the key is kept.
    pub const fn new(id: KeyId, secret: Secret) -> Self {
        Self { id, secret: IssuedSecret(secret) }
    }
}

impl fmt::Debug for IssuedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The secret of a key that was just issued: it neither prints, compares nor clones, and is
/// wiped on drop. Whoever keeps more than one copy has to say so, by making a [`Secret`] of it.
#[must_use = "this secret cannot be shown again"]
pub struct IssuedSecret(Secret);

impl IssuedSecret {
    /// The bytes themselves, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// The bytes as text, which the secret of every key that is issued here is.
    #[must_use]
    pub fn expose_text(&self) -> Option<&str> {
        self.0.expose_text()
    }

    /// Whether `presented` is this secret, in a time that depends on the lengths alone.
    #[must_use]
    pub fn matches(&self, presented: &[u8]) -> bool {
        self.0.matches(presented)
    }

    /// Makes it a secret like any other, which can be cloned: for a client in the same process.
    #[must_use]
    pub fn into_secret(self) -> Secret {
        self.0
    }
}

/// Lends it to what seals secrets, looks for them or signs with them.
impl AsRef<Secret> for IssuedSecret {
    fn as_ref(&self) -> &Secret {
        &self.0
    }
}

impl fmt::Debug for IssuedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IssuedSecret(..)")
    }
}
