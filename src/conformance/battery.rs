//! The tests of one store.

/// Makes one test of each claim, for one store.
///
/// It takes the attribute that makes a test of an asynchronous function, by its full path; a
/// name; the path of an asynchronous function that makes a [`Fresh`](super::Fresh) store, from
/// the module around it or from `crate` on; and the groups of claims that the store is to keep. The
/// name is the module that the tests are in, so that each says which store it is about:
/// `my_store::issuing::an_id_is_given_once_in_a_realm`.
///
/// The claims of `nonces`, `counters`, `addresses`, `refresh` and `revocations` are made at the time of the system's clock.
///
/// ```test_harness
/// use portcullis::conformance::{Fresh, battery};
/// use portcullis::store::OwnerFilter;
/// use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
///
/// async fn fresh_keys() -> Fresh<MemoryKeyStore> {
///     Fresh::new(MemoryKeyStore::new())
/// }
///
/// async fn fresh_filter() -> Fresh<OwnerFilter<MemoryKeyStore>> {
///     fresh_keys().await.map(|keys| OwnerFilter::new(keys, |_| true))
/// }
///
/// async fn fresh_nonces() -> Fresh<MemoryNonceStore> {
///     Fresh::new(MemoryNonceStore::new())
/// }
///
/// battery! { #[tokio::test] keys: fresh_keys => keys roles limits sites }
/// battery! { #[tokio::test] keys_behind_filter: fresh_filter => keys }
/// battery! { #[tokio::test] nonces: crate::fresh_nonces => nonces }
/// ```
#[macro_export]
#[doc(hidden)]
#[allow(clippy::crate_in_macro_def, reason = "the caller's crate is meant")]
macro_rules! __conformance_battery {
    ($(#[$test:meta])+ $name:ident: crate::$($fresh:ident)::+ => $($group:ident)+) => {
        $crate::conformance::battery! { @module $name [crate::$($fresh)::+] ($(#[$test])+) $($group)+ }
    };
    ($(#[$test:meta])+ $name:ident: $($fresh:ident)::+ => $($group:ident)+) => {
        $crate::conformance::battery! { @module $name [super::$($fresh)::+] ($(#[$test])+) $($group)+ }
    };
    (@module $name:ident [$($fresh:tt)+] $attributes:tt $($group:ident)+) => {
        mod $name {
            use $($fresh)+ as __fresh;
            $($crate::conformance::__conformance_claims! {
                $group ($crate::conformance::__conformance_tests) $attributes
            })+
        }
    };
}

/// The tests of one group.
#[macro_export]
#[doc(hidden)]
macro_rules! __conformance_tests {
    ($attributes:tt $group:ident $($topic:ident $about:literal: $($claim:ident),+;)+) => {
        $(mod $topic {
            $($crate::conformance::__conformance_tests! { @test $attributes $group $topic $claim })+
        })+
    };
    (@test ($(#[$test:meta])+) nonces $topic:ident $claim:ident) => {
        $(#[$test])+
        async fn $claim() {
            let fresh = super::__fresh().await;
            let now = $crate::Clock::now(&$crate::SystemClock);
            $crate::conformance::$topic::$claim(&fresh.store, now).await;
        }
    };
    (@test ($(#[$test:meta])+) counters $topic:ident $claim:ident) => {
        $(#[$test])+
        async fn $claim() {
            let fresh = super::__fresh().await;
            let now = $crate::Clock::now(&$crate::SystemClock);
            $crate::conformance::$topic::$claim(&fresh.store, now).await;
        }
    };
    (@test ($(#[$test:meta])+) addresses $topic:ident $claim:ident) => {
        $(#[$test])+
        async fn $claim() {
            let fresh = super::__fresh().await;
            let now = $crate::Clock::now(&$crate::SystemClock);
            $crate::conformance::$topic::$claim(&fresh.store, now).await;
        }
    };
    (@test ($(#[$test:meta])+) refresh $topic:ident $claim:ident) => {
        $(#[$test])+
        async fn $claim() {
            let fresh = super::__fresh().await;
            let now = $crate::Clock::now(&$crate::SystemClock);
            $crate::conformance::$topic::$claim(&fresh.store, now).await;
        }
    };
    (@test ($(#[$test:meta])+) revocations $topic:ident $claim:ident) => {
        $(#[$test])+
        async fn $claim() {
            let fresh = super::__fresh().await;
            let now = $crate::Clock::now(&$crate::SystemClock);
            $crate::conformance::$topic::$claim(&fresh.store, now).await;
        }
    };
    (@test ($(#[$test:meta])+) $group:ident $topic:ident $claim:ident) => {
        $(#[$test])+
        async fn $claim() {
            let fresh = super::__fresh().await;
            $crate::conformance::$topic::$claim(&fresh.store).await;
        }
    };
}

#[doc(inline)]
pub use __conformance_battery as battery;
#[doc(hidden)]
pub use __conformance_tests;
