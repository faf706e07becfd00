//! Nonces, counters and tokens in an SQLite file.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use sqlx::SqlitePool;

use super::claims::Sweeping;

/// Claims in an SQLite file, for every process that opens it. Its clones are the same store.
///
/// * A claim is on the disk before it is answered; it is there as a SHA-256. A full or
///   unreachable database is an error, never a forgotten claim.
/// * What time it is says the clock of this machine. A claim is kept for two margins, of 10
///   minutes each, after its request could be accepted last; what could be accepted until a
///   margin ago, or until what was swept last, is refused: it may have been claimed before.
///   So neither a node's clock that goes back nor that of this machine lets a request through
///   twice.
#[derive(Clone, Debug)]
pub struct SqliteNonceStore {
    pub(super) pool: SqlitePool,
    pub(super) sweeping: Arc<Sweeping>,
}

/// Counters in an SQLite file, for every process that opens it. Its clones are the same store.
///
/// Counting is exact: every taking is one transaction that is on the disk before it is
/// answered. Names are there as SHA-256. A counter is kept for a day after its period.
#[derive(Clone, Debug)]
pub struct SqliteCounterStore {
    pub(super) pool: SqlitePool,
    pub(super) takings: Arc<AtomicU64>,
}

/// Refresh tokens and revocations in an SQLite file, for every process that opens it. Its clones are the same store.
///
/// Each use of a refresh token is one statement, which is on the disk before it is answered.
/// Tokens, and the names of revocations, are there as SHA-256; whom a family is of, and for
/// which client, is there in clear. What is past is swept in small batches by the way of writing,
/// a day after its end.
#[derive(Clone, Debug)]
pub struct SqliteTokenStore {
    pub(super) pool: SqlitePool,
    pub(super) writes: Arc<AtomicU64>,
}
