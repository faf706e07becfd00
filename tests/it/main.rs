//! Behaviour, as a client sees it: requests through the layer to a service behind it.

mod anonymous;
mod api_key;
mod axum;
mod body;
mod chain;
mod kit;
mod leaks;
mod query_signature;
mod readiness;
mod scopes;
mod styles;
mod table;
mod x_auth;
