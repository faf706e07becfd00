//! What nobody can do without.

use std::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::request::Signed;
use crate::turns::Subject;

/// SHA-256 of the canonical request, and one HMAC with a key that is prepared.
pub fn primitives(signed: &Signed) -> Subject {
    let (canonical, text) = (signed.canonical.clone(), signed.text.clone());
    let prepared = Hmac::<Sha256>::new_from_slice(signed.key.expose()).expect("a key");
    let work = move |()| {
        black_box(Sha256::digest(black_box(&canonical)));
        black_box(prepared.clone().chain_update(black_box(&text)).finalize());
    };
    Subject::on("SigV4", "SHA-256 of the canonical request, one HMAC", || (), work)
}
