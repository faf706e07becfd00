//! JSON Web Tokens (RFC 7519).
