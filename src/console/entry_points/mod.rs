//! Entry points: which there are, which keys are limited to them, and limiting keys.

mod assign;
mod keys;
mod list;
mod one;
mod scan;

use super::form::query;
use super::gate::Administrator;
use super::routes::Routes;
use crate::{Authenticator, Realm};

/// Adds the pages about entry points.
pub(super) fn add<A: Authenticator<Principal = Administrator>>(routes: Routes<A>) -> Routes<A> {
    routes
        .page("/entry-points", list::show)
        .change("/entry-points/give", assign::give)
        .change("/entry-points/take", assign::take)
}

/// The page of an entry point, with the keys of a realm.
fn page_of(name: &str, realm: &Realm) -> String {
    format!("/entry-points?{}", query(&[("name", name), ("realm", realm.as_str())]))
}
