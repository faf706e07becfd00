//! How nodes learn what changed: numbered messages, and a counter to compare with.

use std::fmt;
use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;

use super::{KeyRef, OwnerRef, StoreError};
use crate::{AccountId, KeyId, Realm, SiteId, UserId};

/// What was changed: as much as a cache has to know to forget the right things.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// A key has a new secret: it was issued, rotated, or its hash was replaced. What was
    /// not found before may be there now.
    Secret(KeyRef),
    /// Anything else about a key: its state, its limits, its words.
    Key(KeyRef),
    /// An owner was added, switched or limited; with it every key that it is behind.
    Owner(OwnerRef),
    /// Groups, roles or privileges, or who has which.
    Roles,
    /// The saved list of entry points.
    EntryPoints,
    /// Anything at all.
    Everything,
}

/// A change with its number. Numbers grow by one with each change of a store, in the order
/// in which the changes came into force: whoever misses a number has missed a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeMessage {
    /// The number.
    pub number: u64,
    /// What was changed.
    pub change: Change,
}

/// A store that tells its nodes what changed.
pub trait ChangeFeed: Send + Sync + 'static {
    /// What waits for messages.
    type Listener: ChangeListener;

    /// The number of the last change that is in force: what a node compares with to know
    /// whether it missed one.
    ///
    /// # Errors
    /// When the store cannot answer.
    fn change_number(&self) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Starts to listen. Every change that comes into force after this has returned is
    /// heard, as long as the connection holds. A store without messages returns a listener
    /// that hears nothing.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn listen(&self) -> impl Future<Output = Result<Self::Listener, StoreError>> + Send;
}

/// What waits for messages.
pub trait ChangeListener: Send + 'static {
    /// The next message. Dropping the future loses none.
    ///
    /// # Errors
    /// When the connection was lost: messages may have been missed, and there will be no
    /// more. Listen again.
    fn next(&mut self) -> impl Future<Output = Result<ChangeMessage, StoreError>> + Send;
}

impl<S: ChangeFeed> ChangeFeed for Arc<S> {
    type Listener = S::Listener;

    fn change_number(&self) -> impl Future<Output = Result<u64, StoreError>> + Send {
        S::change_number(self)
    }

    fn listen(&self) -> impl Future<Output = Result<Self::Listener, StoreError>> + Send {
        S::listen(self)
    }
}

/// A listener of stores without messages: it waits for ever.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silence;

impl ChangeListener for Silence {
    fn next(&mut self) -> impl Future<Output = Result<ChangeMessage, StoreError>> + Send {
        std::future::pending()
    }
}

/// The text is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is no message of a change")]
pub struct InvalidChange;

/// The text that goes over a bus: the number, a word, and the names behind their lengths in
/// bytes; never more than 2,000 bytes, for what would be longer is [`Change::Everything`].
///
/// ```
/// use portcullis::store::{Change, ChangeMessage, KeyRef};
/// use portcullis::{KeyId, Realm};
/// let change = Change::Key(KeyRef { realm: Realm::default(), id: KeyId::from("k 1") });
/// let message = ChangeMessage { number: 7, change };
/// assert_eq!(message.to_string(), "7 key 7:default3:k 1");
/// assert_eq!("7 key 7:default3:k 1".parse(), Ok(message));
/// ```
impl fmt::Display for ChangeMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, names) = match &self.change {
            Change::Secret(key) => ("secret", [key.realm.as_str(), key.id.as_str()]),
            Change::Key(key) => ("key", [key.realm.as_str(), key.id.as_str()]),
            Change::Owner(OwnerRef::User(user)) => ("user", [user.as_str(), ""]),
            Change::Owner(OwnerRef::Account(account)) => ("account", [account.as_str(), ""]),
            Change::Owner(OwnerRef::Site(site)) => ("site", [site.as_str(), ""]),
            Change::Roles => ("roles", [""; 2]),
            Change::EntryPoints => ("entry-points", [""; 2]),
            Change::Everything => ("everything", [""; 2]),
        };
        let [first, second] = names;
        if first.len() + second.len() > LONGEST_NAMES {
            return write!(f, "{} everything 0:0:", self.number);
        }
        write!(f, "{} {word} {}:{first}{}:{second}", self.number, first.len(), second.len())
    }
}

const LONGEST_NAMES: usize = 1_900;

impl FromStr for ChangeMessage {
    type Err = InvalidChange;

    fn from_str(text: &str) -> Result<Self, InvalidChange> {
        let (number, rest) = text.split_once(' ').ok_or(InvalidChange)?;
        let (word, rest) = rest.split_once(' ').ok_or(InvalidChange)?;
        let (first, rest) = name(rest)?;
        let (second, rest) = name(rest)?;
        if !rest.is_empty() {
            return Err(InvalidChange);
        }
        let key = || KeyRef { realm: Realm::from(first), id: KeyId::from(second) };
        let change = match word {
            "secret" => Change::Secret(key()),
            "key" => Change::Key(key()),
            "user" => Change::Owner(OwnerRef::User(UserId::from(first))),
            "account" => Change::Owner(OwnerRef::Account(AccountId::from(first))),
            "site" => Change::Owner(OwnerRef::Site(SiteId::from(first))),
            "roles" => Change::Roles,
            "entry-points" => Change::EntryPoints,
            // A later release may know more kinds of change than this one.
            _ => Change::Everything,
        };
        Ok(Self { number: number.parse().map_err(|_| InvalidChange)?, change })
    }
}

/// A name behind its length, and the rest.
fn name(text: &str) -> Result<(&str, &str), InvalidChange> {
    let (length, rest) = text.split_once(':').ok_or(InvalidChange)?;
    let length: usize = length.parse().map_err(|_| InvalidChange)?;
    rest.split_at_checked(length).ok_or(InvalidChange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_read_as_it_is_written() {
        let key = |id: &str| KeyRef { realm: Realm::from("a:1 b"), id: KeyId::from(id) };
        for change in [
            Change::Secret(key("k")),
            Change::Key(key("3:x")),
            Change::Owner(OwnerRef::User(UserId::from("é 1:"))),
            Change::Owner(OwnerRef::Account(AccountId::from(""))),
            Change::Owner(OwnerRef::Site(SiteId::from("s"))),
            Change::Roles,
            Change::EntryPoints,
            Change::Everything,
        ] {
            let message = ChangeMessage { number: u64::MAX, change };
            assert_eq!(message.to_string().parse(), Ok(message));
        }
    }

    #[test]
    fn what_is_too_long_to_be_named_is_everything() {
        let long = Change::Owner(OwnerRef::User(UserId::from("u".repeat(5_000))));
        let text = ChangeMessage { number: 1, change: long }.to_string();
        assert_eq!(text.parse(), Ok(ChangeMessage { number: 1, change: Change::Everything }));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for bad in
            ["", "1", "1 key", "x key 1:a1:b", "1 key 2:a1:b", "1 key 1:a1:bc", "1 key 1:a", "-1 roles 0:0:"]
        {
            assert_eq!(bad.parse::<ChangeMessage>(), Err(InvalidChange), "{bad:?}");
        }
    }
}
