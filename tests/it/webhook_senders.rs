//! Senders of events that share a store of claims.

use portcullis::store::StoredPrincipal;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::tower::AuthLayer;
use portcullis::webhook::{WebhookAuthenticator, WebhookScheme, WebhookSigner, WebhookVerifier};
use portcullis::{FrozenClock, Principal, Realm, UserId};

use crate::kit::{NOW, request, send};

const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

#[tokio::test]
async fn each_sender_uses_the_same_event_once() {
    for scheme in [WebhookScheme::github(), WebhookScheme::stripe(), WebhookScheme::slack()] {
        let nonces = MemoryNonceStore::new();
        let of = |name: &str, realm: &str| {
            let verifier = WebhookVerifier::new(scheme.clone(), [SECRET]).expect("a verifier");
            let shop: StoredPrincipal =
                Principal::builder(Some(UserId::from("shop"))).account(None).site(None).build();
            let events = WebhookAuthenticator::new(name, shop, verifier, nonces.clone());
            AuthLayer::new(events.with_realm(Realm::from(realm))).with_clock(FrozenClock::at(NOW))
        };
        let signer = WebhookSigner::new(scheme.clone(), [SECRET]).expect("a signer");
        let mut event = request("POST", "/hooks", &[], b"{}");
        signer.sign(b"{}", NOW).expect("signed").insert_into(event.headers_mut()).expect("headers");
        for (name, realm, status) in [
            ("shop", "a", 200),
            ("shop", "a", 401),
            ("bank", "a", 200),
            ("bank", "a", 401),
            ("shop", "b", 200),
            ("shop", "b", 401),
            ("shop", "a", 401),
        ] {
            assert_eq!(send(&of(name, realm), event.clone()).await.status, status, "{name} {realm}");
        }
    }
}
