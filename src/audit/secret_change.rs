//! What was changed about a secret of another service.

/// What was changed about a secret that this service sends to another. The value is in no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretChange {
    /// It has a value, or another one.
    Set,
    /// It was switched on.
    SwitchedOn,
    /// It was switched off.
    SwitchedOff,
    /// It was removed.
    Removed,
}

impl SecretChange {
    /// The stable kebab-case name of the change.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::SwitchedOn => "switched-on",
            Self::SwitchedOff => "switched-off",
            Self::Removed => "removed",
        }
    }
}
