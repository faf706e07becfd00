//! Hashes of passwords, as text.

use std::fmt;

use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use bcrypt::HashParts;

use super::pbkdf2::Pbkdf2;
use crate::Secret;
use crate::crypto::{RandomError, random};

/// The most bytes of a password that bcrypt looks at.
const BCRYPT_LONGEST: usize = 72;
/// A hash that takes longer than this to check is a mistake: about 16 seconds.
const BCRYPT_HIGHEST_COST: u32 = 18;
/// As for bcrypt: 1 GiB, 64 passes, 64 lanes.
const ARGON2_HIGHEST: (u32, u32, u32) = (1 << 20, 64, 64);

/// The hash of a password: bcrypt (`$2a$`, `$2b$`, `$2y$`) or Argon2 (`$argon2id$`,
/// `$argon2i$`, `$argon2d$`) in its usual text form, or PBKDF2 with HMAC-SHA-256 in that of
/// Django (`pbkdf2_sha256$<iterations>$<salt>$<hash>`). It does not print.
///
/// ```
/// use portcullis::password::PasswordHash;
/// let hash = PasswordHash::bcrypt(&"correct horse".into(), 4)?;
/// assert!(hash.matches(&"correct horse".into()));
/// assert!(!hash.matches(&"wrong horse".into()));
/// assert!(PasswordHash::parse(hash.expose()).is_ok());
/// # Ok::<(), portcullis::password::PasswordHashError>(())
/// ```
#[derive(Clone)]
pub struct PasswordHash {
    text: Box<str>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Bcrypt { cost: u32 },
    Argon2(Box<phc::PasswordHash>),
    Pbkdf2(Box<Pbkdf2>),
}

/// The text is no hash, or a hash cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordHashError {
    /// The text is not a hash of a kind that is known here.
    #[error("the text is neither a bcrypt, an argon2 nor a pbkdf2_sha256 hash")]
    Unreadable,
    /// Checking the hash would take unreasonably long, or the cost does not exist.
    #[error("the cost of the hash is out of range")]
    Cost,
    /// bcrypt takes at most 72 bytes, none of them zero.
    #[error("bcrypt takes passwords of at most 72 bytes without zero bytes")]
    Password,
    /// The system's random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The hash function failed.
    #[error("the hash function failed")]
    Failed,
}

