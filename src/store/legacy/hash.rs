//! The hash of a foreign key.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;

use super::LegacyName;
use crate::crypto::digest;
#[cfg(feature = "password")]
use crate::password::{PasswordHash, PasswordHashError};
use crate::store::KeyDigest;

/// What an operator imports for a key whose text nobody has: the hash that another system
/// kept. It does not print.
///
/// | text | what it is |
/// |---|---|
/// | `sha256:<64 hex digits>` | SHA-256 of the whole key, as here: it is a [`KeyDigest`] |
/// | `sha512:<128 hex digits>`, or `sha512$$<...>` | SHA-512 of the whole key, as `djangorestframework-api-key` keeps it |
/// | `$2b$...`, `$argon2id$...`, `pbkdf2_sha256$...` | a [password hash](crate::password::PasswordHash), with the feature `password` |
/// | `bcrypt$$2b$...`, `argon2$argon2id$...` | the same, as Django writes it |
///
/// A digest is sound only if the key is random. Where a password hash was imported, every
/// request with the key costs that hash until the key is kept by its digest: a store
/// replaces the hash on first use. bcrypt looks at 72 bytes: longer keys never match.
///
/// ```
/// use portcullis::store::{LegacyHash, LegacyPlace};
/// // The SHA-256 of `abc`.
/// let text = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
/// let hash: LegacyHash = text.parse()?;
/// assert!(hash.matches(b"abc"));
/// assert!(matches!(hash.place(None)?, LegacyPlace::Digest(_)));
/// assert_eq!(hash.expose(), text);
/// # Ok::<(), portcullis::store::InvalidLegacyHash>(())
/// ```
#[derive(Clone)]
pub struct LegacyHash(Kind);

#[derive(Clone)]
enum Kind {
    Sha256([u8; 32]),
    Sha512(Box<[u8; 64]>),
    #[cfg(feature = "password")]
    Password(PasswordHash),
}

/// Under what a store keeps an imported hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LegacyPlace {
    /// It is a digest as [`KeyHasher::sha256`](crate::store::KeyHasher::sha256) makes them: kept
    /// like that of an issued key, it needs nothing else. Under a pepper, the hasher must
    /// [accept](crate::store::KeyHasher::accepting) it.
    Digest(KeyDigest),
    /// It is found by this name, and must then [match](LegacyHash::matches).
    Name(LegacyName),
}

/// The text is no hash that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidLegacyHash {
    /// It is of no kind that is known here.
    #[error("the text is neither sha256:<hex> nor sha512:<hex> nor a known password hash")]
    Unreadable,
    /// Checking it would take unreasonably long.
    #[error("the cost of the hash is out of range")]
    Cost,
    /// A salted hash is found by the visible part of its key alone.
    #[error("a password hash is imported with the visible part of its key")]
    NoVisiblePart,
    /// Where keys are found by their visible part, unknown ones are checked against a decoy.
    #[error("keys that are found by their visible part need a password hash to imitate")]
    NoModel,
    /// Password hashes are not built in.
    #[error("password hashes need the feature \"password\"")]
    NoPasswords,
}

impl LegacyHash {
    /// Where to keep the hash. `visible` is the [visible part](super::VisiblePart) of the key:
    /// password hashes need it, and digests do not look at it.
    ///
    /// # Errors
    /// When it is a password hash without a visible part, or with an empty one.
    #[cfg_attr(not(feature = "password"), allow(unused_variables, reason = "digests do not look at it"))]
    pub fn place(&self, visible: Option<&str>) -> Result<LegacyPlace, InvalidLegacyHash> {
        match &self.0 {
            Kind::Sha256(digest) => Ok(LegacyPlace::Digest(KeyDigest::from_bytes(*digest))),
            Kind::Sha512(digest) => Ok(LegacyPlace::Name(LegacyName::of_sha512(digest))),
            #[cfg(feature = "password")]
            Kind::Password(_) => match visible {
                None | Some("") => Err(InvalidLegacyHash::NoVisiblePart),
                Some(part) => Ok(LegacyPlace::Name(LegacyName::of_visible(part.as_bytes()))),
            },
        }
    }

