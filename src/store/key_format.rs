//! What the text of an API key looks like.

use std::fmt;
use std::str::FromStr;

use crate::crypto::RandomError;
use crate::crypto::random;
use crate::{KeyId, Secret};

const ID: usize = 16;
/// 33 characters of 62 are 196 bits.
const SECRET: usize = 33;
const CHECKSUM: usize = 6;
const LONGEST_WORD: usize = 32;
const LONGEST_PREFIX: usize = 64;
/// 19 characters of 62 are 113 bits: with one more, the shortest text is a whole key.
const SHORTEST_RANDOM: usize = 20;
const LONGEST_KEY: usize = 255;
/// What a JWT begins with; under `Bearer` such a text is never taken for an API key.
const LIKE_JWT: &str = "ey";

/// What the text of generated API keys looks like, in one of two forms.
///
/// The [checked](Self::checked) form, `<prefix>_<env>_<id>_<secret><crc>`:
///
/// | part | what it is |
/// |---|---|
/// | prefix, env | whose key it is and for what: 1 to 32 lower-case ASCII letters and digits each |
/// | id | 16 letters and digits: the public [`KeyId`], safe to log |
/// | secret | 33 letters and digits from the system's generator: 196 bits |
/// | crc | CRC-32 (IEEE 802.3) of all before it, as 6 digits of base 62 (`0-9A-Za-z`), the most significant first |
///
/// Every change of one character and every swap of two neighbours is noticed without a
/// look-up. The checksum is no secret and proves nothing: whoever knows the form can
/// compute it.
///
/// The [plain](Self::plain) form is a prefix and letters and digits.
///
/// A format has one spelling as text, for configuration and databases.
///
/// ```
/// use portcullis::store::KeyFormat;
/// let live = KeyFormat::checked("acme", "live")?;
/// let (id, key) = live.generate(None)?;
/// let text = key.expose_text().expect("keys are text");
/// assert!(live.check(text));
/// assert_eq!(live.id_of(text), Some(id.as_str()));
/// assert!(!live.check(&text.replace("acme_live_", "acme_test_")));
///
/// assert_eq!(live.to_string(), "checked:acme:live");
/// assert_eq!("checked:acme:live".parse(), Ok(live));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyFormat(Form);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    /// The head is `<prefix>_<env>_`.
    Checked {
        head: Box<str>,
    },
    Plain {
        prefix: Box<str>,
        length: usize,
    },
}

/// The text describes no format of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKeyFormat {
    /// The prefix or the environment of the checked form.
    #[error("prefix and environment are 1 to 32 lower-case ASCII letters and digits each")]
    Word,
    /// The prefix of the plain form.
    #[error("a prefix is at most 64 printable ASCII characters without space")]
    Prefix,
    /// Too little is random, or the whole is too long.
    #[error("a plain key has at least 20 random characters, and at most 255 in all")]
    Length,
    /// Under `Bearer`, keys of the format would be taken for JWTs.
    #[error("a prefix that begins with \"ey\" looks like a JWT")]
    LikeJwt,
    /// A text that is no spelling of a format.
    #[error("a format is written checked:<prefix>:<env> or plain:<length>:<prefix>")]
    Unreadable,
}

