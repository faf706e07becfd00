//! The examples, driven the way people drive them: as processes, with `curl` and
//! `openssl`.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod actix_app;
mod console;
mod custom_authenticator;
mod demo;
mod entry_points;
mod grpc;
mod process;
mod quickstart;
mod refusals;
mod shell;
mod snippets;
mod starts;
mod token_service;
mod upstream;
mod upstream_hour;
mod upstream_proxy;
