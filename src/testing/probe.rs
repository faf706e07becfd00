//! Requests of strangers, and what became of them.

use crate::guard::Refused;
use crate::{ErrorKind, crypto};

/// How a stranger asks.
#[derive(Clone, Debug)]
pub(super) enum Stranger {
    /// Without a credential.
    Bare,
    /// With one that nobody has.
    Garbage(String),
}

impl Stranger {
    /// Both. A guard refuses the second one even where it lets anonymous requests through.
    pub(super) fn both() -> [Self; 2] {
        let guess = super::must(crypto::random::hex::<16>());
        [Self::Bare, Self::Garbage(format!("Bearer {guess}"))]
    }

    /// What `Authorization` says.
    pub(super) fn authorization(&self) -> Option<&str> {
        match self {
            Self::Bare => None,
            Self::Garbage(value) => Some(value),
        }
    }

    /// The line of a route that was asked, unless a guard refused.
    pub(super) fn line(&self, route: (&str, &str), ended: Ended) -> Option<String> {
        let (method, path) = route;
        let by = match self {
            Self::Bare => "without a credential",
            Self::Garbage(_) => "with a credential of nobody",
        };
        Some(match ended {
            Ended::Refused => return None,
            Ended::Answered(404 | 405) => format!("{method} {path}: unknown"),
            Ended::Answered(status) => format!("{method} {path}: {status} {by}"),
            Ended::Failed => format!("{method} {path}: failed {by}"),
            Ended::NotSent => format!("{method} {path}: is no request"),
        })
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ended {
    /// A guard refused it.
    Refused,
    /// Somebody answered with this status, and it was no guard.
    Answered(u16),
    /// There was no answer.
    Failed,
    /// There is no such request.
    NotSent,
}

impl Ended {
    /// A guard that is put together wrongly has not refused anybody: it was not there.
    pub(super) fn of(status: u16, refused: Option<&Refused>) -> Self {
        match refused.map(Refused::kind) {
            None | Some(ErrorKind::Internal) => Self::Answered(status),
            Some(_) => Self::Refused,
        }
    }
}