impl KeyFormat {
    /// `<prefix>_<env>_<id>_<secret><crc>`; the environment is such as `live` or `test`.
    ///
    /// # Errors
    /// When prefix or environment are not 1 to 32 lower-case ASCII letters and digits, or
    /// the prefix begins as a JWT does, with `ey`.
    pub fn checked(prefix: &str, env: &str) -> Result<Self, InvalidKeyFormat> {
        let is_word = |word: &str| {
            (1..=LONGEST_WORD).contains(&word.len())
                && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if !is_word(prefix) || !is_word(env) {
            return Err(InvalidKeyFormat::Word);
        }
        if prefix.starts_with(LIKE_JWT) {
            return Err(InvalidKeyFormat::LikeJwt);
        }
        Ok(Self(Form::Checked { head: format!("{prefix}_{env}_").into() }))
    }

    /// A prefix and `length` letters and digits, without a checksum: `igny8_` and 40.
    ///
    /// # Errors
    /// When the prefix is not at most 64 printable ASCII characters without space, begins
    /// as a JWT does, with `ey`, when `length` is less than 20, or the whole is more than
    /// 255 characters.
    pub fn plain(prefix: &str, length: usize) -> Result<Self, InvalidKeyFormat> {
        if prefix.len() > LONGEST_PREFIX || !prefix.bytes().all(|byte| matches!(byte, b'!'..=b'~')) {
            return Err(InvalidKeyFormat::Prefix);
        }
        if prefix.starts_with(LIKE_JWT) {
            return Err(InvalidKeyFormat::LikeJwt);
        }
        if !(SHORTEST_RANDOM..=LONGEST_KEY - prefix.len()).contains(&length) {
            return Err(InvalidKeyFormat::Length);
        }
        Ok(Self(Form::Plain { prefix: prefix.into(), length }))
    }

    /// Makes the text of a key, from the system's generator, and its public id.
    ///
    /// Without an `id` it is a new key with a new id. With one, it is a new text for a key
    /// that has an id already, as in a rotation, and the id comes back as it was. The
    /// checked form writes it into the text if it is 16 letters and digits. Ids that were
    /// chosen or imported may not be: then the text has a random id of its own, and what
    /// [`id_of`](Self::id_of) reads is not the id of the key.
    ///
    /// # Errors
    /// When the system's random generator fails.
    pub fn generate(&self, id: Option<&KeyId>) -> Result<(KeyId, Secret), RandomError> {
        match &self.0 {
            Form::Checked { head } => {
                let written = match id.filter(|id| is_id(id.as_str())) {
                    Some(id) => id.clone(),
                    None => random_id("")?,
                };
                let secret = random::alphanumeric(SECRET)?;
                // Sized beforehand, so that no copy of a secret is left where the text grew.
                let mut text = Vec::with_capacity(head.len() + ID + 1 + SECRET + CHECKSUM);
                text.extend_from_slice(head.as_bytes());
                text.extend_from_slice(written.as_str().as_bytes());
                text.push(b'_');
                text.extend_from_slice(secret.expose());
                let checksum = checksum(&text);
                text.extend_from_slice(&checksum);
                Ok((id.cloned().unwrap_or(written), Secret::new(text)))
            }
            Form::Plain { prefix, length } => {
                let id = id.map_or_else(|| random_id("key_"), |id| Ok(id.clone()))?;
                loop {
                    let random = random::alphanumeric(*length)?;
                    let mut text = Vec::with_capacity(prefix.len() + length);
                    text.extend_from_slice(prefix.as_bytes());
                    text.extend_from_slice(random.expose());
                    let text = Secret::new(text);
                    // Only without a prefix, or with the prefix `e`.
                    if !text.expose().starts_with(LIKE_JWT.as_bytes()) {
                        return Ok((id, text));
                    }
                }
            }
        }
    }

    /// Whether `text` begins like a key of this format: a cheap test of whose key it
    /// claims to be, not of whether it can be one.
    #[must_use]
    pub fn covers(&self, text: &str) -> bool {
        text.starts_with(self.beginning())
    }

    /// Whether `text` has the whole form of a key: in the checked form also the right
    /// checksum, so that what was mistyped, cut off or made up is none. It allocates
    /// nothing.
    #[must_use]
    pub fn check(&self, text: &str) -> bool {
        match &self.0 {
            Form::Checked { head } => checked_id(head, text).is_some(),
            Form::Plain { prefix, length } => text
                .strip_prefix(&**prefix)
                .is_some_and(|random| random.len() == *length && is_alphanumeric(random)),
        }
    }

    /// The public id in a text that has the [whole form](Self::check); the plain form has
    /// none. It is what the text says: nothing is proved until the key is found.
    #[must_use]
    pub fn id_of<'t>(&self, text: &'t str) -> Option<&'t str> {
        match &self.0 {
            Form::Checked { head } => checked_id(head, text),
            Form::Plain { .. } => None,
        }
    }

    /// The regular expression that finds keys of this format in other text, for secret
    /// scanners. RE2, PCRE, and the engines of Rust, Go, Python and JavaScript read it
    /// alike. In the checked form, [`check`](Self::check) then tells keys from look-alikes.
    ///
    /// ```
    /// use portcullis::store::KeyFormat;
    /// let pattern = KeyFormat::checked("acme", "live")?.pattern();
    /// assert_eq!(pattern, r"\bacme_live_[0-9A-Za-z]{16}_[0-9A-Za-z]{39}\b");
    /// # Ok::<(), portcullis::store::InvalidKeyFormat>(())
    /// ```
    #[must_use]
    pub fn pattern(&self) -> String {
        let beginning = self.beginning();
        let mut pattern = String::new();
        // Before any other character there is no boundary to require.
        if !beginning.starts_with(|first: char| !first.is_ascii_alphanumeric() && first != '_') {
            pattern.push_str(r"\b");
        }
        for character in beginning.chars() {
            if r"\.+*?()|[]{}^$".contains(character) {
                pattern.push('\\');
            }
            pattern.push(character);
        }
        pattern
            + &match &self.0 {
                Form::Checked { .. } => {
                    format!(r"[0-9A-Za-z]{{{ID}}}_[0-9A-Za-z]{{{}}}\b", SECRET + CHECKSUM)
                }
                Form::Plain { length, .. } => format!(r"[0-9A-Za-z]{{{length}}}\b"),
            }
    }

    /// How long the texts of this format are.
    pub(super) fn length(&self) -> usize {
        match &self.0 {
            Form::Checked { head } => head.len() + ID + 1 + SECRET + CHECKSUM,
            Form::Plain { prefix, length } => prefix.len() + length,
        }
    }

    /// Whether its texts have a checksum.
    pub(super) const fn is_checked(&self) -> bool {
        matches!(self.0, Form::Checked { .. })
    }

    /// What every text of this format begins with.
    pub(super) fn beginning(&self) -> &str {
        match &self.0 {
            Form::Checked { head } => head,
            Form::Plain { prefix, .. } => prefix,
        }
    }
}

