//! Properties of everything that signs, parses or canonicalises.

mod api_key;
mod harness;
mod query_signature;
mod x_auth;
