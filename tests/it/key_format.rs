//! API keys with a checksum: what is mistyped costs nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{KeyFormat, KeyHandle, KeyRecord, NewKey, StoreError, StoredPrincipal};
use portcullis::tower::AuthLayer;
use portcullis::{AuthenticatorExt, KeyStore, Scheme};

use crate::kit::{Answer, Down, Kit, get, send};

/// A store that counts how often it is asked.
#[derive(Clone)]
struct Counting(MemoryKeyStore, Arc<AtomicUsize>);

impl KeyStore for Counting {
    type Principal = StoredPrincipal;

    async fn find(
        &self,
        handle: &KeyHandle<'_>,
    ) -> Result<Option<Arc<KeyRecord<StoredPrincipal>>>, StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.find(handle).await
    }
}

fn live() -> KeyFormat {
    KeyFormat::checked("acme", "live").expect("format")
}

fn test() -> KeyFormat {
    KeyFormat::checked("acme", "test").expect("format")
}

fn text(format: &KeyFormat) -> String {
    format.generate(None).expect("key").1.expose_text().expect("text").to_owned()
}

/// A layer over keys of this shape, and how to ask it: the answer, and how often the
/// store was asked for it.
struct Service {
    kit: Kit,
    asked: Arc<AtomicUsize>,
    layer: AuthLayer<ApiKeyAuthenticator<Counting>>,
}

impl Service {
    async fn new(shape: KeyShape) -> Self {
        let kit = Kit::new().await;
        let store = Counting(kit.keys.clone(), Arc::default());
        let asked = Arc::clone(&store.1);
        let layer = kit.layer(ApiKeyAuthenticator::new(store, shape));
        Self { kit, asked, layer }
    }

    async fn import(&self, text: &str) {
        let _ = self.kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_secret(text.into())).await;
    }

    async fn ask(&self, text: &str) -> (Answer, usize) {
        let before = self.asked.load(Ordering::SeqCst);
        let answer = send(&self.layer, get("/", &[("authorization", &format!("Bearer {text}"))])).await;
        (answer, self.asked.load(Ordering::SeqCst) - before)
    }
}

/// The text with another letter or digit in one place.
fn mistyped(text: &str, place: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
    String::from_utf8(bytes).expect("ascii")
}

#[tokio::test]
async fn a_mistyped_key_looks_like_an_unknown_one_and_is_not_looked_up() {
    let service = Service::new(KeyShape::format(live())).await;
    let key = text(&live());
    service.import(&key).await;
    let (good, asked) = service.ask(&key).await;
    assert_eq!((good.status.as_u16(), asked), (200, 1));
    let (unknown, asked) = service.ask(&text(&live())).await;
    assert_eq!((unknown.status.as_u16(), asked), (401, 1));
    for place in "acme_live_".len()..key.len() {
        let (answer, asked) = service.ask(&mistyped(&key, place)).await;
        assert_eq!((&answer, asked), (&unknown, 0), "place {place}");
    }
    for garbage in [&key[..65], &format!("{key}0"), "acme_live_0123456789abcdef", &"acme_live_".repeat(20)] {
        let (answer, asked) = service.ask(garbage).await;
        assert_eq!((&answer, asked), (&unknown, 0), "{garbage}");
    }
}

#[tokio::test]
async fn ten_thousand_made_up_keys_ask_the_store_nothing() {
    let service = Service::new(KeyShape::formats([live(), test()])).await;
    for n in 0..10_000 {
        let env = ["live", "test"][n % 2];
        let (answer, asked) = service.ask(&format!("acme_{env}_{n:016}_{n:039}")).await;
        assert_eq!((answer.status.as_u16(), asked), (401, 0));
    }
}

