// error[E0451]

//! Only a verifier makes verified tokens.

use portcullis::jwt::VerifiedToken;

fn with(payload: String, token: VerifiedToken) -> VerifiedToken {
    VerifiedToken { payload, ..token }
}

fn main() {}
