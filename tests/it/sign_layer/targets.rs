//! Signatures that cover the URL, sent by real clients.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use portcullis::client::ReqwestClient;
use portcullis::message_signature::{MessageSignatureAuthenticator, MessageSigner};
use portcullis::query_signature::{QuerySignatureAuthenticator, StrictQuerySigner};
use portcullis::sign::RequestSigner;
use portcullis::sigv4::{SigV4Authenticator, SigV4Signer};
use portcullis::store::{IssuedKey, NewKey};
use portcullis::tower::AuthLayer;
use portcullis::tower::sign::SignLayer;
use portcullis::x_auth::{StrictXAuthSigner, XAuthAuthenticator};
use portcullis::{AuthenticatorExt, FrozenClock, Scheme};
use tower::{Layer, ServiceExt};

use super::clients::serve;
use super::{BoxError, Out};
use crate::kit::{Kit, NOW};

async fn key(kit: &Kit, scheme: Scheme) -> IssuedKey {
    kit.issue(NewKey::new(scheme, Kit::ada())).await
}

/// A server that takes all four schemes and answers with the body, and a signer of each.
async fn server() -> (String, Vec<(&'static str, std::sync::Arc<dyn RequestSigner>)>) {
    let kit = Kit::new().await;
    let (keys, nonces) = (|| kit.keys.clone(), || kit.nonces.clone());
    let chain = SigV4Authenticator::new(keys(), nonces(), "r", "s")
        .or(XAuthAuthenticator::new(keys(), nonces()).strict_only())
        .or(QuerySignatureAuthenticator::new(keys(), nonces()).strict_only())
        .or(MessageSignatureAuthenticator::new(keys(), nonces()));
    let layer = AuthLayer::new(chain).with_clock(FrozenClock::at(NOW));
    let router = axum::Router::new().fallback(async |body: String| body).layer(layer);
    let of = |scheme| key(&kit, scheme);
    let (sigv4, x_auth) = (of(Scheme::SigV4).await, of(Scheme::XAuth).await);
    let (url, message) = (of(Scheme::QuerySignature).await, of(Scheme::MessageSignature).await);
    let signers: Vec<(&'static str, std::sync::Arc<dyn RequestSigner>)> = vec![
        ("sigv4", std::sync::Arc::new(SigV4Signer::new(sigv4.id, &sigv4.secret, "r", "s"))),
        ("x-auth", std::sync::Arc::new(StrictXAuthSigner::new(x_auth.id, &x_auth.secret))),
        ("signed url", std::sync::Arc::new(StrictQuerySigner::new(url.id, &url.secret))),
        ("message", std::sync::Arc::new(MessageSigner::new(message.id, &message.secret))),
    ];
    (format!("http://{}", serve(router).await), signers)
}

fn request(origin: &str, target: &str) -> Out {
    Request::post(format!("{origin}{target}")).body(Full::from("an order")).expect("a request")
}

async fn answer<S, R>(client: S, request: Out) -> Result<(u16, Bytes), BoxError>
where
    S: tower::Service<Out, Response = http::Response<R>, Error = BoxError>,
    R: hyper::body::Body,
    R::Error: std::fmt::Debug,
{
    let answer = client.oneshot(request).await?;
    let status = answer.status().as_u16();
    Ok((status, answer.into_body().collect().await.expect("a body").to_bytes()))
}

#[tokio::test]
async fn what_covers_the_url_is_accepted_as_hyper_and_reqwest_send_it() {
    let (origin, signers) = server().await;
    let hyper = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    for (name, signer) in signers {
        let layer = SignLayer::for_origin(&origin, signer).expect("an origin");
        let layer = layer.with_clock(FrozenClock::at(NOW));
        for target in ["/orders", "/orders/7?page=2&q=a%20b", "/%C3%A9/x-y_z~1?empty=&flag"] {
            let good = (200, Bytes::from("an order"));
            let sent = answer(layer.layer(hyper.clone()), request(&origin, target)).await;
            assert_eq!(sent.expect("an answer"), good, "{name} by hyper, {target}");
            let reqwest = layer.layer(ReqwestClient::new().expect("a client"));
            let sent = answer(reqwest, request(&origin, target)).await;
            assert_eq!(sent.expect("an answer"), good, "{name} by reqwest, {target}");
        }
    }
}

#[tokio::test]
async fn a_url_that_reqwest_would_write_otherwise_is_an_error_of_ours() {
    let (origin, signers) = server().await;
    for (name, signer) in signers {
        let layer = SignLayer::for_origin(&origin, signer).expect("an origin");
        let layer = layer.with_clock(FrozenClock::at(NOW));
        for target in ["/a/../b", "/orders?q='x'"] {
            let reqwest = layer.layer(ReqwestClient::new().expect("a client"));
            let error = answer(reqwest, request(&origin, target)).await.expect_err("refused");
            assert!(error.to_string().contains("another url"), "{name}, {target}: {error}");
        }
    }
}
