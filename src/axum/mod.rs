//! Extractors and handlers for axum.
