//! Nodes that have begun to hear of each other's changes.

use std::time::{Duration, Instant};

use http::StatusCode;
use portcullis::store::Enabled;

use crate::client::{Ask, Client, me, pause};
use crate::places::{Keys, Place, api_key, key_ref};

const PAUSE: Duration = Duration::from_millis(1);
/// Longer than anything takes: what takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until these nodes follow the store. A node serves from the first moment on: what it
/// has cached before it hears of changes, it forgets when it does, which happens twice: at
/// its first poll, and at the one behind its first listening. So what it knows the third time
/// that something has changed, it was told.
pub(crate) async fn settle<K: Keys>(place: &Place<K>, clients: &mut [Client]) {
    let probe = place.keys.issue_one(api_key()).await;
    let (ask, key) = (me(&probe.secret), key_ref(&probe.id));
    for _ in 0..3 {
        for (enabled, status) in [(Enabled::Yes, StatusCode::OK), (Enabled::No, StatusCode::UNAUTHORIZED)] {
            place.keys.set_enabled(&key, enabled).await.expect("switched");
            for client in &mut *clients {
                until(client, &ask, status).await;
            }
        }
    }
}

/// Asks until this is the answer, and says how long that took.
pub(crate) async fn until(client: &mut Client, ask: &Ask, status: StatusCode) -> Duration {
    let begun = Instant::now();
    let mut pause = pause(PAUSE);
    loop {
        pause.tick().await;
        if client.ask(ask).await.status == status {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < PATIENCE, "it is not {status}");
    }
}
