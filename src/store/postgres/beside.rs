//! Nonces, counters and tokens in PostgreSQL.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use sqlx::PgPool;

use super::claims::Sweeping;

/// Claims in PostgreSQL, for every node. Its clones are the same store.
///
/// * A claim is on the disk before it is answered; it is there as a SHA-256. A full or
///   unreachable database is an error, never a forgotten claim.
/// * What time it is says the clock of the server. A claim is kept for two margins, of 10
///   minutes each, after its request could be accepted last; what could be accepted until a
///   margin ago, or until what was swept last, is refused: it may have been claimed before.
///   So neither a node's clock that goes back nor that of the server lets a request through
///   twice.
#[derive(Clone, Debug)]
pub struct PostgresNonceStore {
    pub(super) pool: PgPool,
    pub(super) sweeping: Arc<Sweeping>,
}

/// Counters in PostgreSQL, for every node. Its clones are the same store.
///
/// Counting is exact: every taking is one transaction that is on the disk before it is
/// answered. Names are there as SHA-256. A counter is kept for a day after its period.
#[derive(Clone, Debug)]
pub struct PostgresCounterStore {
    pub(super) pool: PgPool,
    pub(super) takings: Arc<AtomicU64>,
}

/// Refresh tokens and revocations in PostgreSQL, for every node. Its clones are the same store.
///
/// Each use of a refresh token is one statement, which is on the disk before it is answered.
/// Tokens, and the names of revocations, are there as SHA-256; whom a family is of, and for
/// which client, is there in clear. What is past is swept in small batches by the way of writing,
/// a day after its end.
#[derive(Clone, Debug)]
pub struct PostgresTokenStore {
    pub(super) pool: PgPool,
    pub(super) writes: Arc<AtomicU64>,
}
