//! Tokens through the layer of this crate, beside the layer of a peer, `jsonwebtoken::decode`
//! alone with both of its backends, and the raw work of each signature.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml --bin tokens
//! ```
//!
//! All take turns in short rounds, so that a slow moment of the machine hits them alike;
//! requests are made outside of the measure. The table has medians.

mod alone;
mod keys;
mod layers;
mod turns;

use keys::Pair;
use turns::Subject;

fn main() {
    alone::install();
    let pairs = Pair::all();
    let mut subjects: Vec<Subject> = Vec::new();
    subjects.push(layers::portcullis_hmac());
    subjects.push(layers::aliri_tower_hmac());
    subjects.extend(alone::hmac());
    for pair in &pairs {
        subjects.push(alone::raw(pair));
        subjects.push(layers::portcullis(pair));
        subjects.extend(alone::decode(pair));
    }
    let times = turns::run(&mut subjects);
    turns::print(&subjects, &times);
}
