//! Cases that were computed by running the original systems and independent libraries.

mod dj_api_auth;
mod drupal_x_auth;
mod harness;
mod http_auth;
