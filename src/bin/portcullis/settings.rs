//! What comes from the environment: the database, the master key, the audit log.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use portcullis::Secret;
use portcullis::settings::Environment;
use portcullis::store::KeyHasher;
use portcullis::store::sqlite::MasterKey;

use crate::failure::Failure;

const URL: &str = "PORTCULLIS_DATABASE_URL";
const GENERIC_URL: &str = "DATABASE_URL";
const MASTER_KEY: &str = "PORTCULLIS_MASTER_KEY";
const NAMESPACE: &str = "PORTCULLIS_REDIS_NAMESPACE";
const PEPPER: &str = "PORTCULLIS_KEY_PEPPER";
const EARLIER_PEPPER: &str = "PORTCULLIS_KEY_PEPPER_EARLIER";
const AUDIT_LOG: &str = "PORTCULLIS_AUDIT_LOG";

/// How the store is reached.
#[derive(Debug)]
pub(crate) struct StoreSettings {
    /// It may hold a password.
    pub(crate) url: Secret,
    pub(crate) master: MasterKey,
    pub(crate) hasher: KeyHasher,
    /// What the names in Redis begin with.
    pub(crate) namespace: Option<String>,
}

impl StoreSettings {
    /// Reads all of them, and says everything that is missing or wrong at once.
    pub(crate) fn read(environment: &Environment) -> Result<Self, Failure> {
        let mut reader = environment.reader();
        let named = std::env::var_os(URL).is_some() || std::env::var_os(format!("{URL}_FILE")).is_some();
        let generic = if named { None } else { reader.optional(GENERIC_URL) };
        let url = generic.or_else(|| reader.required(URL));
        let master = reader.required(MASTER_KEY);
        let master = reader.parse(MASTER_KEY, master, master_key);
        let hasher = hasher(reader.optional(PEPPER), reader.optional(EARLIER_PEPPER));
        let namespace = reader.optional(NAMESPACE);
        let namespace = reader.parse(NAMESPACE, namespace, |name| Ok(name.to_owned()));
        let all = url.zip(master).map(|(url, master)| Self { url, master, hasher, namespace });
        Ok(reader.finish_with(all)?)
    }
}

/// New keys are stored under `pepper`; those under the earlier one are still found.
fn hasher(pepper: Option<Secret>, earlier: Option<Secret>) -> KeyHasher {
    let hasher = pepper.map_or_else(KeyHasher::sha256, |pepper| KeyHasher::peppered(&pepper));
    match earlier {
        None => hasher,
        Some(none) if none.expose_text() == Some("none") => hasher.accepting(KeyHasher::sha256()),
        Some(pepper) => hasher.accepting(KeyHasher::peppered(&pepper)),
    }
}

/// 32 bytes, as 64 hex digits or as base64 of either alphabet.
fn master_key(text: &str) -> Result<MasterKey, &'static str> {
    const WRONG: &str = "it is not base64 or hex of 32 bytes that are not all zero";
    let bytes = Secret::new(hex(text).or_else(|| base64(text)).ok_or(WRONG)?);
    MasterKey::from_bytes(bytes.expose()).map_err(|_| WRONG)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..32).map(|byte| u8::from_str_radix(text.get(2 * byte..2 * byte + 2)?, 16).ok()).collect()
}

/// Base64 of either alphabet, padded or not.
fn base64(text: &str) -> Option<Vec<u8>> {
    let standard = text.replace('-', "+").replace('_', "/");
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&base64::alphabet::STANDARD, config).decode(standard).ok()
}

/// The file that changes are recorded in, where there is one.
pub(crate) fn audit_log(
    environment: &Environment,
    argument: Option<PathBuf>,
) -> Result<Option<PathBuf>, Failure> {
    if argument.is_some() {
        return Ok(argument);
    }
    let mut reader = environment.reader();
    let named = reader.optional(AUDIT_LOG);
    let path = reader.parse(AUDIT_LOG, named, |path| Ok(PathBuf::from(path)));
    reader.finish()?;
    Ok(path)
}

/// Who is written into the audit log: whom the process says it runs for.
pub(crate) fn actor(argument: Option<String>) -> Arc<str> {
    let names = ["PORTCULLIS_ACTOR", "SUDO_USER", "USER", "LOGNAME"].into_iter();
    let mut users = names.filter_map(|name| std::env::var(name).ok()).filter(|name| !name.is_empty());
    let name = argument.or_else(|| users.next());
    name.map_or_else(|| "cli".into(), |name| format!("cli:{name}").into())
}

/// A secret from a file, or else from `PORTCULLIS_SECRET`.
#[derive(Debug)]
pub(crate) struct GivenSecret {
    pub(crate) value: Secret,
    pub(crate) place: Place,
}

/// Where a secret can be read again.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    File(PathBuf),
    Variable(&'static str),
}

/// What `PORTCULLIS_SECRET` is called.
pub(crate) const SECRET: &str = "PORTCULLIS_SECRET";

pub(crate) fn secret(environment: &Environment, file: Option<&PathBuf>) -> Result<GivenSecret, Failure> {
    if let Some(path) = file {
        return Ok(GivenSecret {
            value: secret_file(path, "--secret-file")?,
            place: Place::File(path.clone()),
        });
    }
    let mut reader = environment.reader();
    let value = reader.required(SECRET);
    let value = reader.finish_with(value)?;
    let file = std::env::var_os(format!("{SECRET}_FILE"));
    let place = file.map_or(Place::Variable(SECRET), |path| Place::File(path.into()));
    Ok(GivenSecret { value, place })
}

/// The secret in a file, without the one newline that editors put at its end.
pub(crate) fn secret_file(path: &Path, argument: &str) -> Result<Secret, Failure> {
    let Some(path) = path.to_str() else { return Err(Failure::usage(format!("{argument} is not UTF-8"))) };
    let environment = Environment::from_pairs([(format!("{argument}_FILE"), path)]);
    let mut reader = environment.reader();
    let value = reader.required(argument);
    Ok(reader.finish_with(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_key_has_three_spellings_and_32_bytes() {
        let hex = "fb".repeat(32);
        let standard = "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=";
        for text in [hex.as_str(), standard, "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s"] {
            assert_eq!(master_key(text).expect(text).expose(), &[0xfb; 32], "{text}");
        }
        for bad in ["", "fb", &hex[..62], &"00".repeat(32), "AAAA", "not a key", &"é".repeat(32)] {
            assert!(master_key(bad).is_err(), "{bad}");
        }
    }
}
