//! Refresh tokens and revocations in Redis.

use std::fmt;

use super::found::hex;
use super::names::InvalidNamespace;
use super::scripts::{REFRESH_BEGIN, REFRESH_END, REFRESH_TURN, REVOKE};
use super::server::RedisServer;
use crate::Timestamp;
use crate::store::tokens::{KEPT, MOST_NAMES};
use crate::store::{
    FamilyId, MOST_EPOCH, RefreshFamily, RefreshStore, RefreshTurn, Revocation, RevocationName, StoreError,
    TokenDigest, TokenRevocations, Turned,
};

/// Refresh tokens and revocations in Redis, shared by all nodes. Its clones are the same store.
///
/// Each use of a refresh token is one script, which nothing comes between. Tokens, and the names
/// of revocations, are there as SHA-256; whom a family is of, and for which client, is there in
/// clear. The server forgets a family and a revocation a day after its end, by its own clock.
///
/// Whether they survive the server is its setting: [the module](crate::store::redis) says which. A
/// lost second means that a token that was used is good again, and that *what was revoked
/// works again* until it ends.
#[derive(Clone)]
pub struct RedisTokenStore {
    server: RedisServer,
}

impl RedisTokenStore {
    /// Tokens on a server.
    #[must_use]
    pub const fn new(server: RedisServer) -> Self {
        Self { server }
    }

    /// Connects to `redis://[user:password@]host[:port][/database]`.
    ///
    /// # Errors
    /// As for [`RedisServer::connect`].
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        RedisServer::connect(url).await.map(Self::new)
    }

    /// Sets the namespace: [`RedisServer::with_namespace`].
    ///
    /// # Errors
    /// When it has characters that it must not have.
    pub fn with_namespace(mut self, namespace: &str) -> Result<Self, InvalidNamespace> {
        self.server = self.server.with_namespace(namespace)?;
        Ok(self)
    }

    fn family_name(&self, id: &FamilyId) -> String {
        self.server.names().name("refresh", &[&hex(id.as_bytes())])
    }

    fn families(&self, issuer: &str, subject: &str) -> String {
        self.server.names().name("refresh-of", &[&hex(&RefreshFamily::owner(issuer, subject))])
    }
}

/// A moment beyond which there is no difference, in microseconds: 2^53, in the year 2255.
const LATEST: i64 = 1 << 53;
/// For how long an end is outlived, in milliseconds.
const OUTLIVED: i64 = KEPT / 1_000;

fn micros(moment: Timestamp) -> i64 {
    moment.as_unix_micros().clamp(-LATEST, LATEST)
}

impl RefreshStore for RedisTokenStore {
    async fn begin(
        &self,
        id: &FamilyId,
        family: &RefreshFamily,
        token: &TokenDigest,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let mut call = REFRESH_BEGIN.key(self.family_name(id));
        call.key(self.families(&family.issuer, &family.subject));
        call.arg(hex(id.as_bytes())).arg(token.as_bytes().as_slice()).arg(family.to_bytes()?);
        call.arg(micros(family.ends_at)).arg(micros(until)).arg(OUTLIVED);
        match self.server.run(&call).await? {
            1 => Ok(()),
            _ => Err(StoreError::unavailable("there is a family of this id")),
        }
    }

    async fn turn(&self, turn: &RefreshTurn) -> Result<Turned, StoreError> {
        let mut call = REFRESH_TURN.key(self.family_name(&turn.family));
        call.arg(hex(turn.family.as_bytes()));
        call.arg(turn.presented.as_bytes().as_slice()).arg(turn.next.as_bytes().as_slice());
        call.arg(micros(turn.until)).arg(micros(turn.now)).arg(OUTLIVED);
        let answer: Vec<Vec<u8>> = self.server.run(&call).await?;
        let answer: Vec<&[u8]> = answer.iter().map(Vec::as_slice).collect();
        match *answer {
            [b"next", facts] => RefreshFamily::from_bytes(facts).map(Turned::Next),
            [b"reused", facts] => RefreshFamily::from_bytes(facts).map(Turned::Reused),
            [b"expired"] => Ok(Turned::Expired),
            [b"unknown"] => Ok(Turned::Unknown),
            _ => Err(StoreError::corrupt("the answer about a refresh token")),
        }
    }

    async fn family(&self, id: &FamilyId) -> Result<Option<RefreshFamily>, StoreError> {
        let mut get = redis::cmd("HGET");
        get.arg(self.family_name(id)).arg("facts");
        let facts: Option<Vec<u8>> = self.server.call(&get).await?;
        facts.map(|facts| RefreshFamily::from_bytes(&facts)).transpose()
    }

    async fn end_family(&self, id: &FamilyId) -> Result<bool, StoreError> {
        let mut call = REFRESH_END.key(self.family_name(id));
        call.arg(hex(id.as_bytes())).arg("");
        Ok(self.server.run::<u64>(&call).await? > 0)
    }

    async fn end_families_of(&self, issuer: &str, subject: &str) -> Result<u64, StoreError> {
        let mut call = REFRESH_END.key(self.families(issuer, subject));
        call.arg("").arg(self.server.names().name("refresh", &[]));
        self.server.run(&call).await
    }
}

impl TokenRevocations for RedisTokenStore {
    async fn revoke(
        &self,
        name: &RevocationName,
        what: Revocation,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if what.least_epoch > MOST_EPOCH {
            return Err(StoreError::unavailable("an epoch is at most 2^53"));
        }
        let mut call = REVOKE.key(self.revocation(name));
        // What ends in the past would be forgotten at once.
        let end = micros(until.max(now)) / 1_000 + 1 + OUTLIVED;
        call.arg(micros(what.issued_until)).arg(what.least_epoch).arg(end);
        self.server.run::<i64>(&call).await.map(drop)
    }

    async fn revoked(
        &self,
        names: &[RevocationName],
        _: Timestamp,
    ) -> Result<Vec<Option<Revocation>>, StoreError> {
        if names.len() > MOST_NAMES {
            return Err(StoreError::unavailable("at most 16 names are asked at once"));
        }
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut get = redis::cmd("MGET");
        for name in names {
            get.arg(self.revocation(name));
        }
        let held: Vec<Option<String>> = self.server.call(&get).await?;
        if held.len() != names.len() {
            return Err(REVOCATION);
        }
        held.into_iter().map(|held| held.map(|held| read(&held).ok_or(REVOCATION)).transpose()).collect()
    }
}

const REVOCATION: StoreError = StoreError::corrupt("a revocation");

fn read(held: &str) -> Option<Revocation> {
    let (issued, epoch) = held.split_once(' ')?;
    let issued_until = match issued.parse::<i64>().ok()? {
        LATEST.. => Timestamp::MAX,
        micros if micros <= -LATEST => Timestamp::from_unix_micros(i64::MIN),
        micros => Timestamp::from_unix_micros(micros),
    };
    Some(Revocation { issued_until, least_epoch: epoch.parse().ok()? })
}

impl RedisTokenStore {
    fn revocation(&self, name: &RevocationName) -> String {
        self.server.names().name("revoked", &[&hex(name.as_bytes())])
    }
}

impl fmt::Debug for RedisTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisTokenStore").finish_non_exhaustive()
    }
}
