//! AWS Signature Version 4.

pub mod chunked;
