// error[E0599]

//! What several issuers answer has no claims until its refusal is dealt with.

use portcullis::Timestamp;
use portcullis::jwt::JwtIssuers;

fn issuer(issuers: &JwtIssuers, token: &str, now: Timestamp) -> Option<String> {
    issuers.verify(token, now).issuer().map(str::to_owned)
}

fn main() {}
