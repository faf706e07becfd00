// error: unused `Outcome` that must be used

//! An outcome that nobody looks at would let everybody in.

#![deny(unused_must_use)]

use portcullis::request::RequestView;
use portcullis::{AuthError, Authenticator};

async fn check(chain: impl Authenticator, request: &RequestView<'_>) -> Result<(), AuthError> {
    chain.authenticate(request).await?;
    Ok(())
}

fn main() {}
