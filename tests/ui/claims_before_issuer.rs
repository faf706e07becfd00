// error[E0603]

//! What chooses an issuer by its unverified name is out of reach.

use portcullis::jwt::compact::Unverified;

fn issuer<'a>(read: &'a Unverified<'_>) -> Option<&'a str> {
    read.issuer()
}

fn main() {}
