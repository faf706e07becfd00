//! Keeping refresh tokens, of which each is used once.

use std::future::Future;
use std::sync::Arc;

use super::{FamilyId, RefreshFamily, TokenDigest};
use crate::Timestamp;
use crate::store::StoreError;

/// The use of a refresh token: the digest that was presented becomes another.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RefreshTurn {
    /// The family that the token says it is of.
    pub family: FamilyId,
    /// The token that was presented.
    pub presented: TokenDigest,
    /// The token that takes its place.
    pub next: TokenDigest,
    /// The first moment at which that one is good no longer, should it not be used; never
    /// later than the end of the family, which the store sees to.
    pub until: Timestamp,
    /// The time now.
    pub now: Timestamp,
}

impl RefreshTurn {
    /// A use at the moment `now`; `next` is good until `until`.
    #[must_use]
    pub const fn new(
        family: FamilyId,
        presented: TokenDigest,
        next: TokenDigest,
        until: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self { family, presented, next, until, now }
    }
}

/// What became of the use of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Turned {
    /// It was the one that is good, and now the next one is.
    Next(RefreshFamily),
    /// It was of the family, and not the one that is good: used before, or in the hands of
    /// another client. The family was ended by that, and this is said once.
    Reused(RefreshFamily),
    /// The family is past its end, or was not used for too long.
    Expired,
    /// There is no such family.
    Unknown,
}

/// Where families of refresh tokens are kept. Of each the store has one digest, that of the
/// token that is good; every other token of the family was used.
///
/// A store keeps digests, and the facts of a family in clear. What is past it forgets
/// by and by, not earlier than a day after.
pub trait RefreshStore: Send + Sync + 'static {
    /// Begins a family, with its first token, which is good until `until` or until the
    /// family ends.
    ///
    /// # Errors
    /// When the store cannot write, or has a family of this id.
    fn begin(
        &self,
        id: &FamilyId,
        family: &RefreshFamily,
        token: &TokenDigest,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Uses a token, in one step that nothing comes between: of however many that present
    /// the same token at once, one is answered [`Turned::Next`]. Whatever else is
    /// presented of a living family ends it (RFC 9700, section 4.14.2).
    ///
    /// # Errors
    /// When the store cannot tell: an outage is neither a refusal nor a use.
    fn turn(&self, turn: &RefreshTurn) -> impl Future<Output = Result<Turned, StoreError>> + Send;

    /// What a family is for, which never changes; none where there is no such family. It says nothing
    /// of whether a token of it is good.
    ///
    /// # Errors
    /// When the store cannot tell.
    fn family(&self, id: &FamilyId)
    -> impl Future<Output = Result<Option<RefreshFamily>, StoreError>> + Send;

    /// Ends a family; whether there was one.
    ///
    /// # Errors
    /// When the store cannot write.
    fn end_family(&self, id: &FamilyId) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends all families of a user of an issuer; how many there were.
    ///
    /// # Errors
    /// When the store cannot write.
    fn end_families_of(
        &self,
        issuer: &str,
        subject: &str,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

impl<S: RefreshStore> RefreshStore for Arc<S> {
    fn begin(
        &self,
        id: &FamilyId,
        family: &RefreshFamily,
        token: &TokenDigest,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        S::begin(self, id, family, token, until)
    }

    fn turn(&self, turn: &RefreshTurn) -> impl Future<Output = Result<Turned, StoreError>> + Send {
        S::turn(self, turn)
    }

    fn family(
        &self,
        id: &FamilyId,
    ) -> impl Future<Output = Result<Option<RefreshFamily>, StoreError>> + Send {
        S::family(self, id)
    }

    fn end_family(&self, id: &FamilyId) -> impl Future<Output = Result<bool, StoreError>> + Send {
        S::end_family(self, id)
    }

    fn end_families_of(
        &self,
        issuer: &str,
        subject: &str,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send {
        S::end_families_of(self, issuer, subject)
    }
}