#[tokio::test]
async fn keys_of_several_formats_are_accepted_and_those_of_others_unclaimed() {
    let service = Service::new(KeyShape::formats([live(), test()])).await;
    let (first, second) = (text(&live()), text(&test()));
    let foreign = text(&KeyFormat::checked("acme", "old").expect("format"));
    for (key, status, asked) in [(&first, 200, 1), (&second, 200, 1), (&foreign, 401, 0)] {
        service.import(key).await;
        let (answer, times) = service.ask(key).await;
        assert_eq!((answer.status.as_u16(), times), (status, asked), "{key}");
    }
    let none = Service::new(KeyShape::formats([])).await;
    none.import(&first).await;
    assert_eq!(none.ask(&first).await.0.status, 401);
}

#[tokio::test]
async fn imported_keys_are_claimed_beside_a_format() {
    const IMPORTED: &str = "igny8_4f6a8c0e2b1d3f5a7c9e0b2d4f6a8c0e2b1d3f5aQz";
    const ALIKE: &str = "acme_live_from_another_system";
    let beside = Service::new(KeyShape::format(live()).or(KeyShape::prefix("igny8_"))).await;
    let all = Service::new(KeyShape::format(live()).or(KeyShape::any())).await;
    for (service, statuses) in [(&beside, [200, 200, 401]), (&all, [200, 200, 200])] {
        for (key, status) in [text(&live()).as_str(), IMPORTED, ALIKE].into_iter().zip(statuses) {
            service.import(key).await;
            let (answer, asked) = service.ask(key).await;
            assert_eq!((answer.status.as_u16(), asked), (status, usize::from(status == 200)), "{key}");
        }
    }
}

#[tokio::test]
async fn a_plain_key_of_another_length_is_not_looked_up() {
    let igny8 = KeyFormat::plain("igny8_", 40).expect("format");
    let service = Service::new(KeyShape::format(igny8.clone())).await;
    let key = text(&igny8);
    service.import(&key).await;
    assert_eq!(service.ask(&key).await.1, 1);
    for wrong in [&key[..45], &format!("{key}0"), &key.replace("igny8_", "igny8_-")[..46]] {
        let (answer, asked) = service.ask(wrong).await;
        assert_eq!((answer.status.as_u16(), asked), (401, 0), "{wrong}");
    }
}

#[tokio::test]
async fn an_outage_is_no_answer_to_a_key_and_garbage_does_not_ask() {
    let kit = Kit::new().await;
    let layer = kit.layer(ApiKeyAuthenticator::new(Down, KeyShape::format(live())));
    let key = text(&live());
    for (sent, status) in [(key.clone(), 503), (mistyped(&key, 20), 401)] {
        assert_eq!(send(&layer, get("/", &[("x-api-key", &sent)])).await.status, status);
    }
}

#[tokio::test]
async fn garbage_beside_a_key_is_as_ambiguous_as_two_keys() {
    let service = Service::new(KeyShape::format(live())).await;
    let key = text(&live());
    service.import(&key).await;
    let bearer = format!("Bearer {key}");
    let both = get("/", &[("authorization", &bearer), ("x-api-key", &mistyped(&key, 30))]);
    assert_eq!(send(&service.layer, both).await.status, 400);
}

#[tokio::test]
async fn garbage_is_left_to_the_member_that_takes_unknown_keys() {
    const OTHER: &str = "acme_live_of_the_other_member";
    let kit = Kit::new().await;
    let _ = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_secret(OTHER.into())).await;
    let (other, asked) = (kit.keys.clone(), Counting(MemoryKeyStore::new(), Arc::default()));
    let first =
        ApiKeyAuthenticator::new(asked.clone(), KeyShape::format(live())).leave_unknown_to(Scheme::ApiKey);
    let layer = kit.layer(first.or(ApiKeyAuthenticator::new(other, KeyShape::any())));
    for (sent, status) in [(OTHER, 200), ("acme_live_of_no_member_at_all", 401)] {
        assert_eq!(send(&layer, get("/", &[("x-api-key", sent)])).await.status, status, "{sent}");
    }
    assert_eq!(asked.1.load(Ordering::SeqCst), 0);
}
