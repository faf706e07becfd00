// error: unused `IssuedKey` that must be used

//! An issued key that nobody keeps is lost.

#![deny(unused_must_use)]

use portcullis::store::{AdminError, NewKey};
use portcullis::{KeyAdmin, Timestamp};

async fn issue(keys: impl KeyAdmin, key: NewKey, now: Timestamp) -> Result<(), AdminError> {
    keys.issue(key, now).await?;
    Ok(())
}

fn main() {}
