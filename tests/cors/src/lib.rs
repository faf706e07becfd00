//! A guard inside of a CORS middleware: the order that the documentation of both adapters
//! asks for, and what the other order does.

#![cfg(test)]

mod actix;
mod axum;

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::store::memory::MemoryKeyStore;

const ORIGIN: &str = "https://app.example";

fn keys() -> ApiKeyAuthenticator<MemoryKeyStore> {
    ApiKeyAuthenticator::new(MemoryKeyStore::new(), KeyShape::prefix("igny8_"))
}

/// Requests of a page on another origin: a preflight, and two that the guard refuses.
const PREFLIGHT: (&str, &[(&str, &str)]) = (
    "OPTIONS",
    &[
        ("origin", ORIGIN),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization"),
    ],
);
const REFUSED: [(&str, &[(&str, &str)]); 2] = [
    ("POST", &[("origin", ORIGIN)]),
    (
        "POST",
        &[("origin", ORIGIN), ("authorization", "Bearer igny8_0000000000000000000000000000000000000000")],
    ),
];
