//! Keys in PostgreSQL.
//!
//! [`PostgresKeyStore`] keeps keys in a database that many processes share. Every change
//! is one transaction, so that a process that is killed at any moment leaves whole keys
//! behind, and none that was reported is lost. A change begins by counting itself in the
//! one row of `change_counter`; the lock on that row makes all changes of one database
//! wait for each other. Look-ups wait for nobody, and are one round trip each.
//!
//! Beside it are [`PostgresNonceStore`], which claims nonces, and
//! [`PostgresCounterStore`], which counts, and [`PostgresTokenStore`], which keeps refresh tokens
//! and revocations; all for all nodes together.
//!
//! # Messages
//! With each change goes one `NOTIFY`, in the same transaction: it is delivered when the
//! change is in force, and never if it is not. Listeners wait on a connection of their own,
//! on a channel that is named for the schema. A pooler in front of the database must give
//! each client a connection of its own (session pooling): `LISTEN` and prepared statements
//! need it.
//!
//! # TLS
//! The URL's `sslmode` is obeyed where `sqlx` was built with TLS: name one of its `tls-...`
//! features in the application's manifest, and write `sslmode=verify-full` into the URL.
//! Without TLS that is an error; `prefer`, which `sqlx` takes where nothing is said, is
//! clear text then.
//!
//! # The schema
//! [`migrate`](PostgresKeyStore::migrate) makes it, in the schema that the connection
//! finds first. Tables and columns have the names that they have in SQLite, and mean the
//! same: see `store::sqlite`, but for `key_texts` and what is made of it: a search reads every key
//! here. Numbers and times are `BIGINT`; texts compare by their
//! bytes (`COLLATE "C"`); the database must hold UTF-8.
//!
//! A role that only looks keys up needs `SELECT` on every table. One that changes them, or
//! adopts keys of other systems, needs `INSERT` and `UPDATE` besides, and `DELETE` on `key_secrets`, `groups`, `roles`,
//! `privileges`, `group_users`, `group_roles` and `role_privileges`. For claims and counts,
//! `INSERT`, `UPDATE` and `DELETE` on `nonces` and `counters`, and `UPDATE` on `nonce_floor`. For
//! tokens, the same three on `refresh_families` and `revocations`; for an issuer's keys, `INSERT`
//! and `UPDATE` on `key_rings`, `UPDATE` on `change_counter` and `INSERT` on `master_key`.
//!
//! # What a stolen copy gives away
//! What that of an SQLite file does: names, owners, labels, times, and who may do what;
//! no key.

#![allow(clippy::duplicate_mod, reason = "the files that databases share are compiled for each")]

// Shared with other databases, and compiled for each: see the first of them.
#[path = "../sql/store.rs"]
mod store;

#[path = "../sql/addresses.rs"]
mod addresses;
#[path = "../sql/admin.rs"]
mod admin;
#[path = "../sql/change.rs"]
mod change;
#[path = "../sql/claims.rs"]
mod claims;
#[path = "../sql/counters.rs"]
mod counters;
#[path = "../sql/entries.rs"]
mod entries;
#[path = "../sql/entry_points.rs"]
mod entry_points;
#[path = "../sql/finding.rs"]
mod finding;
#[path = "../sql/legacy.rs"]
mod legacy;
#[path = "../sql/listing.rs"]
mod listing;
#[path = "../sql/owners.rs"]
mod owners;
#[path = "../sql/refresh.rs"]
mod refresh;
#[path = "../sql/revocations.rs"]
mod revocations;
#[path = "../sql/rings.rs"]
mod rings;
#[path = "../sql/role_admin.rs"]
mod role_admin;
#[path = "../sql/roles.rs"]
mod roles;
#[path = "../sql/row.rs"]
mod row;
#[path = "../sql/sites.rs"]
mod sites;
#[path = "../sql/texts.rs"]
mod texts;

mod beside;
mod dialect;
mod keys;
mod listener;
mod search;

use beside::{PostgresCounterStore as Counters, PostgresNonceStore as Nonces, PostgresTokenStore as Tokens};
pub use beside::{PostgresCounterStore, PostgresNonceStore, PostgresTokenStore};
pub use keys::PostgresKeyStore;
use keys::PostgresKeyStore as Store;
use keys::SCHEMA;
pub use listener::PostgresListener;
