//! That the claims of the battery can fail: stores that break one promise each.

mod addresses;
mod beside;
mod counters;
mod feed;
mod flaw;
mod flawed;
mod keys;
mod listing;
mod mutants;
mod nonces;
mod reading;
mod tokens;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Whether a claim passes.
fn passes(claim: impl Future<Output = ()>) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    catch_unwind(AssertUnwindSafe(|| runtime.block_on(claim))).is_ok()
}

/// The claims of groups that a store does not pass: what makes it, what else a claim is given, and
/// the groups.
macro_rules! failed {
    ($fresh:ident $given:tt $($group:ident)+) => {{
        let mut failed: Vec<&'static str> = Vec::new();
        $(portcullis::conformance::__conformance_claims! {
            $group ($crate::broken::run) ($fresh failed $given)
        })+
        failed
    }};
}
use failed;

macro_rules! run {
    (($fresh:ident $failed:ident $given:tt) $group:ident
        $($topic:ident $about:literal: $($claim:ident),+;)+) => {
        $($($crate::broken::run! { @ $fresh $failed $given $topic $claim })+)+
    };
    (@ $fresh:ident $failed:ident ($($given:expr),*) $topic:ident $claim:ident) => {
        let store = $fresh();
        if !$crate::broken::passes(portcullis::conformance::$topic::$claim(&store $(, $given)*)) {
            $failed.push(concat!(stringify!($topic), "::", stringify!($claim)));
        }
    };
}
use run;
