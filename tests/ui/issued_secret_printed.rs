// error[E0277]

//! The secret of an issued key has no text but through `expose_text`.

use portcullis::store::IssuedKey;

fn show(key: &IssuedKey) -> String {
    format!("{}", key.secret)
}

fn main() {}
