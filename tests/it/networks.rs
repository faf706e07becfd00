//! Keys that are limited to networks.

use std::net::IpAddr;

use bytes::Bytes;
use http::{Extensions, Request};
use http_body_util::Full;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};
use portcullis::store::{IssuedKey, Networks, NewKey, StoredPrincipal};
use portcullis::tower::AuthLayer;
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{Authenticator, AuthenticatorExt, Scheme};

use crate::kit::{Kit, NOW, get, send};

/// As a server would leave it.
#[derive(Clone, Copy)]
struct Peer(IpAddr);

fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<Peer>().map(|peer| peer.0)
}

fn layer(kit: &Kit) -> AuthLayer<impl Authenticator<Principal = StoredPrincipal> + use<>> {
    let chain = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any())
        .or(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()))
        .or(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    kit.layer(chain).with_peer(peer)
}

const SCHEMES: [Scheme; 3] = [Scheme::ApiKey, Scheme::QuerySignature, Scheme::XAuth];

/// A GET with a credential of the key.
fn signed(scheme: Scheme, key: &IssuedKey) -> Request<Full<Bytes>> {
    match scheme {
        Scheme::ApiKey => get("/", &[("x-api-key", key.secret.expose_text().expect("text"))]),
        Scheme::QuerySignature => {
            let signer = QuerySigner::new(key.id.clone(), &key.secret);
            get(&signer.sign("/", b"", NOW).expect("signed"), &[])
        }
        _ => {
            let mut request = get("/", &[]);
            let signer = XAuthSigner::new(key.id.clone(), &key.secret);
            signer.sign(b"", NOW).expect("signed").insert_into(request.headers_mut()).expect("headers");
            request
        }
    }
}

fn from(mut request: Request<Full<Bytes>>, address: &str) -> Request<Full<Bytes>> {
    if let Ok(address) = address.parse() {
        request.extensions_mut().insert(Peer(address));
    }
    request
}

#[tokio::test]
async fn a_key_with_networks_is_403_from_elsewhere_and_from_nowhere() {
    let networks = Networks::any().with_allowed(["192.0.2.0/24", "2001:db8::/32"]).expect("networks");
    let networks = networks.with_denied(["192.0.2.13"]).expect("a network");
    for scheme in SCHEMES {
        let kit = Kit::new().await;
        let limited = kit.issue(NewKey::new(scheme, Kit::ada()).with_networks(networks.clone())).await;
        let free = kit.issue(NewKey::new(scheme, Kit::ada())).await;
        let layer = layer(&kit);
        for (address, status) in [
            ("192.0.2.7", 200),
            ("::ffff:192.0.2.7", 200),
            ("2001:db8::7", 200),
            ("192.0.2.13", 403),
            ("::ffff:192.0.2.13", 403),
            ("198.51.100.1", 403),
            ("::1", 403),
            ("unknown", 403),
        ] {
            let answer = send(&layer, from(signed(scheme, &limited), address)).await;
            assert_eq!(answer.status, status, "{scheme} {address}");
            assert_eq!(
                send(&layer, from(signed(scheme, &free), address)).await.status,
                200,
                "{scheme} {address}"
            );
        }
    }
}

#[tokio::test]
async fn no_header_makes_the_address_another() {
    let kit = Kit::new().await;
    let networks = Networks::any().with_allowed(["192.0.2.0/24"]).expect("a network");
    let key = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_networks(networks)).await;
    let layer = layer(&kit);
    for (name, value) in [
        ("x-forwarded-for", "192.0.2.7"),
        ("forwarded", "for=192.0.2.7"),
        ("x-real-ip", "192.0.2.7"),
        ("x-client-ip", "192.0.2.7"),
        ("true-client-ip", "192.0.2.7"),
        ("cf-connecting-ip", "192.0.2.7"),
    ] {
        for (address, status) in [("198.51.100.1", 403), ("unknown", 403), ("192.0.2.7", 200)] {
            let sent = get("/", &[("x-api-key", key.secret.expose_text().expect("text")), (name, value)]);
            assert_eq!(send(&layer, from(sent, address)).await.status, status, "{name} {address}");
        }
    }
}

#[tokio::test]
async fn who_does_not_know_the_secret_does_not_learn_the_networks() {
    let networks = Networks::any().with_allowed(["192.0.2.0/24"]).expect("a network");
    for scheme in SCHEMES {
        let kit = Kit::new().await;
        let mut key = kit.issue(NewKey::new(scheme, Kit::ada()).with_networks(networks.clone())).await;
        key.secret = kit.issue(NewKey::new(scheme, Kit::ada())).await.secret;
        if scheme == Scheme::ApiKey {
            key = portcullis::store::IssuedKey::new(key.id, "an API key that nobody has".into());
        }
        let layer = layer(&kit);
        let inside = send(&layer, from(signed(scheme, &key), "192.0.2.7")).await;
        let outside = send(&layer, from(signed(scheme, &key), "198.51.100.1")).await;
        assert_eq!((inside.status.as_u16(), &inside), (401, &outside), "{scheme}");
    }
}
