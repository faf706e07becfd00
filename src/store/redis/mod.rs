//! Keys, claims and counters in Redis, for many nodes that share them.
//!
//! [`RedisKeyStore`] keeps keys, owners and roles, and tells all nodes what changed;
//! [`RedisNonceStore`] keeps claims; [`RedisCounterStore`] counts; [`RedisTokenStore`] keeps refresh
//! tokens and revocations. They may share one
//! [`RedisServer`], whose version is 6 or later, and everything that they keep is in one
//! namespace of it.
//!
//! # How a change is made
//! A change reads the documents that it needs, works out what they will be, and hands both to one
//! script. The script compares what was read with what is there, writes everything, counts the
//! change and publishes its message; or, where anything has changed meanwhile, does nothing, and
//! the change is worked out anew. Nothing comes between, and a client that is killed leaves all
//! of a change or nothing. So a revocation cannot be undone by a writer who read the key before. A
//! change that was interrupted by 99 others of the same documents is an error.
//!
//! When the answer of the server is lost, the error does not say whether the change was made.
//!
//! # What is lost, and when
//! What a server answers, it has in memory. Whether that survives it, the server is told by its
//! own settings:
//!
//! | setting | the process of the server is killed | its machine loses power |
//! |---|---|---|
//! | `appendonly yes`, `appendfsync always` | nothing is lost | nothing that was answered is lost |
//! | `appendonly yes`, `appendfsync everysec` | nothing that was answered is lost | the last second or two |
//! | snapshots alone (`save ...`) | everything since the last snapshot | likewise |
//! | neither | everything | everything |
//!
//! Nothing beyond that is promised here. What a lost second means: a key that was issued is gone; a
//! key that was revoked *works again*; a request that was accepted can be repeated while it is
//! fresh; a budget has a second's use more. For keys, use `appendfsync always`, or a database.
//!
//! A replica is behind its server. A failover to one (Sentinel, a cluster, a managed service)
//! loses what had not reached it, with the same consequences; `WAIT` is not used. Look-ups read
//! from the server that is written to.
//!
//! `maxmemory-policy` must be `noeviction`, which is checked when a server is taken: a server that
//! makes room by itself would forget claims. A full server refuses what is new, with
//! [`StoreError::Full`](crate::store::StoreError::Full), and goes on finding keys.
//!
//! # When the server is away
//! Every call is an error within 2 seconds, so requests are answered 503, never 401 and never as
//! though they were good; listeners to changes end with an error. When the server is back, the
//! same stores work again.
//!
//! # What is kept
//! Every name begins with the namespace in braces, `{portcullis}:`, so that a cluster keeps all of
//! it on one node. Parts of names stand behind their length in bytes, as in
//! `{portcullis}:key:7:default:3:k 1`. Documents are JSON; times are microseconds since the Unix
//! epoch.
//!
//! | name | type | what it holds |
//! |---|---|---|
//! | `key:<realm>:<id>` | document | a key: its format, owners, words, limits, state, its last two secrets, and as `hint` the prefix and last four characters of the newest, left out by earlier versions |
//! | `digest:<realm>:<hex>` | text | the id of the API key with this digest |
//! | `legacy:<realm>:<hex>` | text | the id of the API key with the hash of another system under this name |
//! | `used:<realm>:<id>` | number | when a key was used last |
//! | `keys:<realm>`, `keys-of:<realm>:<kind>:<id>` | sorted set | the ids of the keys of a realm, and of those that an owner is behind |
//! | `user:<id>`, `account:<id>`, `site:<id>` | document | an owner: its account, switch, URL, limits, and the groups of a user by number |
//! | `owners:<kind>` | sorted set | the ids of the owners of a kind |
//! | `roles` | document | groups with their numbers, roles and privileges |
//! | `members:<number>` | sorted set | the users of a group |
//! | `master-key` | bytes | what opens under the master key that was sealed under first |
//! | `entry-points` | document | the saved list |
//! | `addresses:<realm>:<scheme>:<id>` | set | the addresses that a key was used from |
//! | `changes` | number | how many changes were made |
//! | `changes:<database>` | channel | a message about each |
//! | `claims` | sorted set | claims as SHA-256, by their end in milliseconds |
//! | `floor` | number | the end of the latest claim that may have been let go |
//! | `budget:<seconds>:<name>` | text | the number of a period, and what was used in it |
//! | `refresh:<hex>` | hash | a family of refresh tokens: the digest of the one that is good, facts and ends |
//! | `refresh-of:<hex>` | sorted set | the families of a user of an issuer, by their end |
//! | `revoked:<hex>` | text | until when what was issued is revoked, and the least epoch |
//! | `key-ring:<name>` | hash | the keys of an issuer, sealed, and how often they were replaced |
//!
//! # What a stolen copy gives away
//! Names, owners, labels, addresses, times, and who may do what; no key. API keys are there as
//! digests, signing secrets and hashes of other systems sealed under the
//! [`MasterKey`](crate::store::MasterKey), which Redis never sees. Until it is used, a key that was
//! imported by a hash is there under a digest of its SHA-512, or of its visible part. Whoever may
//! *write* to the server can make keys work: keep it behind a password, and away from others.

mod addresses;
mod admin;
mod counters;
mod documents;
mod draft;
mod entry_points;
mod feed;
mod found;
mod issue;
mod keys;
mod legacy;
mod listing;
mod names;
mod nonces;
mod owners;
mod rings;
mod role_admin;
mod scripts;
mod server;
mod sites;
mod tokens;

pub use counters::RedisCounterStore;
pub use feed::RedisListener;
pub use keys::RedisKeyStore;
pub use names::InvalidNamespace;
pub use nonces::RedisNonceStore;
pub use server::RedisServer;
pub use tokens::RedisTokenStore;
