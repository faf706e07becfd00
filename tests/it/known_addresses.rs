//! A store of known addresses that does not answer, or not soon.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::audit::{AuditTrail, KeyUse, KnownAddresses};
use portcullis::store::memory::MemoryAddresses;
use portcullis::store::{NewKey, StoreError, StoredPrincipal};
use portcullis::tower::AuthLayer;
use portcullis::{Authenticator, Scheme};
use tokio::sync::Semaphore;

use crate::kit::{Answer, Kit, get, send};

/// Addresses in memory that can fail, and hang until they are let go on.
#[derive(Clone)]
struct Unsteady {
    inside: MemoryAddresses,
    asked: Arc<AtomicUsize>,
    fails: Arc<AtomicBool>,
    answers: Arc<Semaphore>,
}

impl Unsteady {
    fn new(answers: usize) -> Self {
        let (asked, fails) = Default::default();
        Self { inside: MemoryAddresses::new(), asked, fails, answers: Arc::new(Semaphore::new(answers)) }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl KnownAddresses for Unsteady {
    async fn first_use(&self, used: &KeyUse<'_>) -> Result<bool, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.answers.acquire().await.expect("it is open").forget();
        if self.fails.load(Ordering::SeqCst) {
            return Err(StoreError::Full);
        }
        self.inside.first_use(used).await
    }
}

/// A layer before these addresses, and how a request with a key is sent to it.
async fn guarded(
    kit: &Kit,
    known: &Unsteady,
    trail: &AuditTrail,
) -> (AuthLayer<impl Authenticator<Principal = StoredPrincipal> + use<>>, String) {
    let issued = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_")).await;
    let keys = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"));
    let layer = kit.layer(keys).with_peer(|extensions| extensions.get::<IpAddr>().copied());
    let layer = layer.with_audit(trail.clone()).with_known_addresses(known.clone());
    (layer, issued.secret.expose_text().expect("text").to_owned())
}

async fn ask<A>(layer: &AuthLayer<A>, key: &str) -> Answer
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    let mut sent = get("/", &[("x-api-key", key)]);
    sent.extensions_mut().insert("192.0.2.7".parse::<IpAddr>().expect("an address"));
    send(layer, sent).await
}

#[tokio::test]
async fn a_store_that_failed_is_asked_again_after_five_seconds_and_not_before() {
    let (kit, known, trail) = (Kit::new().await, Unsteady::new(100), AuditTrail::new());
    let (layer, key) = guarded(&kit, &known, &trail).await;
    known.fails.store(true, Ordering::SeqCst);
    for (seconds, asked) in [(0, 1), (0, 1), (4, 1), (1, 2), (4, 2), (1, 3)] {
        kit.clock.advance(Duration::from_secs(seconds));
        assert_eq!((ask(&layer, &key).await.status.as_u16(), known.asked()), (200, asked));
    }
    assert!(!trail.take().iter().any(|event| event.name() == "first-use"));
    known.fails.store(false, Ordering::SeqCst);
    kit.clock.advance(Duration::from_secs(5));
    for names in [&["first-use", "authenticated"][..], &["authenticated"]] {
        assert_eq!(ask(&layer, &key).await.status, 200);
        assert_eq!(trail.take().iter().map(|event| event.name()).collect::<Vec<_>>(), names);
    }
    assert_eq!(known.asked(), 5);
}

#[tokio::test]
async fn while_an_answer_does_not_come_others_do_not_wait_for_theirs() {
    let (kit, known, trail) = (Kit::new().await, Unsteady::new(0), AuditTrail::new());
    let (layer, key) = guarded(&kit, &known, &trail).await;
    let mut cx = Context::from_waker(Waker::noop());
    let (mut first, mut second) = (Box::pin(ask(&layer, &key)), Box::pin(ask(&layer, &key)));
    assert!(first.as_mut().poll(&mut cx).is_pending());
    kit.clock.advance(Duration::from_millis(249));
    assert!(second.as_mut().poll(&mut cx).is_pending(), "an answer may take a moment");
    kit.clock.advance(Duration::from_millis(1));
    for _ in 0..10 {
        assert_eq!(ask(&layer, &key).await.status, 200);
    }
    assert_eq!(known.asked(), 2);

    known.fails.store(true, Ordering::SeqCst);
    known.answers.add_permits(2);
    assert_eq!((first.await.status.as_u16(), second.await.status.as_u16()), (200, 200));
    // Then one alone finds out whether it is over.
    kit.clock.advance(Duration::from_secs(5));
    let mut probe = Box::pin(ask(&layer, &key));
    assert!(probe.as_mut().poll(&mut cx).is_pending());
    assert!(
        matches!(Box::pin(ask(&layer, &key)).as_mut().poll(&mut cx), Poll::Ready(answer) if answer.status == 200)
    );
    assert_eq!(known.asked(), 3);

    // A client that goes away takes its question with it.
    drop(probe);
    known.fails.store(false, Ordering::SeqCst);
    known.answers.add_permits(1);
    assert_eq!(ask(&layer, &key).await.status, 200);
    assert!(trail.take().iter().any(|event| event.name() == "first-use"));
}
