//! What came of a report.

use crate::store::KeySummary;

/// What came of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeakOutcome {
    /// It is no secret of any key here.
    NotOurs,
    /// The key is withdrawn now. This is how it stood before.
    Revoked(Box<KeySummary>),
    /// The key was withdrawn before.
    AlreadyRevoked(Box<KeySummary>),
    /// It is a secret that the key had: a rotation has ended it. The key has another, and
    /// stays as it is.
    Replaced(Box<KeySummary>),
}
