//! What an event says of a principal.

use std::borrow::Cow;

use super::request::owned;
use crate::{Credential, Identity};

/// Who a request is from, and by which credential.
///
/// ```
/// use portcullis::audit::Who;
/// use portcullis::{AccountId, Principal, UserId};
/// let me = Principal::builder(UserId::from("ada")).account(AccountId::from("acme")).build();
/// let who = Who::of(&me);
/// assert_eq!((who.user(), who.account(), who.site()), (Some("ada"), Some("acme"), None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who<'a> {
    user: Option<Cow<'a, str>>,
    account: Option<Cow<'a, str>>,
    site: Option<Cow<'a, str>>,
    credential: Option<Cow<'a, Credential>>,
}

impl<'a> Who<'a> {
    /// What `principal` says of itself.
    #[must_use]
    pub fn of<P: Identity>(principal: &'a P) -> Self {
        Self {
            user: principal.user_id().map(Cow::Borrowed),
            account: principal.account_id().map(Cow::Borrowed),
            site: principal.site_id().map(Cow::Borrowed),
            credential: principal.credential().map(Cow::Borrowed),
        }
    }

    /// The user who acts.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The account it acts for.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The site it acts on.
    #[must_use]
    pub fn site(&self) -> Option<&str> {
        self.site.as_deref()
    }

    /// The credential that it came from.
    #[must_use]
    pub fn credential(&self) -> Option<&Credential> {
        self.credential.as_deref()
    }

    /// The same, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Who<'static> {
        Who {
            user: self.user.map(owned),
            account: self.account.map(owned),
            site: self.site.map(owned),
            credential: self.credential.map(|credential| Cow::Owned(credential.into_owned())),
        }
    }
}
