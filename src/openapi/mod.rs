//! The security schemes of a chain, for a `utoipa` document.
