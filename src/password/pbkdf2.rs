//! PBKDF2 with HMAC-SHA-256 (RFC 8018, section 5.2), written as Django does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::PasswordHashError;
use crate::canonical::number;
use crate::crypto::random;

/// `pbkdf2_sha256$<iterations>$<salt>$<hash>`: the salt is taken as it is written, the
/// hash is standard base64 with padding.
#[derive(Clone)]
pub(super) struct Pbkdf2 {
    iterations: u32,
    salt: Box<str>,
    hash: [u8; 32],
}

impl Pbkdf2 {
    pub(super) const PREFIX: &str = "pbkdf2_sha256$";
    /// A hash that takes longer than this to check is a mistake: several seconds.
    const MOST_ITERATIONS: u32 = 10_000_000;
    const LONGEST_SALT: usize = 255;

    pub(super) fn parse(text: &str) -> Result<Self, PasswordHashError> {
        let mut parts = text.strip_prefix(Self::PREFIX).ok_or(PasswordHashError::Unreadable)?.split('$');
        let (Some(iterations), Some(salt), Some(hash), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(PasswordHashError::Unreadable);
        };
        let is_salt = (1..=Self::LONGEST_SALT).contains(&salt.len())
            && salt.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
        // No number has two spellings, and a long one is costly, not unreadable.
        if !is_salt || iterations.starts_with('0') && iterations != "0" {
            return Err(PasswordHashError::Unreadable);
        }
        let iterations = number::digits(iterations, 18).ok_or(PasswordHashError::Unreadable)?;
        let hash = STANDARD.decode(hash).map_err(|_| PasswordHashError::Unreadable)?;
        let hash = hash.try_into().map_err(|_| PasswordHashError::Unreadable)?;
        Ok(Self { iterations: Self::iterations(iterations)?, salt: salt.into(), hash })
    }

    pub(super) fn make(password: &[u8], iterations: u32) -> Result<Self, PasswordHashError> {
        let iterations = Self::iterations(iterations.into())?;
        let salt: Box<str> = random::base64url::<16>()?.into();
        let hash = derive(password, &salt, iterations);
        Ok(Self { iterations, salt, hash })
    }

    /// Compares in constant time, after the whole work.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        derive(password, &self.salt, self.iterations).ct_eq(&self.hash).into()
    }

    pub(super) fn decoy(&self) -> Result<Self, PasswordHashError> {
        let salt = random::base64url::<16>()?.into();
        Ok(Self { iterations: self.iterations, salt, hash: *random::bytes::<32>()? })
    }

    pub(super) fn to_text(&self) -> String {
        let Self { iterations, salt, hash } = self;
        format!("{}{iterations}${salt}${}", Self::PREFIX, STANDARD.encode(hash))
    }

    fn iterations(number: i64) -> Result<u32, PasswordHashError> {
        let iterations = u32::try_from(number).map_err(|_| PasswordHashError::Cost)?;
        let fits = (1..=Self::MOST_ITERATIONS).contains(&iterations);
        if fits { Ok(iterations) } else { Err(PasswordHashError::Cost) }
    }
}

fn derive(password: &[u8], salt: &str, iterations: u32) -> [u8; 32] {
    ::pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password, salt.as_bytes(), iterations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_vector_of_rfc_7914_comes_out() {
        // Section 11: 64 bytes, of which these are the first block.
        let expected = [
            0x55, 0xac, 0x04, 0x6e, 0x56, 0xe3, 0x08, 0x9f, 0xec, 0x16, 0x91, 0xc2, 0x25, 0x44, 0xb6, 0x05,
            0xf9, 0x41, 0x85, 0x21, 0x6d, 0xde, 0x04, 0x65, 0xe6, 0x8b, 0x9d, 0x57, 0xc2, 0x0d, 0xac, 0xbc,
        ];
        assert_eq!(derive(b"passwd", "salt", 1), expected);
    }

    #[test]
    fn a_hash_that_django_5_made_matches_its_password_alone() {
        let hash = Pbkdf2::parse(DJANGO).expect("hash");
        assert!(hash.matches("lètmein".as_bytes()));
        assert!(!hash.matches(b"letmein"));
        assert!(!hash.matches(b""));
        assert_eq!(hash.to_text(), DJANGO);
    }

    const DJANGO: &str = "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";

    #[test]
    fn what_has_another_form_is_no_hash() {
        let made = Pbkdf2::make(b"u", 1).expect("hash").to_text();
        assert!(Pbkdf2::parse(&made).expect("hash").matches(b"u"));
        let parts: Vec<_> = made.split('$').collect();
        let [name, _, salt, hash] = parts[..] else { panic!("four parts") };
        for bad in [
            String::new(),
            "pbkdf2_sha256$".to_owned(),
            made.replace("sha256", "sha1"),
            format!("{made}$"),
            format!("{made}\n"),
            format!("{name}$1$${hash}"),
            format!("{name}$1$s alt${hash}"),
            format!("{name}$1${}${hash}", "s".repeat(256)),
            format!("{name}$1${salt}$"),
            format!("{name}$1${salt}${}", hash.trim_end_matches('=')),
            format!("{name}$1${salt}${}", STANDARD.encode([7; 31])),
            format!("{name}$1${salt}${}", STANDARD.encode([7; 33])),
            format!("{name}$${salt}${hash}"),
            format!("{name}$+1${salt}${hash}"),
            format!("{name}$01${salt}${hash}"),
            format!("{name}$1e3${salt}${hash}"),
        ] {
            assert_eq!(Pbkdf2::parse(&bad).err(), Some(PasswordHashError::Unreadable), "{bad}");
        }
        for iterations in ["0", "10000001", "4294967297", "999999999999999999"] {
            let costly = format!("{name}${iterations}${salt}${hash}");
            assert_eq!(Pbkdf2::parse(&costly).err(), Some(PasswordHashError::Cost), "{costly}");
        }
        assert!(Pbkdf2::parse(&format!("{name}$10000000${salt}${hash}")).is_ok());
        assert_eq!(Pbkdf2::make(b"u", 0).err(), Some(PasswordHashError::Cost));
    }
}