impl PasswordHash {
    /// Reads a hash.
    ///
    /// # Errors
    /// When the text is no hash, or one that would take unreasonably long to check.
    pub fn parse(text: &str) -> Result<Self, PasswordHashError> {
        let bcrypt = ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| text.starts_with(prefix));
        let kind = if bcrypt {
            parse_bcrypt(text)?
        } else if text.starts_with(Pbkdf2::PREFIX) {
            Kind::Pbkdf2(Box::new(Pbkdf2::parse(text)?))
        } else {
            parse_argon2(text)?
        };
        Ok(Self { text: text.into(), kind })
    }

    /// Hashes a password with bcrypt. Each step of the cost doubles the time; 12 is a
    /// quarter of a second.
    ///
    /// # Errors
    /// When the password has more than 72 bytes or a zero byte, which bcrypt would
    /// ignore or stop at, or when the cost is not within 4 and 18.
    pub fn bcrypt(password: &Secret, cost: u32) -> Result<Self, PasswordHashError> {
        if !fits_bcrypt(password.expose()) {
            return Err(PasswordHashError::Password);
        }
        if cost > BCRYPT_HIGHEST_COST {
            return Err(PasswordHashError::Cost);
        }
        let salt = *random::bytes::<16>()?;
        let parts =
            bcrypt::hash_with_salt(password.expose(), cost, salt).map_err(|_| PasswordHashError::Cost)?;
        Self::parse(&parts.to_string())
    }

    /// Hashes a password with Argon2id: 19 MiB, two passes, one lane.
    ///
    /// # Errors
    /// When there is no randomness or no memory.
    pub fn argon2(password: &Secret) -> Result<Self, PasswordHashError> {
        let salt = random::bytes::<16>()?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        let hash = argon2.hash_password_with_salt(password.expose(), salt.as_slice());
        Self::parse(&hash.map_err(|_| PasswordHashError::Failed)?.to_string())
    }

    /// Hashes a password with PBKDF2 and HMAC-SHA-256, as Django reads it: for tables that
    /// are shared with it. The time grows with the iterations; 600,000 are a fifth of a
    /// second. Elsewhere [`argon2`](Self::argon2) costs an attacker more.
    ///
    /// # Errors
    /// When the iterations are not within 1 and 10,000,000, or there is no randomness.
    pub fn pbkdf2_sha256(password: &Secret, iterations: u32) -> Result<Self, PasswordHashError> {
        Self::parse(&Pbkdf2::make(password.expose(), iterations)?.to_text())
    }

    /// Whether this is the hash of `password`. It takes the time of a whole hash,
    /// whatever the password: do not call it where other tasks wait.
    #[must_use]
    pub fn matches(&self, password: &Secret) -> bool {
        match &self.kind {
            Kind::Bcrypt { .. } => {
                // A password that bcrypt would cut short is wrong, after the same time.
                let fits = fits_bcrypt(password.expose());
                let hashed = if fits { password.expose() } else { b"" };
                bcrypt::verify(hashed, &self.text).unwrap_or(false) & fits
            }
            Kind::Argon2(hash) => Argon2::default().verify_password(password.expose(), &**hash).is_ok(),
            Kind::Pbkdf2(hash) => hash.matches(password.expose()),
        }
    }

    /// The text of the hash, to be stored.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// A hash of the same algorithm and cost that no password has.
    pub(super) fn decoy(&self) -> Result<Self, PasswordHashError> {
        let text = match &self.kind {
            Kind::Bcrypt { cost } => {
                let (salt, hash) = (random::bytes::<16>()?, random::bytes::<23>()?);
                let base64 = GeneralPurpose::new(&BCRYPT, NO_PAD);
                format!("$2b${cost:02}${}{}", base64.encode(*salt), base64.encode(*hash))
            }
            Kind::Argon2(model) => {
                let mut decoy = phc::PasswordHash::clone(model);
                let length = model.hash.as_ref().map_or(0, |output| output.len());
                let output = random::bytes::<64>()?;
                let output = output.get(..length).ok_or(PasswordHashError::Failed)?;
                decoy.hash = Some(phc::Output::new(output).map_err(|_| PasswordHashError::Failed)?);
                decoy.to_string()
            }
            Kind::Pbkdf2(model) => model.decoy()?.to_text(),
        };
        Self::parse(&text)
    }
}

fn fits_bcrypt(password: &[u8]) -> bool {
    password.len() <= BCRYPT_LONGEST && !password.contains(&0)
}

fn parse_bcrypt(text: &str) -> Result<Kind, PasswordHashError> {
    let parts: HashParts = text.parse().map_err(|_| PasswordHashError::Unreadable)?;
    let cost = parts.get_cost();
    // The parser takes a sign for a digit.
    if text.get(4..6) != Some(format!("{cost:02}").as_str()) {
        return Err(PasswordHashError::Unreadable);
    }
    if !(4..=BCRYPT_HIGHEST_COST).contains(&cost) {
        return Err(PasswordHashError::Cost);
    }
    Ok(Kind::Bcrypt { cost })
}

