//! Signed events from other services.
