//! What the program is asked to do.

use crate::entry_points::Action;
use crate::process::Failure;

/// A thing to do.
pub(crate) enum Task {
    /// Serve. An argument, if there is one, is the port.
    Serve,
    /// Show or save which routes keys can be limited to.
    EntryPoints(Action),
}

impl Task {
    pub(crate) fn from_arguments() -> Result<Self, Failure> {
        let arguments: Vec<_> = std::env::args().skip(1).collect();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        match *arguments.as_slice() {
            ["entry-points", "list"] => Ok(Self::EntryPoints(Action::List)),
            ["entry-points", "sync"] => Ok(Self::EntryPoints(Action::Sync)),
            ["entry-points", ..] => Err("it is `entry-points list` or `entry-points sync`".into()),
            _ => Ok(Self::Serve),
        }
    }
}
