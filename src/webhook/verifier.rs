//! Verifying signed events.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;

use super::presented::{Presented, Signed};
use super::scheme::WebhookScheme;
use super::secret::{InvalidWebhookSecret, LiveKey, WebhookSecret};
use crate::crypto::{HmacAlgorithm, HmacKey};
use crate::request::{BodyGate, RequestTarget, RequestView};
use crate::{AuthError, Reason, Scheme, Secret, Timestamp};

/// Checks the signatures of one sender's events; the rules are those of the
/// [module](super).
///
/// ```
/// use portcullis::webhook::{WebhookScheme, WebhookVerifier};
/// use portcullis::Timestamp;
///
/// let verifier = WebhookVerifier::new(WebhookScheme::github(), ["It's a Secret to Everybody"])?;
/// let mut headers = http::HeaderMap::new();
/// let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
/// headers.insert("x-hub-signature-256", signature.parse()?);
/// verifier.verify(&headers, b"Hello, World!", Timestamp::from_unix_seconds(1_700_000_000))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct WebhookVerifier {
    pub(super) scheme: WebhookScheme,
    keys: Arc<[LiveKey]>,
    pub(super) tolerance: Duration,
    /// No secret: what makes a digest of an event, the same whichever secret it verified with.
    digest: HmacKey,
}

impl WebhookVerifier {
    /// Verifies with any of `secrets`: during a rotation there are two.
    ///
    /// # Errors
    /// When there is no secret, or one that is not what the scheme wants.
    pub fn new<S: Into<WebhookSecret>>(
        scheme: WebhookScheme,
        secrets: impl IntoIterator<Item = S>,
    ) -> Result<Self, InvalidWebhookSecret> {
        let keys = LiveKey::all(&scheme, secrets)?.into();
        let digest = HmacKey::new(HmacAlgorithm::Sha256, &Secret::from("portcullis webhook event"));
        Ok(Self { scheme, keys, tolerance: Duration::from_secs(300), digest })
    }

    /// How far a timestamp may be from now, in either direction: 300 s without this.
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Checks the headers and the body of one event at `now`. It claims nothing: the same event
    /// verifies again, until it is too old.
    ///
    /// # Errors
    /// Those of [`WebhookAuthenticator`](super::WebhookAuthenticator) but for repeats, and
    /// [`Reason::MissingCredential`] where the event is not signed.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), AuthError> {
        let gate = BodyGate::new();
        let request = RequestView::new(RequestTarget::new("POST", "/", None), headers, &gate, now);
        let verify = || {
            let presented = self.read(&request)?.ok_or(Reason::MissingCredential)?;
            self.check_signature(&presented, body, now)
        };
        verify().map_err(|error: AuthError| error.with_scheme(Scheme::Webhook))
    }

    /// The headers, if there are any, of an event that is not too old.
    pub(super) fn read<'a>(&self, request: &RequestView<'a>) -> Result<Option<Presented<'a>>, AuthError> {
        let Some(presented) = Presented::read(&self.scheme, request)? else { return Ok(None) };
        let now = request.received_at();
        if presented.moment().is_some_and(|moment| now.abs_diff(moment) > self.tolerance) {
            return Err(AuthError::new(Reason::ClockDrift));
        }
        Ok(Some(presented))
    }

    pub(super) fn check_signature(
        &self,
        presented: &Presented<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), AuthError> {
        let is_good = |key: &LiveKey| {
            let tag = key.hmac.sign_with(|sink| presented.signed.feed(&self.scheme, body, sink));
            presented.signatures.iter().any(|signature| tag.matches(signature))
        };
        if self.keys.iter().filter(|key| key.is_in_force(now)).any(is_good) {
            return Ok(());
        }
        Err(AuthError::new(Reason::WrongSignature))
    }

    /// A digest of all that is signed. Not the signature: a sender that has two secrets signs
    /// twice, and who repeats an event could leave the first away.
    pub(super) fn digest(&self, signed: Signed<'_>, body: &[u8]) -> [u8; 32] {
        let tag = self.digest.sign_with(|sink| signed.feed(&self.scheme, body, sink));
        tag.expose().try_into().unwrap_or_default()
    }
}
