// error[E0308]

//! An issued key is seen once.

use portcullis::store::IssuedKey;

fn again(key: &IssuedKey) -> IssuedKey {
    key.clone()
}

fn main() {}
