//! The atomics of the table; the model of `tests/loom` brings its own.

pub(super) use std::sync::atomic::{AtomicU64, Ordering};