    /// Whether this is the hash of the key `presented`; compared in constant time.
    ///
    /// Where it [is slow](Self::is_slow) it takes the time of a whole password hash, whatever
    /// the key: do not call it where other tasks wait, nor for strangers without a limit.
    #[must_use]
    pub fn matches(&self, presented: &[u8]) -> bool {
        match &self.0 {
            Kind::Sha256(held) => digest::sha256(presented).ct_eq(held).into(),
            Kind::Sha512(held) => Sha512::digest(presented).ct_eq(held.as_slice()).into(),
            #[cfg(feature = "password")]
            Kind::Password(hash) => hash.matches(&crate::Secret::new(presented)),
        }
    }

    /// Whether checking takes the time of a password hash, and belongs on a thread for
    /// blocking work.
    #[must_use]
    pub const fn is_slow(&self) -> bool {
        match &self.0 {
            Kind::Sha256(_) | Kind::Sha512(_) => false,
            #[cfg(feature = "password")]
            Kind::Password(_) => true,
        }
    }

    /// The password hash, where it is one.
    #[cfg(feature = "password")]
    pub(crate) const fn password(&self) -> Option<&PasswordHash> {
        match &self.0 {
            Kind::Password(hash) => Some(hash),
            _ => None,
        }
    }

    /// The text of the hash, to be stored and parsed again.
    #[must_use]
    pub fn expose(&self) -> Cow<'_, str> {
        match &self.0 {
            Kind::Sha256(digest) => written("sha256:", digest).into(),
            Kind::Sha512(digest) => written("sha512:", digest.as_slice()).into(),
            #[cfg(feature = "password")]
            Kind::Password(hash) => hash.expose().into(),
        }
    }

    /// Whether two texts that were imported are the same, in a time that does not tell where
    /// they differ.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl FromStr for LegacyHash {
    type Err = InvalidLegacyHash;

    fn from_str(text: &str) -> Result<Self, InvalidLegacyHash> {
        let after = |prefixes: [&str; 2]| prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
        if let Some(hex) = after(["sha256:", "sha256$$"]) {
            return Ok(Self(Kind::Sha256(read(hex).ok_or(InvalidLegacyHash::Unreadable)?)));
        }
        if let Some(hex) = after(["sha512:", "sha512$$"]) {
            return Ok(Self(Kind::Sha512(Box::new(read(hex).ok_or(InvalidLegacyHash::Unreadable)?))));
        }
        password(text)
    }
}

#[cfg(feature = "password")]
fn password(text: &str) -> Result<LegacyHash, InvalidLegacyHash> {
    // Django writes the name of its hasher before what the hash function wrote.
    let bare = text.strip_prefix("bcrypt$").or_else(|| text.strip_prefix("argon2"));
    let bare = bare.filter(|bare| bare.starts_with('$')).unwrap_or(text);
    match PasswordHash::parse(bare) {
        Ok(hash) => Ok(LegacyHash(Kind::Password(hash))),
        Err(PasswordHashError::Cost) => Err(InvalidLegacyHash::Cost),
        Err(_) => Err(InvalidLegacyHash::Unreadable),
    }
}

#[cfg(not(feature = "password"))]
fn password(text: &str) -> Result<LegacyHash, InvalidLegacyHash> {
    let known = ["$2", "$argon2", "pbkdf2_sha256$", "bcrypt$", "argon2$"];
    let known = known.iter().any(|prefix| text.starts_with(prefix));
    Err(if known { InvalidLegacyHash::NoPasswords } else { InvalidLegacyHash::Unreadable })
}

impl fmt::Debug for LegacyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LegacyHash(..)")
    }
}

/// Hexadecimal digits of either case, as exactly `N` bytes.
fn read<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if hex.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = pair.iter().try_fold(0, |value, digit| {
            let digit = char::from(*digit).to_digit(16)?;
            u8::try_from(digit).ok().map(|digit| value << 4 | digit)
        })?;
    }
    Some(bytes)
}

