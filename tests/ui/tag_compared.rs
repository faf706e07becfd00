// error[E0369]

//! Codes are compared in constant time, with `matches`, or not at all.

use portcullis::crypto::Tag;

fn same(ours: &Tag, theirs: &Tag) -> bool {
    ours == theirs
}

fn main() {}
