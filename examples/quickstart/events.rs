//! The events that another service sends, signed as Standard Webhooks says: their secret, and whom
//! they stand for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis::crypto::HmacAlgorithm;
use portcullis::store::EntryPoints;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::store::sqlite::MasterKey;
use portcullis::webhook::{WebhookAuthenticator, WebhookScheme, WebhookVerifier};
use portcullis::{AccountId, Credential, KeyId, Principal, Realm, Scheme, Scopes, Secret, UserId};

use crate::chain::Me;
use crate::demo;
use crate::derived::derived;
use crate::process::Failure;

/// What the route is called, and the scope that it asks for. The sender has no other one, and
/// nobody else has this one.
pub(crate) const ENTRY_POINT: &str = "events";
pub(crate) const SCOPE: &str = "events:send";
const SENDER: &str = "demo-shop";

/// The secret of the sender, as both sides have it: `whsec_`, and base64 of 48 bytes.
pub(crate) struct Events(Secret);

impl Events {
    pub(crate) fn new(master: &MasterKey) -> Self {
        let derived = derived(master, HmacAlgorithm::Sha384, "portcullis quickstart: webhook secret");
        Self(Secret::from(format!("whsec_{}", STANDARD.encode(derived.expose()))))
    }

    pub(crate) const fn secret(&self) -> &Secret {
        &self.0
    }

    pub(crate) fn authenticator(
        &self,
        nonces: MemoryNonceStore,
    ) -> Result<WebhookAuthenticator<Me, MemoryNonceStore>, Failure> {
        let verifier = WebhookVerifier::new(WebhookScheme::standard(), [self.0.clone()])?;
        let sender = Principal::builder(UserId::from(SENDER))
            .account(AccountId::from(demo::ACCOUNT))
            .site(None)
            .scopes(Scopes::parse(SCOPE)?)
            .credential(Credential::of_key(Scheme::Webhook, Realm::default(), KeyId::from(SENDER)))
            .build();
        // No scheme of events signs where one is sent to.
        Ok(WebhookAuthenticator::new(SENDER, sender, verifier, nonces)
            .with_entry_points(EntryPoints::only([ENTRY_POINT])?))
    }
}
