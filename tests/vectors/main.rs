//! Cases that were computed by running the original systems and independent libraries.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod aws_suite;
mod dj_api_auth;
mod drupal_x_auth;
mod harness;
mod http_auth;
mod jwt_tokens;
mod rfc7515;
mod rfc7520;
mod rfc9421;
mod sigv4_requests;
mod strict_forms;
mod wisphub;
