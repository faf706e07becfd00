//! Keys that live: the row of the API key on a cache, and what counts its requests.

use std::net::IpAddr;
use std::time::Duration;

use http::StatusCode;
use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::store::cached::CachedKeyStore;
use portcullis::store::memory::{MemoryCounterStore, MemoryKeyStore};
use portcullis::store::{IssuedKey, KeyFormat, KeyOwner, LastUses, NewKey, OwnerRef};
use portcullis::throttle::Throttle;
use portcullis::tower::AuthLayer;
use portcullis::{AccountId, FrozenClock, KeyAdmin, Limits, Scheme, UserId};

use super::{Bench, NOW, Sent, bearer, now, store};

type Chain = ApiKeyAuthenticator<CachedKeyStore<MemoryKeyStore>>;

/// Where a request comes from.
#[derive(Clone, Copy)]
struct Peer(IpAddr);

const OWN: Peer = Peer(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7)));
const OTHER: Peer = Peer(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 8)));

fn peer(extensions: &http::Extensions) -> Option<IpAddr> {
    extensions.get().map(|Peer(peer)| *peer)
}

fn from(peer: Peer, mut sent: Sent) -> Sent {
    sent.extensions_mut().insert(peer);
    sent
}

fn sent(key: &IssuedKey) -> Sent {
    from(OWN, bearer(key.secret.expose_text().expect("text")))
}

/// The format of the row that its checksum refuses.
pub fn format() -> KeyFormat {
    KeyFormat::checked("acme", "live").expect("words")
}

/// A key of that format with its last character changed.
pub fn mistyped() -> String {
    let (_, key) = format().generate(None).expect("random");
    let mut text = key.expose_text().expect("text").to_owned();
    let last = if text.pop() == Some('0') { '1' } else { '0' };
    text.push(last);
    text
}

/// Limits that no run of a bench comes to.
fn unreached() -> Limits {
    Limits::none().with(1 << 40, Duration::from_secs(60)).expect("a limit")
}

/// A store with keys, one of which has a limit, as its account does.
fn limited() -> (MemoryKeyStore, IssuedKey) {
    let (keys, _) = store(Scheme::ApiKey);
    let account = AccountId::from("acme");
    now(keys.add_account(&account)).expect("account");
    now(keys.add_user(&UserId::from("bob"), Some(&account))).expect("user");
    now(keys.set_owner_limits(&OwnerRef::Account(account), unreached())).expect("limits");
    let key = NewKey::new(Scheme::ApiKey, KeyOwner::user("bob").of_account("acme"))
        .with_prefix("igny8_")
        .with_limits(unreached());
    let issued = now(keys.issue(key, NOW)).expect("issued");
    (keys, issued)
}

pub fn rows() -> Vec<Bench> {
    let clock = FrozenClock::at(NOW);
    let (keys, key) = store(Scheme::ApiKey);
    let chain = |keys: &MemoryKeyStore, shape| {
        let chain: Chain = ApiKeyAuthenticator::new(CachedKeyStore::new(keys.clone()), shape);
        chain.with_carriers([ApiKeyCarrier::Bearer])
    };
    let shape = || KeyShape::prefix("igny8_");
    let layer = || AuthLayer::new(chain(&keys, shape())).with_clock(clock.clone()).with_peer(peer);
    let good = sent(&key);
    let made = || {
        let good = good.clone();
        move || good.clone()
    };

    let (of_account, its_key) = limited();
    let its = sent(&its_key);
    let quotas = AuthLayer::new(chain(&of_account, shape()))
        .with_clock(clock.clone())
        .with_peer(peer)
        .with_quotas(MemoryCounterStore::new());

    let checked = AuthLayer::new(chain(&keys, KeyShape::formats([format()]))).with_clock(clock.clone());
    let mistyped = bearer(&mistyped());
    let unknown = bearer(&format!("igny8_{}", "x".repeat(40)));

    let throttle = Throttle::new();
    let mut held = Bench::of("", layer().with_throttle(throttle.clone()), made());
    let stranger = from(OTHER, unknown.clone());
    while (held.serve)(stranger.clone()) != StatusCode::TOO_MANY_REQUESTS {}

    vec![
        Bench::of("cached: api key", layer(), made()),
        Bench::of("cached: its last use noted", layer().with_last_use(LastUses::new(10_000)), made()),
        Bench::of("cached: quotas of key and account", quotas, move || its.clone()),
        Bench::of("cached: throttle, nobody waits", layer().with_throttle(Throttle::new()), made()),
        Bench::of("cached: throttle, another waits", layer().with_throttle(throttle), made()),
        Bench::of("cached: unknown key refused", layer(), move || unknown.clone()).refused(),
        Bench::of("cached: wrong checksum refused", checked, move || mistyped.clone()).refused(),
    ]
}
