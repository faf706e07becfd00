//! Who gets in, and which forms are believed.
//!
//! A page is behind an [`AuthLayer`](crate::tower::AuthLayer) like any other route: by a
//! session, which a log-in form begins, or by HTTP Basic. On top of that, a change must come
//! from a page of the console: see [`origin`] and [`token`].

mod administrator;
mod basic;
mod log_in;
pub(super) mod origin;
mod session;
mod sessions;
pub(super) mod token;

pub(super) use administrator::Administrator;
pub(super) use basic::BasicEntrance;
pub(super) use log_in::LogIn;
pub(super) use session::{COOKIE, SessionEntrance};
pub(super) use sessions::Sessions;
