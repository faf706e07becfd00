//! How a console is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::sign::Origin;
use crate::store::KeyFormat;
use crate::{Realm, Scheme, Scope, UserId};

/// The longest address of a console.
const LONGEST_BASE: usize = 255;

/// Why there is no console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidConsole {
    /// The address where it is mounted.
    #[error(
        "a console is at a path of at most 255 bytes, such as \"/admin/keys\": it begins with `/`, does not end with it, and has letters, digits, `-`, `_`, `.` and single `/`"
    )]
    Base,
    /// The system's random generator failed.
    #[error("the system's random generator failed")]
    Random,
}

/// The users whom keys may be bound to.
#[derive(Clone)]
pub(super) struct UserFilter(pub(super) Arc<dyn Fn(&UserId) -> bool + Send + Sync>);

impl fmt::Debug for UserFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserFilter(..)")
    }
}

/// What pages know of how the console is set up.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Where it is mounted.
    pub(super) base: Arc<str>,
    /// The origin that browsers know it by, where that is not what requests say.
    pub(super) origin: Option<Origin>,
    /// The privilege to see.
    pub(super) see: Scope,
    /// The privilege to change.
    pub(super) change: Scope,
    /// The privilege to change the directory, where that takes one more.
    pub(super) directory: Option<Scope>,
    /// Whom keys may be bound to; everybody without it.
    pub(super) users: Option<UserFilter>,
    /// The sets of keys; the first one is shown first.
    pub(super) realms: Vec<Realm>,
    /// The schemes that keys can be issued for.
    pub(super) schemes: Vec<Scheme>,
    /// How new API keys look.
    pub(super) key_format: Option<KeyFormat>,
    /// How clients call the service.
    pub(super) service: Service,
    /// The routes that nobody guards, as the application says.
    pub(super) open_routes: Vec<String>,
    /// How long before its end a key is shown as expiring.
    pub(super) expiry_notice: Duration,
    /// How old a secret may be before it is due for renewal.
    pub(super) renewal: Duration,
}

impl Settings {
    /// Whether a key may be bound to a user.
    pub(super) fn allows(&self, user: &UserId) -> bool {
        self.users.as_ref().is_none_or(|UserFilter(allow)| allow(user))
    }
}

/// How clients call the service whose keys these are: for the lines that are shown with a new
/// key.
///
/// ```
/// use portcullis::console::Service;
/// let service = Service::at("https://api.example/whoami").with_sigv4("eu-central-1", "orders");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub(super) url: String,
    pub(super) sigv4: Option<(String, String)>,
}

impl Service {
    /// A service of which `url` can be asked for with GET: scheme, authority and path.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into(), sigv4: None }
    }

    /// The region and the service that signatures of AWS are for.
    #[must_use]
    pub fn with_sigv4(mut self, region: impl Into<String>, service: impl Into<String>) -> Self {
        self.sigv4 = Some((region.into(), service.into()));
        self
    }
}

/// Whether a console can be at this address.
pub(super) fn check_base(base: &str) -> Result<(), InvalidConsole> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let mut parts = base.split('/');
    let fits = base.len() <= LONGEST_BASE
        && parts.next() == Some("")
        && parts.all(|part| {
            !part.is_empty() && part.bytes().all(is_plain) && !part.bytes().all(|byte| byte == b'.')
        });
    if fits { Ok(()) } else { Err(InvalidConsole::Base) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_console_is_at_a_plain_path() {
        for good in ["", "/keys", "/admin/keys", "/a-b_c.d/0"] {
            assert_eq!(check_base(good), Ok(()), "{good}");
        }
        for bad in [
            "/",
            "keys",
            "/keys/",
            "//keys",
            "/a//b",
            "/{id}",
            "/a b",
            "/é",
            "/a/../b",
            "/a\"",
            &"/a".repeat(200),
        ] {
            assert_eq!(check_base(bad), Err(InvalidConsole::Base), "{bad}");
        }
    }
}
