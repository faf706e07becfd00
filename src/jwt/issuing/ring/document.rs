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
    Ok(Secret::new(serde_json::to_vec(&document).map_err(StoreError::unavailable)?))
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
