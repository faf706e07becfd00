//! The atomics of the table, as loom has them.

pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};
