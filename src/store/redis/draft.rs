//! Changes: what was read, what is to be written, and one step that does it or does not.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use redis::Cmd;

use super::scripts::COMMIT;
use super::server::RedisServer;
use crate::crypto::random;
use crate::store::{Change, ChangeMessage, StoreError};

/// A change that is being worked out. It reads what it needs, writes into itself, and is made
/// at once by [`commit`](Self::commit), unless something that it has read is no longer so.
pub(super) struct Draft<'s> {
    server: &'s RedisServer,
    read: BTreeMap<String, Option<Vec<u8>>>,
    written: BTreeMap<String, Option<Vec<u8>>>,
    members: VecDeque<(&'static str, String, String)>,
}

impl<'s> Draft<'s> {
    pub(super) const fn new(server: &'s RedisServer) -> Self {
        Self { server, read: BTreeMap::new(), written: BTreeMap::new(), members: VecDeque::new() }
    }

    /// Reads documents, in one round trip.
    pub(super) async fn read(&mut self, names: impl IntoIterator<Item = String>) -> Result<(), StoreError> {
        let names: Vec<_> = names.into_iter().filter(|name| !self.read.contains_key(name)).collect();
        if names.is_empty() {
            return Ok(());
        }
        let documents: Vec<Option<Vec<u8>>> = self.server.call(Cmd::new().arg("MGET").arg(&names)).await?;
        if documents.len() != names.len() {
            return Err(StoreError::corrupt("the number of documents"));
        }
        self.read.extend(names.into_iter().zip(documents));
        Ok(())
    }

    /// A document that was read, as it will be.
    pub(super) fn document(&self, name: &str) -> Result<Option<&[u8]>, StoreError> {
        match self.written.get(name).or_else(|| self.read.get(name)) {
            Some(document) => Ok(document.as_deref()),
            // A change that rests on what was not read could not be refused.
            None => Err(StoreError::corrupt("a change of what was not read")),
        }
    }

    /// Whether there will be a document that was read.
    pub(super) fn holds(&self, name: &str) -> Result<bool, StoreError> {
        self.document(name).map(|document| document.is_some())
    }

    pub(super) fn write(&mut self, name: String, document: Vec<u8>) {
        self.written.insert(name, Some(document));
    }

    pub(super) fn delete(&mut self, name: String) {
        self.written.insert(name, None);
    }

    /// Adds a member to a list.
    pub(super) fn add(&mut self, list: String, member: &str) {
        self.members.push_back(("add", list, member.to_owned()));
    }

    /// Takes a member from a list.
    pub(super) fn remove(&mut self, list: String, member: &str) {
        self.members.push_back(("remove", list, member.to_owned()));
    }

    /// Makes the change, counts it and tells of it; false where something that was read has
    /// changed since, and nothing was made.
    pub(super) async fn commit(self, change: Change) -> Result<bool, StoreError> {
        let told = ChangeMessage { number: 0, change }.to_string();
        let told = told.split_once(' ').map_or("", |(_, rest)| rest);
        let mut call = COMMIT.key(self.server.names().changes());
        call.arg(self.server.channel()).arg(told).arg(self.read.len());
        for (name, document) in &self.read {
            call.key(name);
            match document {
                Some(document) => call.arg([b"=", document.as_slice()].concat()),
                None => call.arg("-"),
            };
        }
        for (name, document) in &self.written {
            call.key(name);
            match document {
                Some(document) => call.arg("set").arg(document),
                None => call.arg("delete").arg(""),
            };
        }
        for (verb, list, member) in &self.members {
            call.key(list).arg(*verb).arg(member);
        }
        let made: i64 = self.server.run(&call).await?;
        Ok(made == 1)
    }
}

/// How often a change is worked out anew because another one came between.
#[derive(Debug, Default)]
pub(super) struct Attempts(u32);

const MOST: u32 = 100;
/// The longest pause between two attempts is 2 to this power, in milliseconds.
const LONGEST: u32 = 6;

impl Attempts {
    /// Waits a random while, longer each time, so that those who meet do not meet again.
    pub(super) async fn again(&mut self) -> Result<(), StoreError> {
        self.0 += 1;
        if self.0 == MOST {
            return Err(StoreError::unavailable(Contended));
        }
        let random = random::bytes::<2>().map_err(StoreError::unavailable)?;
        let longest = 1000_u64 << self.0.min(LONGEST);
        let pause = longest * u64::from(u16::from_be_bytes(*random)) / u64::from(u16::MAX);
        tokio::time::sleep(Duration::from_micros(pause)).await;
        Ok(())
    }
}

/// Others changed the same again and again.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many changes of the same thing at once")]
struct Contended;
