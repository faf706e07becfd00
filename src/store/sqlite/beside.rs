//! Nonces and counters in an SQLite file.

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