impl Default for KeyFormat {
    /// 40 letters and digits, without a prefix.
    fn default() -> Self {
        Self(Form::Plain { prefix: "".into(), length: 40 })
    }
}

impl fmt::Display for KeyFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Checked { head } => {
                let (prefix, env) = head.trim_end_matches('_').split_once('_').unwrap_or_default();
                write!(f, "checked:{prefix}:{env}")
            }
            Form::Plain { prefix, length } => write!(f, "plain:{length}:{prefix}"),
        }
    }
}

impl FromStr for KeyFormat {
    type Err = InvalidKeyFormat;

    /// Reads what `Display` writes, and no other spelling.
    fn from_str(text: &str) -> Result<Self, InvalidKeyFormat> {
        let format = match text.split_once(':').and_then(|(form, rest)| Some((form, rest.split_once(':')?))) {
            Some(("checked", (prefix, env))) => Self::checked(prefix, env)?,
            Some(("plain", (length, prefix))) => {
                Self::plain(prefix, length.parse().map_err(|_| InvalidKeyFormat::Unreadable)?)?
            }
            _ => return Err(InvalidKeyFormat::Unreadable),
        };
        // `+40` and `040` are numbers too.
        if format.to_string() == text { Ok(format) } else { Err(InvalidKeyFormat::Unreadable) }
    }
}

impl fmt::Debug for KeyFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFormat({:?})", self.to_string())
    }
}

fn random_id(prefix: &str) -> Result<KeyId, RandomError> {
    let random = random::alphanumeric(ID)?;
    let random = random.expose_text().ok_or(RandomError)?;
    Ok(KeyId::new(format!("{prefix}{random}")))
}

/// The id in a text of the checked form.
fn checked_id<'t>(head: &str, text: &'t str) -> Option<&'t str> {
    let (id, rest) = text.strip_prefix(head)?.split_at_checked(ID)?;
    let (secret, presented) = rest.strip_prefix('_')?.split_at_checked(SECRET)?;
    let body = text.len().checked_sub(CHECKSUM).and_then(|end| text.as_bytes().get(..end))?;
    let whole = is_id(id) && is_alphanumeric(secret) && presented.as_bytes() == checksum(body);
    whole.then_some(id)
}

fn is_id(text: &str) -> bool {
    text.len() == ID && is_alphanumeric(text)
}

fn is_alphanumeric(text: &str) -> bool {
    // Looks at every byte, without leaving early: that is what makes it fast.
    text.bytes().fold(true, |all, byte| all & byte.is_ascii_alphanumeric())
}

/// CRC-32 as digits of base 62. It notices every change within 32 neighbouring bits: one
/// character, and two neighbours. What is left is a swap of the last character and the
/// first digit. It would need two checksums that differ by a multiple of 62^5, that is of
/// 32, for characters from `0` to `4`; the tests below show that there are none.
fn checksum(body: &[u8]) -> [u8; CHECKSUM] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = crc32fast::hash(body);
    let mut text = [b'0'; CHECKSUM];
    for place in text.iter_mut().rev() {
        *place = DIGITS.get((rest % 62) as usize).copied().unwrap_or_default();
        rest /= 62;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_ieee_in_six_digits_of_base_62() {
        // The check value of CRC-32: 0xCBF43926 = 3,421,780,262.
        let expected = "3jZRME";
        assert_eq!(crc32fast::hash(b"123456789"), 0xCBF4_3926);
        assert_eq!(checksum(b"123456789"), expected.as_bytes());
        // Padded with zeros: the CRC of nothing is nothing.
        assert_eq!(checksum(b""), *b"000000");
    }

    #[test]
    fn the_last_character_and_the_first_digit_cannot_be_swapped_unseen() {
        let table = |difference: u8| crc32fast::hash(&[difference]) ^ crc32fast::hash(&[0]);
        // The first digit is one of `0` to `4`: those differ in three bits.
        assert_eq!(u32::MAX / 62_u32.pow(5), 4);
        assert_eq!(62_u32.pow(5) % 32, 0);
        assert!((1..8).all(|difference| table(difference) % 32 != 0));
    }
}
