//! Secrets that events are signed with.

use super::scheme::{SecretForm, WebhookScheme};
use crate::canonical::base64;
use crate::crypto::{HmacAlgorithm, HmacKey};
use crate::{Secret, Timestamp};

/// A secret as the sender shows it, and when it ends.
///
/// ```
/// use portcullis::webhook::WebhookSecret;
/// use portcullis::{Secret, Timestamp};
///
/// let old = WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
///     .until(Timestamp::from_unix_seconds(1_800_000_000));
/// let new = WebhookSecret::from(Secret::from("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"));
/// # let _ = (old, new);
/// ```
#[derive(Clone, Debug)]
pub struct WebhookSecret {
    text: Secret,
    end: Option<Timestamp>,
}

/// A verifier or a signer of events cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidWebhookSecret {
    /// There is none.
    #[error("there is no secret")]
    None,
    /// It is not the base64 that the scheme wants.
    #[error("a secret is not standard base64 with padding, behind whsec_ or not")]
    NotBase64,
    /// It has fewer bytes than the scheme asks for: 24 in Standard Webhooks, else 16.
    #[error("a secret is too short")]
    TooShort,
    /// It has more bytes than the scheme allows: 64 in Standard Webhooks.
    #[error("a secret is too long")]
    TooLong,
    /// The scheme has room for one signature, so that a signer can have one secret.
    #[error("the scheme has room for one signature")]
    Several,
}

impl WebhookSecret {
    /// The secret as the sender shows it: a text that begins with `whsec_` where it has that.
    #[must_use]
    pub fn new(secret: impl Into<Secret>) -> Self {
        Self { text: secret.into(), end: None }
    }

    /// Says when it ends: from that moment on it is not accepted, nor signed with.
    #[must_use]
    pub const fn until(mut self, end: Timestamp) -> Self {
        self.end = Some(end);
        self
    }
}

impl From<Secret> for WebhookSecret {
    fn from(secret: Secret) -> Self {
        Self::new(secret)
    }
}

impl From<&str> for WebhookSecret {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

/// A key that is ready for use until its end.
#[derive(Clone, Debug)]
pub(super) struct LiveKey {
    pub(super) hmac: HmacKey,
    end: Option<Timestamp>,
}

impl LiveKey {
    /// The keys of `secrets`, at least one.
    pub(super) fn all<S: Into<WebhookSecret>>(
        scheme: &WebhookScheme,
        secrets: impl IntoIterator<Item = S>,
    ) -> Result<Vec<Self>, InvalidWebhookSecret> {
        let read = |secret: S| Self::read(scheme.secrets, &secret.into());
        let keys = secrets.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(InvalidWebhookSecret::None) } else { Ok(keys) }
    }

    fn read(form: SecretForm, secret: &WebhookSecret) -> Result<Self, InvalidWebhookSecret> {
        const SHORTEST_TEXT: usize = 16;
        let text = secret.text.expose();
        let key = match form {
            SecretForm::Text if text.len() < SHORTEST_TEXT => return Err(InvalidWebhookSecret::TooShort),
            SecretForm::Text => secret.text.clone(),
            SecretForm::Base64 => {
                let encoded = text.strip_prefix(b"whsec_").unwrap_or(text);
                let key = base64::standard_vec(encoded).ok_or(InvalidWebhookSecret::NotBase64)?;
                match key.len() {
                    0..24 => return Err(InvalidWebhookSecret::TooShort),
                    65.. => return Err(InvalidWebhookSecret::TooLong),
                    _ => Secret::new(key.as_slice()),
                }
            }
        };
        Ok(Self { hmac: HmacKey::new(HmacAlgorithm::Sha256, &key), end: secret.end })
    }

    pub(super) fn is_in_force(&self, now: Timestamp) -> bool {
        self.end.is_none_or(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_the_length_that_its_scheme_asks_for() {
        let read = |scheme: WebhookScheme, text: &str| LiveKey::all(&scheme, [text]).err();
        let of = |length| base64::encode_standard(&vec![7; length]);
        for (length, error) in [
            (0, Some(InvalidWebhookSecret::TooShort)),
            (23, Some(InvalidWebhookSecret::TooShort)),
            (24, None),
            (64, None),
            (65, Some(InvalidWebhookSecret::TooLong)),
        ] {
            assert_eq!(read(WebhookScheme::standard(), &of(length)), error, "{length}");
            assert_eq!(read(WebhookScheme::svix(), &format!("whsec_{}", of(length))), error, "{length}");
        }
        for bad in ["whsec_", "whsec_é", "whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "whsec_whsec_AAAA"] {
            let error = read(WebhookScheme::standard(), bad).expect("refused");
            assert!(
                matches!(error, InvalidWebhookSecret::NotBase64 | InvalidWebhookSecret::TooShort),
                "{bad}"
            );
        }
        assert_eq!(read(WebhookScheme::github(), &"s".repeat(15)), Some(InvalidWebhookSecret::TooShort));
        assert_eq!(read(WebhookScheme::github(), &"s".repeat(16)), None);
        assert_eq!(LiveKey::all::<&str>(&WebhookScheme::slack(), []).err(), Some(InvalidWebhookSecret::None));
    }

    #[test]
    fn a_secret_does_not_print() {
        let secret = WebhookSecret::new("a secret of some length");
        assert_eq!(format!("{secret:?}"), "WebhookSecret { text: Secret(..), end: None }");
        let key = LiveKey::all(&WebhookScheme::slack(), [secret]).expect("a key");
        assert_eq!(format!("{key:?}"), "[LiveKey { hmac: HmacKey(..), end: None }]");
    }
}
