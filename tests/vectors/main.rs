//! Cases computed by other implementations, and what is decided about each of them.

mod jwt_tokens;
mod wisphub;
