//! Secrets of other services, by name.