fn written(prefix: &str, bytes: &[u8]) -> String {
    bytes.iter().fold(prefix.to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{LegacyLookup, VisiblePart};

    fn parsed(text: &str) -> LegacyHash {
        text.parse().expect("hash")
    }

    #[test]
    fn a_digest_matches_its_key_alone_and_is_written_in_one_way() {
        let sha256 = written("", &digest::sha256(b"key"));
        let sha512 = written("", Sha512::digest(b"key").as_slice());
        for (bare, own, foreign) in [(&sha256, "sha256:", "sha256$$"), (&sha512, "sha512:", "sha512$$")] {
            for text in
                [format!("{own}{bare}"), format!("{foreign}{bare}"), format!("{own}{}", bare.to_uppercase())]
            {
                let hash = parsed(&text);
                assert!(hash.matches(b"key") && !hash.matches(b"Key") && !hash.matches(b""), "{text}");
                assert_eq!(hash.expose(), format!("{own}{bare}"));
                assert!(!hash.is_slow());
                assert_eq!(format!("{hash:?}"), "LegacyHash(..)");
            }
            for bad in [
                format!("{own}{}", &bare[1..]),
                format!("{own}{bare}0"),
                format!("{own}{}g", &bare[1..]),
                format!("{own}+{}", &bare[1..]),
                format!("{own}{}", bare.replacen(|_| true, "é", 1)),
                format!("{own} {bare}"),
                bare.to_string(),
                foreign.to_owned(),
            ] {
                assert_eq!(bad.parse::<LegacyHash>().err(), Some(InvalidLegacyHash::Unreadable), "{bad}");
            }
        }
    }

    #[test]
    fn a_sha256_is_the_digest_that_keys_are_found_by() {
        let digest = crate::store::KeyHasher::sha256().digest(b"key");
        let hash = parsed(&written("sha256:", digest.as_bytes()));
        assert_eq!(hash.place(None), Ok(LegacyPlace::Digest(digest)));
    }

    #[test]
    fn a_sha512_is_found_by_the_key_that_it_was_made_of() {
        let hash = parsed(&written("sha512:", Sha512::digest(b"key").as_slice()));
        let place = |key: &[u8]| LegacyLookup::new().with_sha512().names(key).map(LegacyPlace::Name).next();
        assert_eq!(hash.place(None).ok(), place(b"key"));
        assert_ne!(hash.place(None).ok(), place(b"Key"));
    }

    #[cfg(feature = "password")]
    #[test]
    fn a_password_hash_is_found_by_the_visible_part_and_then_checked() {
        let key = "1a2b3c4d.secret";
        let bcrypt = PasswordHash::bcrypt(&key.into(), 4).expect("hash").expose().to_owned();
        let argon2 = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21l$bm90LXRoZS1oYXNoLW5vdC10aGUtaGFzaCEhISE";
        let pbkdf2 = PasswordHash::pbkdf2_sha256(&key.into(), 1).expect("hash").expose().to_owned();
        let lookup = LegacyLookup::new().with_visible(VisiblePart::BeforeDot);
        for (text, bare, matches) in [
            (bcrypt.clone(), bcrypt.as_str(), true),
            (format!("bcrypt${bcrypt}"), &bcrypt, true),
            (pbkdf2.clone(), &pbkdf2, true),
            (argon2.to_owned(), argon2, false),
            (format!("argon2{argon2}"), argon2, false),
        ] {
            let hash = parsed(&text);
            assert!(hash.is_slow());
            assert_eq!(hash.expose(), bare);
            let place = hash.place(Some("1a2b3c4d"));
            assert_eq!(place.ok(), lookup.names(key.as_bytes()).map(LegacyPlace::Name).next());
            assert_eq!(hash.matches(key.as_bytes()), matches, "{text}");
            assert!(!hash.matches(b"1a2b3c4d.Secret"));
            for none in [None, Some("")] {
                assert_eq!(hash.place(none), Err(InvalidLegacyHash::NoVisiblePart));
            }
        }
    }

    #[cfg(feature = "password")]
    #[test]
    fn what_is_no_hash_or_too_costly_is_refused() {
        for bad in
            ["", "key", "sha1:00", "bcrypt$", "argon2", "argon2$", "bcrypt$pbkdf2_sha256$1$s$", "$2b$04$"]
        {
            assert_eq!(bad.parse::<LegacyHash>().err(), Some(InvalidLegacyHash::Unreadable), "{bad}");
        }
        let costly = "pbkdf2_sha256$10000001$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        assert_eq!(costly.parse::<LegacyHash>().err(), Some(InvalidLegacyHash::Cost));
    }

    #[cfg(not(feature = "password"))]
    #[test]
    fn without_the_feature_password_hashes_are_refused_as_such() {
        for text in ["$2b$04$", "bcrypt$$2b$04$", "$argon2id$", "pbkdf2_sha256$1$s$h"] {
            assert_eq!(text.parse::<LegacyHash>().err(), Some(InvalidLegacyHash::NoPasswords), "{text}");
        }
    }
}
