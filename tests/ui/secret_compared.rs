// error[E0369]

//! Secrets are compared in constant time, with `matches`, or not at all.

use portcullis::Secret;

fn main() {
    let _ = Secret::from("a") == Secret::from("a");
}
