//! From a request to its explanation.

use std::fmt;

use super::chain::{self, Decision};
use super::explanation::{Explanation, Refusal, Verdict};
use super::hints::{self, Facts};
use super::presented::Presented;
use super::signed::SignedParts;
use super::veil::Veil;
use super::{ExplainSettings, ExplainedRequest};
use crate::jwt::{JwtAuthenticator, JwtVerifier, JwtVerifierError};
use crate::request::BodyGate;
use crate::store::{AdminError, KeyRef};
use crate::{Authenticator, AuthenticatorExt, BoxAuthenticator, KeyAdmin, Realm, Reason, Timestamp};

/// Explains requests by the authenticators of this crate, over the keys of a store.
///
/// Nothing is used up: no signature or nonce is claimed, no use is noted, no attempt counted. So it
/// is for operators alone, who may read the store; and where it is on a page, behind that page's own
/// authentication and throttle.
///
/// The [module](super) has an example.
pub struct Explainer {
    pub(super) settings: ExplainSettings,
    pub(super) tokens: Option<JwtAuthenticator<()>>,
    pub(super) further: Vec<BoxAuthenticator<()>>,
}

impl Explainer {
    /// Explains requests as a service with these settings would decide about them.
    ///
    /// # Errors
    /// When no token could meet the settings for tokens.
    pub fn new(mut settings: ExplainSettings) -> Result<Self, JwtVerifierError> {
        let key = settings.jwt_key.take();
        let verifier = key.map(|key| JwtVerifier::new(settings.jwt_policy(), [key])).transpose()?;
        Ok(Self { settings, tokens: verifier.map(chain::tokens), further: Vec::new() })
    }

    /// Asks a further authenticator, behind those of this crate: one for passwords, or one of the
    /// application's own.
    ///
    /// It is asked as in a service: whatever it claims, counts or writes down happens. One that
    /// compares passwords lets whoever may explain requests try them, with no throttle before it.
    #[must_use]
    pub fn with_authenticator<A: Authenticator>(mut self, authenticator: A) -> Self {
        self.further.push(authenticator.map_principal(drop).boxed());
        self
    }

    /// The set of keys that it looks at.
    #[must_use]
    pub const fn realm(&self) -> &Realm {
        &self.settings.realm
    }

    /// Explains what would become of a request that comes `at` this moment. `client_text` is what
    /// the client says that it signed, to be compared with what the server signs.
    ///
    /// A `store` that cannot answer an authenticator is a refusal, as it would be for the client.
    ///
    /// # Errors
    /// When the store cannot say how the key stands that the request names.
    pub async fn explain<S: KeyAdmin + Clone>(
        &self,
        store: &S,
        request: &ExplainedRequest,
        client_text: Option<&[u8]>,
        at: Timestamp,
    ) -> Result<Explanation, AdminError> {
        let decision = chain::ask(self, store, request, at).await;
        let gate = BodyGate::delivered(request.body.clone());
        let view = request.view(&gate, at);
        let signed = SignedParts::of(&view, request);
        let presented = Presented::of(&self.settings, &view);
        let named = match &decision {
            Decision::Accepted(credential) => credential.as_ref().and_then(|held| held.key()).cloned(),
            Decision::Refused(error) => error.key().cloned(),
            Decision::Absent => None,
        };
        let named = named.or_else(|| signed.as_ref().map(|signed| signed.key.as_str().into()));
        let written = || presented.as_ref().and_then(Presented::id).map(Into::into);
        let realm = &self.settings.realm;
        let key = match named.or_else(written) {
            Some(id) => store.find_key(&KeyRef { realm: realm.clone(), id }).await?,
            None => None,
        };
        let wrong = matches!(&decision, Decision::Refused(error) if error.reason() == Reason::WrongSignature);
        let diagnosis = match &signed {
            Some(signed) if wrong => signed.diagnose(store, realm, at).await?,
            _ => None,
        };
        let facts = Facts {
            settings: &self.settings,
            request,
            at,
            key: key.as_ref(),
            presented: presented.as_ref(),
            scheme: signed.as_ref().map(|signed| signed.scheme),
            has_jwt_key: self.tokens.is_some(),
            has_further: !self.further.is_empty(),
            has_client_text: client_text.is_some(),
        };
        let mut hints = match &decision {
            Decision::Refused(error) => hints::hints(error, &facts),
            _ => Vec::new(),
        };
        hints.extend(request.remarks.iter().cloned());
        let (verdict, scheme) = match &decision {
            Decision::Accepted(held) => (Verdict::Accepted, held.as_ref().map(|held| held.scheme())),
            Decision::Absent => (Verdict::Absent, None),
            Decision::Refused(error) => (Verdict::Refused(Refusal::new(error.reason())), error.scheme()),
        };
        let scheme = scheme.or(signed.as_ref().map(|signed| signed.scheme));
        let client = client_text.map(<[u8]>::to_vec);
        let explanation = Explanation::new(verdict, scheme, at, key, diagnosis, hints, signed, client);
        Ok(explanation.veiled(Veil::new(&self.settings)))
    }
}

impl fmt::Debug for Explainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explainer").field("settings", &self.settings).finish_non_exhaustive()
    }
}
