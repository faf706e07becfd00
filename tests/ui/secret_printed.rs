// error[E0277]

//! A secret does not print.

use portcullis::Secret;

fn main() {
    println!("{}", Secret::from("a"));
}
