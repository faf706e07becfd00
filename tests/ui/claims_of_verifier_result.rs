// error[E0599]

//! What a verifier answers has no claims until its refusal is dealt with.

use portcullis::Timestamp;
use portcullis::jwt::JwtVerifier;

fn subject(verifier: &JwtVerifier, token: &str, now: Timestamp) -> Option<String> {
    verifier.verify(token, now).subject().map(str::to_owned)
}

fn main() {}
