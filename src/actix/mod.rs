//! Middleware and extractors for actix-web.
