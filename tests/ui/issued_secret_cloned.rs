// error[E0599]

//! Nor is its secret alone.

use portcullis::store::IssuedKey;

fn again(key: &IssuedKey) {
    let _ = key.secret.clone();
}

fn main() {}