fn parse_argon2(text: &str) -> Result<Kind, PasswordHashError> {
    let hash = phc::PasswordHash::new(text).map_err(|_| PasswordHashError::Unreadable)?;
    let known = Algorithm::try_from(hash.algorithm.as_str()).is_ok()
        && hash.version.is_none_or(|version| Version::try_from(version).is_ok());
    let whole = hash.salt.is_some() && hash.hash.as_ref().is_some_and(|output| output.len() >= 16);
    if !known || !whole {
        return Err(PasswordHashError::Unreadable);
    }
    let params = Params::try_from(&hash).map_err(|_| PasswordHashError::Unreadable)?;
    let (memory, passes, lanes) = ARGON2_HIGHEST;
    if params.m_cost() > memory || params.t_cost() > passes || params.p_cost() > lanes {
        return Err(PasswordHashError::Cost);
    }
    Ok(Kind::Argon2(Box::new(hash)))
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cheap to check, and no known password's.
    const ARGON2I: &str =
        "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21l$bm90LXRoZS1oYXNoLW5vdC10aGUtaGFzaCEhISE";

    #[test]
    fn a_hash_matches_its_password_alone() {
        let password = Secret::from("correct horse");
        let bcrypt = PasswordHash::bcrypt(&password, 4).expect("hash");
        assert!(bcrypt.matches(&password));
        for wrong in ["", "correct horsf", "correct horse ", "correct horse\0"] {
            assert!(!bcrypt.matches(&wrong.into()), "{wrong:?}");
        }
        let argon2 = PasswordHash::argon2(&password).expect("hash");
        assert!(argon2.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(argon2.matches(&password));
        assert!(!argon2.matches(&"correct horsf".into()));
    }

    #[test]
    fn a_decoy_costs_the_same_and_matches_nothing() {
        let bcrypt = PasswordHash::bcrypt(&"u".into(), 4).expect("hash");
        let argon2 = PasswordHash::parse(ARGON2I).expect("parsed");
        let pbkdf2 = PasswordHash::pbkdf2_sha256(&"u".into(), 3).expect("hash");
        for (model, start) in
            [(bcrypt, "$2b$04$"), (argon2, "$argon2i$v=19$m=64,t=1,p=1$"), (pbkdf2, "pbkdf2_sha256$3$")]
        {
            let decoy = model.decoy().expect("decoy");
            assert!(decoy.expose().starts_with(start), "{}", decoy.expose());
            assert_ne!(decoy.expose(), model.expose());
            assert!(!decoy.matches(&"u".into()));
        }
    }

    #[test]
    fn every_revision_of_bcrypt_is_read() {
        let text = PasswordHash::bcrypt(&"u".into(), 4).expect("hash").expose().to_owned();
        for revision in ["$2a$", "$2b$", "$2y$"] {
            let text = text.replacen("$2b$", revision, 1);
            assert!(PasswordHash::parse(&text).expect("parsed").matches(&"u".into()), "{revision}");
        }
    }

    #[test]
    fn a_password_that_bcrypt_would_cut_is_wrong() {
        let longest = "x".repeat(72);
        let hash = PasswordHash::bcrypt(&longest.as_str().into(), 4).expect("hash");
        assert!(hash.matches(&longest.as_str().into()));
        assert!(!hash.matches(&format!("{longest}x").into()));
        for unfit in [format!("{longest}x"), "a\0b".to_owned()] {
            assert_eq!(PasswordHash::bcrypt(&unfit.into(), 4).err(), Some(PasswordHashError::Password));
        }
    }

    #[test]
    fn what_is_no_hash_or_too_costly_is_refused() {
        let good = PasswordHash::bcrypt(&"u".into(), 4).expect("hash").expose().to_owned();
        for bad in [
            String::new(),
            "password".to_owned(),
            good.replacen("$2b$", "$2x$", 1),
            good.replacen("$04$", "$+4$", 1),
            good[..59].to_owned(),
            format!("{good}\n"),
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21l".to_owned(),
            ARGON2I.replacen("argon2i", "argon2x", 1),
            ARGON2I.replacen("v=19", "v=20", 1),
        ] {
            assert_eq!(PasswordHash::parse(&bad).err(), Some(PasswordHashError::Unreadable), "{bad}");
        }
        for costly in [
            good.replacen("$04$", "$31$", 1),
            good.replacen("$04$", "$03$", 1),
            ARGON2I.replacen("m=64", "m=4000000", 1),
            ARGON2I.replacen("t=1", "t=1000", 1),
        ] {
            assert_eq!(PasswordHash::parse(&costly).err(), Some(PasswordHashError::Cost), "{costly}");
        }
    }
}
