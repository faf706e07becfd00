//! A node whose database is up, and whose messages do not come: in the process of the test,
//! for the follower is what is asked about.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use portcullis::store::cached::{CacheSettings, CachedKeyStore};
use portcullis::store::postgres::PostgresKeyStore;
use portcullis::store::{
    ChangeFeed, KeyAdmin, KeyHandle, KeyHasher, KeyRecord, KeyState, KeyStore, Silence, StoreError,
    StoredPrincipal,
};
use portcullis::{Realm, Secret};

use crate::client::pause;
use crate::places::{Keys, Place, api_key, key_ref, now};
use crate::turns::alone;

const POLL: Duration = Duration::from_millis(500);
/// What an answer of the database and the next question may take.
const SLACK: Duration = Duration::from_millis(200);

/// The keys of a database that lets nobody listen.
#[derive(Clone)]
struct Deaf {
    keys: PostgresKeyStore,
    tried: Arc<AtomicUsize>,
}

impl KeyStore for Deaf {
    type Principal = StoredPrincipal;

    async fn find(
        &self,
        handle: &KeyHandle<'_>,
    ) -> Result<Option<Arc<KeyRecord<StoredPrincipal>>>, StoreError> {
        self.keys.find(handle).await
    }
}

impl ChangeFeed for Deaf {
    type Listener = Silence;

    async fn change_number(&self) -> Result<u64, StoreError> {
        self.keys.change_number().await
    }

    async fn listen(&self) -> Result<Silence, StoreError> {
        self.tried.fetch_add(1, Ordering::SeqCst);
        Err(StoreError::unavailable(io::Error::other("nobody may listen")))
    }
}

async fn state(keys: &CachedKeyStore<Deaf>, secret: &Secret) -> KeyState {
    let digests = [KeyHasher::sha256().digest(secret.expose())];
    let handle = KeyHandle::Digests { realm: &Realm::default(), digests: &digests };
    keys.find(&handle).await.expect("an answer").expect("the key").state()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_that_cannot_listen_ends_a_revoked_key_with_its_next_poll_of_postgres() {
    let _turn = alone().await;
    let place = Place::in_postgres().await;
    let deaf = Deaf { keys: place.keys.clone(), tried: Arc::default() };
    let settings = CacheSettings::new().with_poll_interval(POLL).with_max_stale(Duration::from_secs(3_600));
    let keys = CachedKeyStore::with_settings(deaf.clone(), settings);
    let following = tokio::spawn(keys.follow());
    let (mut took, mut cached) = (Vec::new(), 0);
    for issued in place.keys.issue_many(8, api_key).await {
        let secret = issued.secret.into_secret();
        assert_eq!(state(&keys, &secret).await, KeyState::Enabled);
        place.keys.revoke(&key_ref(&issued.id), "leaked", now()).await.expect("revoked");
        let begun = Instant::now();
        let mut pause = pause(Duration::from_millis(1));
        while state(&keys, &secret).await != KeyState::Revoked {
            assert!(begun.elapsed() < Duration::from_secs(30), "it works for ever");
            cached += 1;
            pause.tick().await;
        }
        took.push(begun.elapsed());
    }
    took.sort();
    println!("postgres, nobody may listen, polls every 500 ms: {took:.1?}");
    assert!(took[took.len() / 2] <= POLL + SLACK, "{took:?}");
    // Other programs may keep a node from its turn.
    assert!(took[took.len() - 1] <= POLL + crate::node::LATEST, "{took:?}");
    assert!(cached > took.len(), "nothing was cached, and nothing is shown: {cached}");
    assert!(deaf.tried.load(Ordering::SeqCst) > 1 && !following.is_finished(), "it goes on trying");
}
