//! Keys in SQLite.
//!
//! [`SqliteKeyStore`] keeps keys in one file, [`SqliteNonceStore`] claims and
//! [`SqliteCounterStore`] counts beside them, [`SqliteTokenStore`] keeps what issuers of tokens
//! must remember, for all processes of one machine. Every change is one transaction, so that a
//! process that is killed at any moment leaves whole keys behind, and none that was
//! reported is lost.
//!
//! # The schema
//! [`migrate`](SqliteKeyStore::migrate) makes it; which of its steps were made is in the
//! table `portcullis_migrations`. Times are in microseconds since the Unix epoch. Texts
//! compare by their bytes, so that another case is another id.
//!
//! | table | column | what it holds |
//! |---|---|---|
//! | `accounts` | `id` | the account's id |
//! | | `active` | 1, or 0 when it is switched off and every key of it with it |
//! | | `limits` | how often all its keys may be used: `100/60` is 100 times in 60 seconds |
//! | | `epoch` | grows with every change |
//! | `users` | `id`, `active`, `limits`, `epoch` | likewise |
//! | | `account` | the account that the user belongs to; null for none |
//! | `sites` | `id`, `active`, `limits`, `epoch` | likewise |
//! | | `account` | the account that the site belongs to |
//! | | `url` | where the site is; may be null |
//! | `keys` | `number` | the row's number; other tables refer to it |
//! | | `realm`, `id` | the public name, which is never used again |
//! | | `scheme` | `api-key`, `query-signature`, `x-auth`, `sigv4` or `message-signature` |
//! | | `user`, `account`, `site` | whom the key belongs to; each may be null |
//! | | `label`, `note` | what lists call it, and what operators tell each other about it |
//! | | `prefix`, `last_four` | what is shown of the newest secret: what it begins with, and its last four characters, null where they are not kept |
//! | | `format` | how its text looks after the next rotation; null for the prefix and 40 letters and digits |
//! | | `limits` | how often it may be used |
//! | | `scopes` | the scopes, separated by spaces |
//! | | `entry_points` | the names, a line each; null allows every entry point, an empty text none |
//! | | `networks` | `allow` or `deny` and a network, a line each; null allows every address |
//! | | `signature_forms` | `any`, or `strict-only` where the compatible form of a signature is refused |
//! | | `state` | `enabled`, `disabled` or `revoked`; the last is final |
//! | | `not_before`, `expires_at` | the first moment of validity and the first after it; null for no limit |
//! | | `created_at`, `renewed_at` | when the key was issued, and rotated last |
//! | | `previous_until` | the end of the secret before the newest; null for none |
//! | | `revoked_at`, `revoked_reason` | when it was revoked, and why |
//! | | `epoch` | grows with every change of the key itself |
//! | `key_secrets` | `key`, `number` | the key, and which of its secrets: 1, then 2 after a rotation, ... |
//! | | `realm` | the key's realm, so that one digest is one key of a realm |
//! | | `digest` | of an API key: SHA-256, or HMAC-SHA-256 under the pepper |
//! | | `sealed` | of a signing key: 24 bytes of nonce, then the secret under XChaCha20-Poly1305; of an API key that was imported, in the same way, the hash that another system kept |
//! | | `legacy` | what such a hash is found by: SHA-256 of its SHA-512 digest, or of what is visible of the key; null once the key was used |
//! | | `expires_at` | the end of a secret that was replaced; null for the newest |
//! | `master_key` | `proof` | what opens under the master key that was sealed under first; one row at most |
//! | `key_uses` | `key`, `used_at` | when a key was used last; the least number for never |
//! | | `realm`, `id` | those of the key, for the order of lists |
//! | `key_texts` | `key`, `text` | what is searched of a key, in lower case: id, label, owners, URL, prefix and last four, a line each |
//! | `key_search` | | the trigrams of those texts (FTS5), kept by triggers |
//! | `key_lines` | | the view that those texts are made by |
//! | `groups`, `roles` | `id` | the name |
//! | `privileges` | `name`, `label` | the word that routes ask for, and what people call it |
//! | `group_users` | `user`, `group_id` | a user of a group |
//! | `group_roles` | `role`, `group_id` | a role that the users of a group have |
//! | `role_privileges` | `privilege`, `role` | a privilege of a role |
//! | `entry_points` | `name`, `pattern` | an entry point as it was declared last |
//! | | `live` | 1, or 0 when it is no longer declared |
//! | `key_addresses` | `realm`, `scheme`, `key` | a key, of this store or of another; `other/` is before a scheme of the application's own |
//! | | `address` | an address that it was used from |
//! | | `first_seen` | when that was first; rows may be deleted to forget |
//! | `change_counter` | `number` | how many changes were made; one row |
//! | `nonces` | `claim` | SHA-256 of realm, scheme, key and nonce |
//! | | `until` | until when the request could be accepted |
//! | `nonce_floor` | `floor` | claims that end no later may have been forgotten; one row |
//! | `counters` | `name`, `seconds` | SHA-256 of the budget's name, and its period |
//! | | `period`, `used`, `ends_at` | the number of the period that was counted last, how much was used in it, and when it ends |
//! | `refresh_families` | `family`, `owner` | SHA-256 of the handle of a family of refresh tokens, and of whom it is |
//! | | `token` | SHA-256 of the one token that is good, with its client |
//! | | `facts` | issuer, subject, scopes, data, times and client, each behind its length |
//! | | `ends_at`, `until` | the end of the family, and of its token if that is not used |
//! | `revocations` | `name` | SHA-256 of an issuer, and of a `jti` or a subject |
//! | | `issued_until`, `least_epoch` | which tokens of it are revoked |
//! | | `until` | when the last of them has ended |
//! | `key_rings` | `name`, `version` | the keys of an issuer, and how often they were replaced |
//! | | `sealed` | 24 bytes of nonce, then the keys under XChaCha20-Poly1305 |
//!
//! # What a stolen file gives away
//! Names, owners, labels, times, and who may do what; no key. API keys are there as digests of at least
//! 112 random bits. Signing secrets, and hashes of other systems, are sealed under the
//! [`MasterKey`], which the file does not hold; the seal covers realm, scheme, id and number,
//! so a secret that was moved to another row does not open.
//!
//! Until it is used, a key that was imported by a hash is there under a digest of its SHA-512,
//! or of its visible part, which can be found by trying: no more of it than other systems show.

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
mod search;

pub use crate::store::sealing::{InvalidMasterKey, MasterKey};

use beside::{SqliteCounterStore as Counters, SqliteNonceStore as Nonces, SqliteTokenStore as Tokens};
pub use beside::{SqliteCounterStore, SqliteNonceStore, SqliteTokenStore};
use keys::SCHEMA;
pub use keys::SqliteKeyStore;
use keys::SqliteKeyStore as Store;
