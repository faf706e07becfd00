//! What an authenticator leaves behind for the log.

use std::sync::OnceLock;

use crate::Credential;

/// What became known of a request's credential while it was looked at: whoever made the
/// [`RequestView`](super::RequestView) reads it afterwards.
#[derive(Debug, Default)]
pub struct Notes(OnceLock<Credential>);

impl Notes {
    /// Nothing noted yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The credential that was accepted, where its authenticator said so.
    #[must_use]
    pub fn credential(&self) -> Option<&Credential> {
        self.0.get()
    }

    /// The first word stands.
    pub(super) fn accept(&self, credential: impl FnOnce() -> Credential) {
        self.0.get_or_init(credential);
    }
}
