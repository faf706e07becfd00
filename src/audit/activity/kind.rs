//! What came of it.

use crate::audit::AuditEvent;

/// What came of what was recorded: events in few words, to filter and to count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActivityKind {
    /// A request was let through: `authenticated` and `anonymous`.
    Accepted,
    /// A request was refused.
    Refused,
    /// A key was used from an address that it was not seen at before. The request itself is
    /// another event.
    FirstUse,
    /// Some addresses have to wait.
    Throttled,
    /// All else: what was done to keys, owners and rights, a leaked key, a refresh token that was
    /// used again, and a refusal by another service.
    Change,
}

impl ActivityKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Accepted, Self::Refused, Self::FirstUse, Self::Throttled, Self::Change];

    /// The kind of an event.
    #[must_use]
    pub const fn of(event: &AuditEvent<'_>) -> Self {
        match event {
            AuditEvent::Authenticated { .. } | AuditEvent::Anonymous { .. } => Self::Accepted,
            AuditEvent::Refused { .. } => Self::Refused,
            AuditEvent::FirstUse { .. } => Self::FirstUse,
            AuditEvent::Throttled { .. } => Self::Throttled,
            _ => Self::Change,
        }
    }

    /// The stable kebab-case name of the kind.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::FirstUse => "first-use",
            Self::Throttled => "throttled",
            Self::Change => "change",
        }
    }

    /// The kind with this [name](Self::name).
    ///
    /// ```
    /// use portcullis::audit::ActivityKind;
    /// assert_eq!(ActivityKind::from_name("first-use"), Some(ActivityKind::FirstUse));
    /// assert_eq!(ActivityKind::from_name("First-Use"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_name_and_a_place_of_its_own() {
        for (place, kind) in ActivityKind::ALL.into_iter().enumerate() {
            assert_eq!((kind as usize, ActivityKind::from_name(kind.name())), (place, Some(kind)));
        }
        assert_eq!(ActivityKind::from_name("authenticated"), None);
    }
}
