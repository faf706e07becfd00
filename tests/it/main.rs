//! Behaviour, as a client sees it: requests through the layer to a service behind it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod anonymous;
mod api_key;
mod axum;
mod battery;
mod bearer;
mod body;
mod chain;
mod hygiene;
mod jwt;
mod kit;
mod leaks;
mod lines;
mod moments;
mod nested;
mod query_signature;
mod readiness;
mod scopes;
mod styles;
mod table;
mod targets;
mod x_auth;
