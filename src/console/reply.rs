//! What a page answers.

use std::borrow::Cow;

use bytes::Bytes;
use http::StatusCode;
use maud::Markup;

use super::layout::Section;
use crate::crypto::RandomError;
use crate::store::{AdminError, StoreError};

/// The answer of a handler, or why there is none.
pub(super) type Answer = Result<Reply, Failure>;

/// An answer.
pub(super) enum Reply {
    /// A page.
    Page(Page),
    /// Another page, which is to be asked for with GET (RFC 9110, section 15.4.4): its path within
    /// the console with its query, and what is said there.
    See(String, Option<Notice>),
    /// A file to keep.
    File {
        /// What it is called.
        name: &'static str,
        /// Its content type.
        content_type: &'static str,
        /// What is in it.
        content: Bytes,
    },
}

/// A page, without what is around each.
pub(super) struct Page {
    pub(super) title: Cow<'static, str>,
    pub(super) section: Section,
    pub(super) status: StatusCode,
    /// What could not be done, and why.
    pub(super) error: Option<String>,
    /// After how many seconds it is asked for again.
    pub(super) refresh: Option<u32>,
    pub(super) body: Markup,
}

impl Page {
    pub(super) fn new(section: Section, title: impl Into<Cow<'static, str>>, body: Markup) -> Self {
        let status = StatusCode::OK;
        Self { title: title.into(), section, status, error: None, refresh: None, body }
    }

    /// Says what could not be done: a form is shown again like this.
    pub(super) fn with_error(mut self, failure: &Failure) -> Self {
        self.status = failure.status();
        self.error = Some(failure.to_string());
        self
    }

    /// Has browsers ask for it again.
    pub(super) const fn refreshed_after(mut self, seconds: u32) -> Self {
        self.refresh = Some(seconds);
        self
    }
}

impl From<Page> for Reply {
    fn from(page: Page) -> Self {
        Self::Page(page)
    }
}

impl Reply {
    /// Another page, without a word.
    pub(super) fn see(path: impl Into<String>) -> Self {
        Self::See(path.into(), None)
    }

    /// Another page, on which is said what was done.
    pub(super) fn done(path: impl Into<String>, notice: Notice) -> Self {
        Self::See(path.into(), Some(notice))
    }
}

/// Why there is no answer: a page that says so.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// What a form says cannot be done.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
    /// There is no such thing.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// There was such a thing, and no longer is.
    #[error("{0}")]
    Gone(&'static str),
    /// The form did not come from a page of the console, or from one that is too old.
    #[error("this form did not come from this console, or is too old: load the page again")]
    Foreign,
    /// The store said no, or nothing.
    #[error(transparent)]
    Store(#[from] AdminError),
    /// Something beside the store cannot answer.
    #[error("{0} cannot be read now: try again soon")]
    Outage(&'static str),
    /// There is no randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

impl Failure {
    pub(super) fn invalid(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(text.into())
    }

    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unknown(_) => StatusCode::NOT_FOUND,
            Self::Gone(_) => StatusCode::GONE,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Outage(_) | Self::Random(_) | Self::Store(AdminError::Store(_) | AdminError::Random(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Store(
                AdminError::UnknownKey
                | AdminError::UnknownGroup
                | AdminError::UnknownRole
                | AdminError::UnknownPrivilege
                | AdminError::UnknownEntryPoint,
            ) => StatusCode::NOT_FOUND,
            Self::Store(AdminError::Revoked | AdminError::Duplicate) => StatusCode::CONFLICT,
            Self::Store(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

/// Declares notices: the word in a link, and what the page says.
macro_rules! notices {
    ($($name:ident $word:literal $text:literal;)*) => {
        /// What was done. A link carries the word, never the text: nobody puts words into a page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Notice {
            $(#[doc = $text] $name,)*
        }

        impl Notice {
            pub(super) const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            pub(super) const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            pub(super) fn of_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)* _ => None }
            }
        }
    };
}

notices! {
    Saved "saved" "The change is saved.";
    Added "added" "It was added.";
    Removed "removed" "It was removed.";
    Enabled "enabled" "It is switched on.";
    Disabled "disabled" "It is switched off.";
    Revoked "revoked" "The key is revoked, for good.";
    Cleared "cleared" "The keys of the site are revoked, for good.";
    LoggedOut "logged-out" "You are logged out.";
}
