//! Keeping what was revoked before its end.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use super::framed;
use crate::Timestamp;
use crate::crypto::digest;
use crate::store::StoreError;

/// The greatest epoch that can be asked for: 2^53.
pub const MOST_EPOCH: u64 = 1 << 53;

/// What a revocation is of, as SHA-256: one token by its `jti`, or all of a subject. Both are
/// of one issuer: ids of different issuers are different ids.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RevocationName([u8; 32]);

impl RevocationName {
    /// One token: `iss` and `jti`.
    #[must_use]
    pub fn token(issuer: &str, id: &str) -> Self {
        Self(digest::sha256(&framed(&["jti", issuer, id])))
    }

    /// All tokens of a subject: `iss` and `sub`.
    #[must_use]
    pub fn subject(issuer: &str, subject: &str) -> Self {
        Self(digest::sha256(&framed(&["sub", issuer, subject])))
    }

    /// A name that was kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The name, to be kept.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RevocationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RevocationName(..)")
    }
}

/// What is revoked under a name. Two revocations of one name together revoke what
/// either does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revocation {
    /// Tokens that were issued at this moment or before it.
    pub issued_until: Timestamp,
    /// Tokens of an earlier epoch than this.
    pub least_epoch: u64,
}

impl Revocation {
    /// Every token under the name.
    pub const ALL: Self = Self { issued_until: Timestamp::MAX, least_epoch: 0 };

    /// Tokens that were issued at this moment or before it. `iat` has whole seconds as a rule:
    /// what is issued anew is good from the next second on.
    #[must_use]
    pub const fn issued_until(moment: Timestamp) -> Self {
        Self { issued_until: moment, least_epoch: 0 }
    }

    /// Tokens of an earlier epoch than this, and those that say none.
    #[must_use]
    pub const fn before_epoch(least: u64) -> Self {
        Self { issued_until: Timestamp::from_unix_micros(i64::MIN), least_epoch: least }
    }

    /// What either of them revokes.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            issued_until: self.issued_until.max(other.issued_until),
            least_epoch: self.least_epoch.max(other.least_epoch),
        }
    }

    /// Whether a token is revoked that was issued at `issued_at` in the epoch `epoch`. One that
    /// does not say what is asked of it is.
    #[must_use]
    pub fn covers(&self, issued_at: Option<Timestamp>, epoch: Option<u64>) -> bool {
        let asks_when = self.issued_until > Timestamp::from_unix_micros(i64::MIN);
        (asks_when && issued_at.is_none_or(|issued| issued <= self.issued_until))
            || (self.least_epoch > 0 && epoch.is_none_or(|epoch| epoch < self.least_epoch))
    }
}

/// Where revocations are kept, until no token that they are of can live.
///
/// What is past a store forgets by and by, not earlier than a day after its end by the
/// caller's clock and, where the store has one, its own.
pub trait TokenRevocations: Send + Sync + 'static {
    /// Revokes, together with what was revoked under the name before; it holds for every
    /// question that is asked when this has answered. `until` is the first moment at which
    /// every token that is meant has ended.
    ///
    /// # Errors
    /// When the store cannot write, or the epoch is greater than [`MOST_EPOCH`].
    fn revoke(
        &self,
        name: &RevocationName,
        what: Revocation,
        until: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// What is revoked under each of at most 16 names, in their order: one question.
    ///
    /// # Errors
    /// When the store cannot tell, or is asked for more.
    fn revoked(
        &self,
        names: &[RevocationName],
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Option<Revocation>>, StoreError>> + Send;
}

impl<S: TokenRevocations> TokenRevocations for Arc<S> {
    fn revoke(
        &self,
        name: &RevocationName,
        what: Revocation,
        until: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        S::revoke(self, name, what, until, now)
    }

    fn revoked(
        &self,
        names: &[RevocationName],
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Option<Revocation>>, StoreError>> + Send {
        S::revoked(self, names, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revocation_covers_what_it_names_and_what_does_not_say() {
        let at = Timestamp::from_unix_seconds;
        for (what, issued, epoch, expected) in [
            (Revocation::ALL, Some(at(9)), Some(9), true),
            (Revocation::ALL, None, None, true),
            (Revocation::issued_until(at(5)), Some(at(5)), None, true),
            (Revocation::issued_until(at(5)), Some(at(6)), None, false),
            (Revocation::issued_until(at(5)), None, None, true),
            (Revocation::before_epoch(3), Some(at(0)), Some(2), true),
            (Revocation::before_epoch(3), Some(at(0)), Some(3), false),
            (Revocation::before_epoch(3), Some(at(0)), None, true),
            (Revocation::before_epoch(3), None, Some(3), false),
            (Revocation::before_epoch(3).or(Revocation::issued_until(at(5))), Some(at(5)), Some(4), true),
            (Revocation::before_epoch(3).or(Revocation::issued_until(at(5))), Some(at(6)), Some(3), false),
        ] {
            assert_eq!(what.covers(issued, epoch), expected, "{what:?} {issued:?} {epoch:?}");
        }
    }

    #[test]
    fn names_of_tokens_and_subjects_are_never_the_same() {
        assert_ne!(RevocationName::token("i", "a"), RevocationName::subject("i", "a"));
        assert_ne!(RevocationName::token("ia", ""), RevocationName::token("i", "a"));
    }
}
