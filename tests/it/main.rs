//! Behaviour, as a client sees it: requests through the layer to a service behind it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod all;
mod anonymous;
mod api_key;
mod audit;
mod axum;
mod basic;
mod battery;
mod bearer;
mod body;
mod chain;
mod entry_points;
mod erased;
mod frameworks;
mod hygiene;
mod jwt;
mod key_format;
mod kit;
mod last_use;
mod leaks;
mod lines;
mod metrics;
mod minting;
mod moments;
mod nested;
mod networks;
mod openapi;
mod pages;
mod public_routes;
mod query_signature;
mod quotas;
mod readiness;
mod recorded;
mod roles;
mod scopes;
mod sessions;
mod styles;
mod table;
mod targets;
mod tenancy;
mod tenant_parameters;
mod tenants;
mod testing_kit;
mod throttle;
mod x_auth;
