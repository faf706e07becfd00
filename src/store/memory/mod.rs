//! Stores in memory.
