//! Keys in SQLite.
