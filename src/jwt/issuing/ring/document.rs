//! How a ring is kept: one document with all its keys.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::plan::Dates;
use crate::canonical::base64;
use crate::jwt::{JwtAlgorithm, JwtKey, JwtKeyError};
use crate::store::StoreError;
use crate::{Secret, Timestamp};

/// A key of a ring, and what it is kept as.
#[derive(Clone)]
pub(super) struct RingKey {
    pub(super) dates: Dates,
    pub(super) key: JwtKey,
    pkcs8: Secret,
}

impl RingKey {
    /// A fresh key, named by its thumbprint.
    pub(super) fn generate(algorithm: JwtAlgorithm, dates: Dates) -> Result<Self, JwtKeyError> {
        Self::read(algorithm, dates, JwtKey::generate_pkcs8(algorithm)?)
    }

    fn read(algorithm: JwtAlgorithm, dates: Dates, pkcs8: Secret) -> Result<Self, JwtKeyError> {
        let key = JwtKey::from_der(pkcs8.expose(), algorithm)?.with_thumbprint_id()?;
        Ok(Self { dates, key, pkcs8 })
    }
}

#[derive(Serialize, Deserialize)]
struct Document {
    keys: Vec<Kept>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    algorithm: String,
    published_at: i64,
    signs_from: i64,
    pkcs8: String,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.pkcs8.zeroize();
    }
}

const RING: StoreError = StoreError::corrupt("a ring of keys");

/// The document of these keys.
pub(super) fn write(keys: &[RingKey]) -> Result<Secret, StoreError> {
    let kept = |key: &RingKey| Kept {
        algorithm: key.key.algorithm().name().to_owned(),
        published_at: key.dates.published_at.as_unix_micros(),
        signs_from: key.dates.signs_from.as_unix_micros(),
        pkcs8: base64::encode_url(key.pkcs8.expose()),
    };
    let document = Document { keys: keys.iter().map(kept).collect() };
    Ok(Secret::new(text(&document)?.as_slice()))
}

/// A document in one piece: a buffer that grew would leave private keys behind where it was.
fn text(document: &Document) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let mut text = Zeroizing::new(Vec::with_capacity(room(document)));
    serde_json::to_writer(&mut *text, document).map_err(StoreError::unavailable)?;
    Ok(text)
}

/// How long a document is at most.
fn room(document: &Document) -> usize {
    // Names and punctuation, a name of an algorithm, and two numbers of 64 bits.
    const ONE: usize = 128;
    document.keys.iter().map(|key| key.pkcs8.len() + ONE).sum::<usize>() + ONE
}

/// The keys of a document, oldest first.
pub(super) fn read(document: &Secret) -> Result<Vec<RingKey>, StoreError> {
    // What a parser says of the document is not for logs.
    let document: Document = serde_json::from_slice(document.expose()).map_err(|_| RING)?;
    let key = |kept: &Kept| {
        let algorithm = kept.algorithm.parse().ok()?;
        let pkcs8 = Zeroizing::new(base64::url_vec(kept.pkcs8.as_bytes())?);
        let moment = Timestamp::from_unix_micros;
        let dates = Dates { published_at: moment(kept.published_at), signs_from: moment(kept.signs_from) };
        RingKey::read(algorithm, dates, Secret::new(pkcs8.as_slice())).ok()
    };
    let keys: Option<Vec<_>> = document.keys.iter().map(key).collect();
    let keys = keys.ok_or(RING)?;
    let in_order =
        keys.iter().zip(keys.iter().skip(1)).all(|(a, b)| a.dates.signs_from <= b.dates.signs_from);
    if in_order { Ok(keys) } else { Err(RING) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_written_in_one_piece() {
        let kept = |length| Kept {
            algorithm: "ES256".repeat(2),
            published_at: i64::MIN,
            signs_from: i64::MIN,
            pkcs8: "A".repeat(length),
        };
        for lengths in [vec![], vec![100], vec![0; 100], vec![3_000, 100, 200]] {
            let document = Document { keys: lengths.into_iter().map(kept).collect() };
            let text = text(&document).expect("written");
            assert!(text.len() > 10 && text.len() <= room(&document), "{}", text.len());
            assert_eq!(text.capacity(), room(&document), "it did not grow");
        }
    }
}
