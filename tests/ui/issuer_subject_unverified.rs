// error[E0277]

//! Who a token is about comes out of a verified one, and out of no text.

use portcullis::jwt::{IssuerSubject, VerifiedToken};

fn whose(text: &str) -> Option<String> {
    let token: VerifiedToken = text.into();
    let whose: IssuerSubject<'_> = token.issuer_subject().ok()?;
    Some(whose.to_string())
}

fn main() {}
