//! Signed x-auth headers.
