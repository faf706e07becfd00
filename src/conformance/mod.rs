//! What stores promise, as a battery of claims for the tests of whoever writes one.
//!
//! The traits of [`store`](crate::store) say what a store must do; each claim here is one of
//! those promises, as a function that is given a store and tries it. [`battery!`] makes one test
//! of each. The stores of this crate pass it, behind every wrapper too. Enable the feature
//! `conformance` among the dev-dependencies alone.
//!
//! ```test_harness
//! use portcullis::conformance::{Fresh, battery};
//! use portcullis::store::memory::MemoryKeyStore;
//!
//! async fn fresh_store() -> Fresh<MemoryKeyStore> {
//!     Fresh::new(MemoryKeyStore::new())
//! }
//!
//! battery! { #[tokio::test] my_store: fresh_store => keys roles limits sites }
//! ```
//!
//! | group | the store is | its claims |
//! |---|---|---|
//! | `keys` | a [`KeyAdmin`](crate::KeyAdmin) | [`finding`], [`issuing`], [`rotating`], [`states`], [`owners`], [`realms`], [`listing`], [`filters`], [`editing`], [`forms`], [`bulk`], [`secrecy`] |
//! | `roles` | a [`RoleAdmin`](crate::store::RoleAdmin) and a `KeyAdmin` | [`roles`] |
//! | `limits` | an [`EntryPointStore`](crate::store::EntryPointStore) | [`limits`] |
//! | `sites` | a [`SiteDirectory`](crate::store::SiteDirectory) and a `KeyAdmin` | [`sites`] |
//! | `legacy` | a [`LegacyKeyStore`](crate::store::LegacyKeyStore) | [`legacy`] |
//! | `nonces` | a [`NonceStore`](crate::NonceStore) | [`nonces`] |
//! | `counters` | a [`CounterStore`](crate::store::CounterStore) | [`counters`] |
//! | `addresses` | a [`KnownAddresses`](crate::audit::KnownAddresses) | [`addresses`] |
//! | `refresh` | a [`RefreshStore`](crate::store::RefreshStore) | [`refresh`] |
//! | `revocations` | a [`TokenRevocations`](crate::store::TokenRevocations) | [`revocations`] |
//! | `key_rings` | a [`KeyRingStore`](crate::store::KeyRingStore) | [`key_rings`] |
//! | `key_changes` | a [`ChangeFeed`](crate::store::ChangeFeed) and a `KeyAdmin` | [`key_changes`] |
//! | `key_messages` | the same, with messages | [`key_messages`] |
//! | `changes` | a `ChangeFeed`, a `RoleAdmin` and an `EntryPointStore` | [`changes`] |
//! | `messages` | the same, with messages | [`messages`] |
//! | `legacy_changes` | a `LegacyKeyStore` and a `ChangeFeed` | [`legacy_changes`] |
//!
//! # What a claim is given
//!
//! * A store that is empty, for itself alone: each claim gives out the same ids again.
//! * A hasher that is plain SHA-256, [`KeyHasher::sha256`](crate::store::KeyHasher::sha256): claims
//!   look API keys up by that digest. A store with a pepper is tested without it.
//! * Principals that are [`StoredPrincipal`](crate::store::StoredPrincipal)s, where a claim
//!   reads them. A store of another type is tested with this one.
//! * A moment, for `nonces`, `counters`, `addresses`, `refresh` and `revocations`: claims end some minutes after it, and go some days beyond. It
//!   should be the present, because a store with a clock of its own refuses what is long past by it. Keys
//!   are issued at moments of the year 1970, which no store compares with its own clock.
//!
//! A claim needs no runtime of its own. Where several ask at the same moment, their futures wait
//! side by side in one task; what goes wrong between threads alone, a store must test for itself.
//!
//! A claim may be called by itself, too:
//!
//! ```
//! use portcullis::conformance;
//! use portcullis::store::memory::MemoryKeyStore;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let store: MemoryKeyStore = MemoryKeyStore::new();
//! conformance::finding::an_unknown_key_is_none(&store).await;
//! # });
//! ```
//!
//! Claims are added in minor releases, when a promise was not tried or a trait makes a new one.
//!
//! # Panics
//!
//! Every claim panics when the store breaks the promise, or answers with an error where it must
//! not.

#[macro_use]
mod list;
mod battery;
mod claims;
mod fresh;

#[doc(inline)]
pub use battery::battery;
pub use fresh::Fresh;

#[doc(hidden)]
pub use battery::__conformance_tests;
#[doc(hidden)]
pub use list::__conformance_claims;

/// A public module for each topic of a group.
macro_rules! publish {
    ($given:tt $group:ident $($topic:ident $about:literal: $($claim:ident),+;)+) => {$(
        #[doc = $about]
        pub mod $topic {
            pub use crate::conformance::claims::$topic::{$($claim),+};
        }
    )+};
}

/// The names of the claims of a group.
macro_rules! names {
    ($given:tt $group:ident $($topic:ident $about:literal: $($claim:ident),+;)+) => {
        (stringify!($group), &[$($(concat!(stringify!($topic), "::", stringify!($claim))),+),+])
    };
}

macro_rules! groups {
    ($($group:ident)+) => {
        $(__conformance_claims! { $group (publish) () })+

        /// Every group with the names of its claims, as the tests that [`battery!`] makes are
        /// named below the store: a test can hold against it what was run.
        ///
        /// ```
        /// use portcullis::conformance::CLAIMS;
        /// let (group, claims) = CLAIMS[0];
        /// assert_eq!(group, "keys");
        /// assert!(claims.contains(&"issuing::an_id_is_given_once_in_a_realm"));
        /// ```
        pub const CLAIMS: &[(&str, &[&str])] = &[$(__conformance_claims! { $group (names) () }),+];
    };
}

groups! {
    keys roles limits sites legacy nonces counters addresses refresh revocations key_rings
    key_changes key_messages changes messages legacy_changes
}
