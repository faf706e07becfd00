//! Bodies that are held back until something about the key has changed.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::Empty;
use portcullis::store::{IssuedKey, KeyAdmin, KeyRef, OwnerRef, StoredPrincipal};
use portcullis::tower::AuthBody;
use portcullis::{Authenticator, Realm};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tower::{Layer, ServiceExt, service_fn};

use crate::kit::{Kit, NOW};
use crate::message_signature::{Messages, signatures};
use crate::query_signature::SignedUrl;
use crate::query_signature_strict::StrictUrl;
use crate::table::SchemeUnderTest;
use crate::x_auth::XAuth;
use crate::x_auth_strict::StrictXAuth;

/// A body whose frames come when the sender likes.
struct Channel(UnboundedReceiver<Bytes>);

impl Body for Channel {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|data| data.map(|data| Ok(Frame::data(data))))
    }
}

/// What a request of this key is answered that holds its last byte back until `meanwhile` is
/// done.
async fn held<S: SchemeUnderTest>(
    kit: &Kit,
    scheme: impl Authenticator<Principal = StoredPrincipal>,
    key: &IssuedKey,
    meanwhile: impl Future<Output = ()>,
) -> u16 {
    let (sender, receiver) = unbounded_channel();
    let inner = service_fn(|_: Request<AuthBody<Channel>>| async {
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    let request = S::sign(key, "POST", "/orders", b"body", NOW).map(|_| Channel(receiver));
    let mut answering = Box::pin(kit.layer(scheme).layer(inner).oneshot(request));
    sender.send(Bytes::from_static(b"bod")).expect("it is read");
    let mut cx = Context::from_waker(Waker::noop());
    assert!(answering.as_mut().poll(&mut cx).is_pending(), "the body has not ended");
    meanwhile.await;
    sender.send(Bytes::from_static(b"y")).expect("it is read");
    drop(sender);
    answering.await.expect("infallible").status().as_u16()
}

async fn a_key_is_looked_at_again_when_the_body_is_there<S: SchemeUnderTest>() {
    looked_at_again::<S, _>(|kit| S::authenticator(kit.keys.clone(), kit.nonces.clone())).await;
}

async fn looked_at_again<S: SchemeUnderTest, A>(authenticator: impl Fn(&Kit) -> A)
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    for (change, status) in [
        ("nothing", 200),
        ("revoked", 401),
        ("off", 401),
        ("rotated", 401),
        ("rotated with an overlap", 200),
        ("expired", 401),
        ("its account off", 401),
    ] {
        let kit = Kit::new().await;
        let end = NOW.saturating_add(Duration::from_secs(30));
        let key = kit.issue(S::new_key().with_expires_at(end)).await;
        let name = KeyRef { realm: Realm::default(), id: key.id.clone() };
        let meanwhile = async {
            match change {
                "revoked" => kit.revoke(&key.id).await,
                "off" => kit.disable(&key.id).await,
                "rotated" => drop(kit.keys.rotate(&name, Duration::ZERO, NOW).await.expect("rotated")),
                "rotated with an overlap" => {
                    drop(kit.keys.rotate(&name, Duration::from_secs(9), NOW).await.expect("rotated"));
                }
                "expired" => kit.clock.advance(Duration::from_secs(30)),
                "its account off" => kit.deactivate(OwnerRef::Account("acme".into())).await,
                _ => {}
            }
        };
        assert_eq!(held::<S>(&kit, authenticator(&kit), &key, meanwhile).await, status, "{change}");
    }
}

#[tokio::test]
async fn a_key_of_x_auth_is_looked_at_again_when_the_body_is_there() {
    a_key_is_looked_at_again_when_the_body_is_there::<XAuth>().await;
}

#[tokio::test]
async fn a_key_of_signed_urls_is_looked_at_again_when_the_body_is_there() {
    a_key_is_looked_at_again_when_the_body_is_there::<SignedUrl>().await;
}

#[tokio::test]
async fn a_key_of_strict_x_auth_is_looked_at_again_when_the_body_is_there() {
    a_key_is_looked_at_again_when_the_body_is_there::<StrictXAuth>().await;
}

#[tokio::test]
async fn a_key_of_strict_urls_is_looked_at_again_when_the_body_is_there() {
    a_key_is_looked_at_again_when_the_body_is_there::<StrictUrl>().await;
}

#[tokio::test]
async fn a_key_of_messages_is_looked_at_again_when_the_body_is_there() {
    looked_at_again::<Messages, _>(|kit| signatures(kit).buffer_bodies()).await;
}
