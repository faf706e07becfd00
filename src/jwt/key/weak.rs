//! Secrets that anybody could guess.

/// Why a secret is refused when a key is built from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeakSecret {
    /// Shorter than the output of the hash (RFC 7518, section 3.2).
    #[error("the secret is shorter than {least} bytes")]
    TooShort {
        /// How many bytes are needed.
        least: usize,
    },
    /// One byte, or a unit of at most eight bytes, again and again.
    #[error("the secret repeats a short unit")]
    Repetitive,
    /// Hardly any two bytes differ.
    #[error("the secret has too few different bytes")]
    FewDistinctBytes,
    /// The text of a PEM key, which may be a public one (RFC 8725, section 2.1).
    #[error("the secret is the text of a pem key")]
    PemText,
    /// An example from documentation, or words that such examples are made of.
    #[error("the secret is a well-known example")]
    WellKnown,
}

/// A unit up to this length may not make up the secret by repetition.
const LONGEST_UNIT: usize = 8;
/// What every PEM text has (RFC 7468, section 2), wherever it begins.
const PEM: &[u8] = b"-----BEGIN ";
/// A secret needs at least this many different bytes.
const FEWEST_DISTINCT: usize = 6;
/// What is left of a secret without its well-known words needs at least this many bytes.
const FEWEST_OF_ITS_OWN: usize = 12;

/// Whole secrets that tutorials publish and people deploy, in lower case and without
/// punctuation; longest first.
const PUBLISHED: [&[u8]; 7] = [
    b"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    b"404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970",
    b"5367566b59703373367639792f423f4528482b4d6251655468576d5a71347437",
    b"qwertyuiopasdfghjklzxcvbnm",
    b"astringsecretatleast256bitslong",
    b"allyourbase",
    b"keyboardcat",
];

/// The words that placeholder secrets are made of; longer ones first, so that none hides
/// in another.
const WORDS: [&[u8]; 40] = [
    b"authentication",
    b"placeholder",
    b"application",
    b"production",
    b"development",
    b"insecure",
    b"changeit",
    b"password",
    b"changeme",
    b"minimum",
    b"replace",
    b"default",
    b"example",
    b"signing",
    b"private",
    b"letmein",
    b"secret",
    b"string",
    b"please",
    b"change",
    b"custom",
    b"django",
    b"really",
    b"random",
    b"dummy",
    b"least",
    b"valid",
    b"super",
    b"token",
    b"admin",
    b"shhhh",
    b"which",
    b"your",
    b"bits",
    b"long",
    b"that",
    b"very",
    b"test",
    b"this",
    b"key",
];

/// What such words are joined and padded with; it counts only beside them.
const FILLERS: [&[u8]; 13] = [
    b"abcdefghijklmnopqrstuvwxyz",
    b"1234567890",
    b"0123456789",
    b"123456",
    b"abcdef",
    b"qwerty",
    b"1234",
    b"abcd",
    b"256",
    b"384",
    b"512",
    b"bit",
    b"jwt",
];

/// Why `secret` is too weak for a hash of `least` bytes, if it is.
pub(crate) fn weakness(secret: &[u8], least: usize) -> Option<WeakSecret> {
    if secret.len() < least {
        return Some(WeakSecret::TooShort { least });
    }
    if secret.windows(PEM.len()).any(|window| window == PEM) {
        return Some(WeakSecret::PemText);
    }
    let repeats = |unit: usize| secret.iter().zip(secret.iter().skip(unit)).all(|(a, b)| a == b);
    if (1..=LONGEST_UNIT).any(repeats) {
        return Some(WeakSecret::Repetitive);
    }
    if distinct(secret) < FEWEST_DISTINCT {
        return Some(WeakSecret::FewDistinctBytes);
    }
    is_well_known(secret).then_some(WeakSecret::WellKnown)
}

/// Whether hardly anything is left of the secret once the well-known words are gone.
fn is_well_known(secret: &[u8]) -> bool {
    let plain: Vec<u8> = secret
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
        .map(u8::to_ascii_lowercase)
        .collect();
    let own = PUBLISHED.iter().chain(&WORDS).fold(plain.clone(), |left, word| without(&left, word));
    if own.len() == plain.len() {
        return false;
    }
    let own = FILLERS.iter().fold(own, |left, filler| without(&left, filler));
    own.len() < FEWEST_OF_ITS_OWN || distinct(&own) < FEWEST_DISTINCT
}

fn without(text: &[u8], word: &[u8]) -> Vec<u8> {
    let mut left = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        rest = rest.strip_prefix(word).unwrap_or_else(|| {
            left.push(*first);
            tail
        });
    }
    left
}

fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    bytes.iter().for_each(|byte| {
        if let Some(flag) = seen.get_mut(usize::from(*byte)) {
            *flag = true;
        }
    });
    seen.iter().filter(|flag| **flag).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_key_is_no_secret() {
        let pem = "\n-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n";
        assert_eq!(weakness(pem.as_bytes(), 32), Some(WeakSecret::PemText));
    }

    #[test]
    fn what_is_shorter_than_the_hash_is_refused() {
        for (length, least) in [(0, 32), (31, 32), (47, 48), (63, 64)] {
            assert_eq!(weakness(&vec![1; length], least), Some(WeakSecret::TooShort { least }));
        }
    }

    #[test]
    fn repetition_is_refused() {
        let units = ["a", "ab", "0123", "password", "secret-"];
        for unit in units {
            assert_eq!(
                weakness(&unit.repeat(40).as_bytes()[..39], 32),
                Some(WeakSecret::Repetitive),
                "{unit}"
            );
        }
        let two_bytes = "aaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbb";
        assert_eq!(weakness(two_bytes.as_bytes(), 32), Some(WeakSecret::FewDistinctBytes));
    }

    #[test]
    fn examples_are_refused_in_every_disguise() {
        for known in [
            "a-string-secret-at-least-256-bits-long",
            "A-String-Secret-At-Least-256-Bits-Long",
            "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
            "your-256-bit-secret-your-256-bit-secret",
            "your-256-bit-secret0000000000000000",
            "changeme_changeme_changeme_changeme",
            "secret1234567890123456789012345678",
            "super-secret-jwt-key-change-me-in-production",
            "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
            "09D25E094FAA6CA2556C818166B7A9563B93F7099F6F0F4CAA6CF63B88E8D3E7xxxx",
            "secret!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
        ] {
            assert_eq!(weakness(known.as_bytes(), 32), Some(WeakSecret::WellKnown), "{known}");
        }
    }

    #[test]
    fn secrets_with_enough_of_their_own_are_taken() {
        for good in [
            "0123456789abcdef".repeat(4).as_str(),
            "the-secret-garden-gate-opens-at-dusk-97",
            "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        ] {
            assert_eq!(weakness(good.as_bytes(), 32), None, "{good}");
        }
    }
}
