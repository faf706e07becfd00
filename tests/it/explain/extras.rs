//! What an explainer must not do, and what it must be for those who embed it.

use portcullis::explain::{ExplainSettings, ExplainedRequest, Explainer, Hint};
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::request::{BodyGate, RequestTarget, RequestView};
use portcullis::sigv4::SigV4Signer;
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{KeyRef, Networks, StoredPrincipal};
use portcullis::{Authenticator, KeyAdmin, Outcome, Realm, Reason, Scheme, Secret};

use super::{Client, NOW, dump, signed};

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test]
async fn explaining_is_a_future_that_frameworks_can_move() {
    let explainer = Explainer::new(ExplainSettings::new()).expect("an explainer");
    let store = MemoryKeyStore::<StoredPrincipal>::new();
    let request = ExplainedRequest::parse("curl a.example").expect("a request");
    is_send(explainer.explain(&store, &request, None, NOW)).await.expect("an answer");
    // Whoever holds the store in an `Arc` needs no other.
    is_send(explainer.explain(&std::sync::Arc::new(store), &request, None, NOW)).await.expect("an answer");
}

#[tokio::test]
async fn a_request_that_was_explained_is_still_good_once() {
    let client = Client::of(Scheme::QuerySignature).await;
    let signer = portcullis::query_signature::QuerySigner::new(client.id.as_str(), &client.secret);
    let target = signer.sign("/orders", b"", NOW).expect("signed");
    for _ in 0..3 {
        let explained = client.explain(&format!("DELETE {target} HTTP/1.1\n\n"), &[]).await;
        assert_eq!(explained.refusal(), None);
    }
    let service = QuerySignatureAuthenticator::new(client.store.clone(), MemoryNonceStore::new());
    let (path, query) = target.split_once('?').expect("a query");
    let gate = BodyGate::delivered(bytes::Bytes::new());
    let headers: Vec<(String, Vec<u8>)> = Vec::new();
    let view = RequestView::new(RequestTarget::new("DELETE", path, Some(query)), &headers, &gate, NOW);
    assert!(matches!(service.authenticate(&view).await, Ok(Outcome::Authenticated(_))));
    let again = service.authenticate(&view).await.expect_err("a repeat");
    assert_eq!(again.reason(), Reason::Replayed);
}

#[tokio::test]
async fn the_address_and_the_entry_point_are_those_of_the_request() {
    let client = Client::of(Scheme::ApiKey).await;
    let key = KeyRef { realm: Realm::default(), id: client.id.as_str().into() };
    let networks = Networks::any().with_allowed(["192.0.2.0/24"]).expect("a network");
    client.store.assign_networks(&key, networks).await.expect("assigned");
    let explainer = Explainer::new(ExplainSettings::new()).expect("an explainer");
    let line = format!("curl https://a.example/ -H 'X-API-Key: {}'", client.text());
    let request = ExplainedRequest::parse(&line).expect("a request");
    for (peer, refused, hint) in [
        (None, true, Some(Hint::PeerUnknown)),
        (Some("192.0.2.7"), false, None),
        (Some("198.51.100.1"), true, Some(Hint::BehindProxy)),
    ] {
        let request = match peer {
            Some(peer) => request.clone().with_peer(peer.parse().expect("an address")),
            None => request.clone(),
        };
        let explained = explainer.explain(&client.store, &request, None, NOW).await.expect("an answer");
        let reason = explained.refusal().map(|refusal| refusal.reason());
        assert_eq!(reason, refused.then_some(Reason::AddressNotAllowed), "{peer:?}");
        assert_eq!(explained.hints().first(), hint.as_ref(), "{peer:?}");
    }
}

#[tokio::test]
async fn a_session_token_is_compared_and_never_shown() {
    let client = Client::of(Scheme::SigV4).await;
    let signer = SigV4Signer::new(client.id.as_str(), &client.secret, "eu-north-1", "orders");
    let signer = signer.with_session_token(&Secret::from("session-1"));
    let text = dump(&signed(&signer, "GET", "/a", ""), "");
    let expecting = |token: &str| ExplainSettings::new().with_session_token(token.into());
    let explained = client.explain_by(expecting("session-1"), &text, None, &[]).await;
    assert_eq!(explained.refusal(), None);
    let explained = client.explain_by(expecting("another-session"), &text, None, &["another-session"]).await;
    assert_eq!(explained.hints(), [Hint::SessionTokenDiffers]);
    let explained = client.explain(&text, &[]).await;
    assert_eq!(explained.hints(), [Hint::SessionTokenUnexpected]);
}
