//! User names and passwords in each request (RFC 7617).
