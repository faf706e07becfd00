//! Nonces of the server's own choosing (RFC 9449, sections 8 and 9).

use std::time::Duration;

use super::DpopSettingsError;
use crate::canonical::base64;
use crate::crypto::{HmacAlgorithm, HmacKey, RandomError, random};
use crate::{Secret, Timestamp};

/// What keeps such a code from being one of another kind under the same secret.
const PURPOSE: &[u8] = b"portcullis DPoP-Nonce\0";

/// Nonces that a server asks for in proofs, so that none can be made ahead of time.
///
/// Nothing is kept: a nonce is the number of a period and its MAC. One counts in its own
/// period and in those before and after it, so between one and two periods. Nodes that share
/// the secret take each other's.
///
/// ```
/// use portcullis::Timestamp;
/// use portcullis::jwt::DpopNonces;
/// use std::time::Duration;
/// let nonces = DpopNonces::random()?;
/// let now = Timestamp::from_unix_seconds(1_700_000_000);
/// let nonce = nonces.issue(now);
/// assert!(nonces.accepts(&nonce, now));
/// assert!(!nonces.accepts(&nonce, now.saturating_add(Duration::from_secs(600))));
/// # Ok::<(), portcullis::crypto::RandomError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DpopNonces {
    key: HmacKey,
    period: i64,
}

impl DpopNonces {
    /// Nonces under a secret that all nodes share: at least 32 random bytes.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self { key: HmacKey::new(HmacAlgorithm::Sha256, secret), period: 300 }
    }

    /// Nonces under a secret of this process alone.
    ///
    /// # Errors
    /// When the system's random generator fails.
    pub fn random() -> Result<Self, RandomError> {
        let secret = random::bytes::<32>()?;
        Ok(Self::new(&Secret::new(secret.to_vec())))
    }

    /// How long a period is, in whole seconds: 300 without this.
    ///
    /// # Errors
    /// When it is shorter than a second.
    pub fn with_period(mut self, period: Duration) -> Result<Self, DpopSettingsError> {
        self.period = i64::try_from(period.as_secs()).unwrap_or(i64::MAX);
        if self.period > 0 { Ok(self) } else { Err(DpopSettingsError::Period) }
    }

    /// The nonce of the moment.
    #[must_use]
    pub fn issue(&self, now: Timestamp) -> String {
        let number = self.number(now).to_be_bytes();
        let code = self.key.sign(&[PURPOSE, &number]);
        base64::encode_url(&[number.as_slice(), code.expose()].concat())
    }

    /// Whether a nonce is one of these, and counts still.
    #[must_use]
    pub fn accepts(&self, nonce: &str, now: Timestamp) -> bool {
        let Some(bytes) = base64::url::<40>(nonce.as_bytes()) else { return false };
        let Some((number, code)) = bytes.split_first_chunk::<8>() else { return false };
        let is_ours = self.key.sign(&[PURPOSE, number]).matches(code);
        is_ours && i64::from_be_bytes(*number).abs_diff(self.number(now)) <= 1
    }

    fn number(&self, now: Timestamp) -> i64 {
        now.as_unix_seconds().div_euclid(self.period)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn a_nonce_counts_in_its_period_and_the_two_beside_it() {
        let nonces = DpopNonces::new(&"T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into());
        let nonces = nonces.with_period(Duration::from_secs(100)).expect("a period");
        let nonce = nonces.issue(at(1_050));
        for (now, counts) in [(899, false), (900, true), (1_050, true), (1_199, true), (1_200, false)] {
            assert_eq!(nonces.accepts(&nonce, at(now)), counts, "{now}");
        }
        assert!(nonces.clone().with_period(Duration::from_millis(999)).is_err());
    }

    #[test]
    fn nobody_else_makes_a_nonce() {
        let nonces = DpopNonces::random().expect("random");
        let nonce = nonces.issue(at(1_000));
        assert!(!DpopNonces::random().expect("random").accepts(&nonce, at(1_000)));
        for at_byte in 0..nonce.len() {
            let mut other = nonce.clone().into_bytes();
            other[at_byte] = if other[at_byte] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).expect("text");
            assert!(!nonces.accepts(&other, at(1_000)), "{at_byte}");
        }
        for bad in ["", "x", &nonce[1..], &format!("{nonce}="), &format!("{nonce}A")] {
            assert!(!nonces.accepts(bad, at(1_000)), "{bad}");
        }
    }
}
