//! How long a revoked key still works on nodes that have it cached.

use std::time::{Duration, Instant};

use http::StatusCode;
use portcullis::store::IssuedKey;

use crate::client::{Client, me, pause};
use crate::node::{LATEST, Node, connect_all};
use crate::places::{Keys, Place, api_key, key_ref, now};
use crate::settled::settle;
use crate::turns::alone;

const PAUSE: Duration = Duration::from_millis(1);
/// The interval of polls where messages are off.
const POLL: Duration = Duration::from_millis(500);

/// How long it took on both nodes for each key, in order; and how often one was accepted
/// after it had been revoked.
struct Measured {
    took: Vec<Duration>,
    accepted: usize,
}

impl Measured {
    fn median(&self) -> Duration {
        self.took[self.took.len() / 2]
    }

    /// What nine of ten took at most.
    fn most(&self) -> Duration {
        self.took[self.took.len() * 9 / 10 - 1]
    }

    fn longest(&self) -> Duration {
        *self.took.last().expect("one")
    }

    fn print(&self, name: &str) {
        let (median, most, longest) = (self.median(), self.most(), self.longest());
        let count = self.took.len();
        let accepted = self.accepted;
        println!(
            "{name}: from the end of `revoke` to the first refusal, {count} times: \
             median {median:.1?}, nine of ten {most:.1?}, longest {longest:.1?}; accepted {accepted} times meanwhile"
        );
    }
}

/// Asks until the key is refused: how long that took, and how often it was accepted.
async fn until_refused(client: &mut Client, key: &IssuedKey, begun: Instant) -> (Duration, usize) {
    let mut accepted = 0;
    let mut pause = pause(PAUSE);
    loop {
        pause.tick().await;
        match client.ask(&me(&key.secret)).await.status {
            StatusCode::OK => accepted += 1,
            StatusCode::UNAUTHORIZED => return (begun.elapsed(), accepted),
            other => panic!("{other}"),
        }
    }
}

/// Revokes keys that two nodes have cached, behind the back of both.
async fn revoke_all<K: Keys>(place: &Place<K>, count: usize, settings: &[(&str, &str)]) -> Measured {
    let keys = place.keys.issue_many(count, api_key).await;
    let settings = [settings, &[("THROTTLE", "off")]].concat();
    let nodes: [Node; 2] = Node::start(place, &settings);
    let mut clients = connect_all(&nodes).await;
    let mut measured = Measured { took: Vec::new(), accepted: 0 };
    settle(place, &mut clients).await;
    for key in &keys {
        for client in &mut clients {
            assert_eq!(client.ask(&me(&key.secret)).await.status, StatusCode::OK);
        }
        place.keys.revoke(&key_ref(&key.id), "found in a log", now()).await.expect("revoked");
        let begun = Instant::now();
        let [one, other] = &mut clients[..] else { panic!("two nodes") };
        let (one, other) = tokio::join!(until_refused(one, key, begun), until_refused(other, key, begun));
        for (took, accepted) in [one, other] {
            measured.took.push(took);
            measured.accepted += accepted;
        }
    }
    for client in &mut clients {
        for key in keys.iter().cycle().take(5 * count) {
            assert_eq!(client.ask(&me(&key.secret)).await.status, StatusCode::UNAUTHORIZED, "it came back");
        }
    }
    measured.took.sort();
    measured
}

/// Polls are so rare here that whatever is heard is heard by a message.
async fn by_messages<K: Keys>(place: Place<K>, name: &str) {
    let _turn = alone().await;
    let rare = [("POLL_MILLISECONDS", "3600000"), ("MAX_STALE_MILLISECONDS", "36000000")];
    let measured = revoke_all(&place, 20, &rare).await;
    measured.print(name);
    assert!(measured.most() <= Duration::from_millis(100), "{:?}", measured.took);
    // Other programs may keep a node from its turn.
    assert!(measured.longest() <= LATEST, "{:?}", measured.took);
}

async fn by_polling<K: Keys>(place: Place<K>, name: &str) {
    let _turn = alone().await;
    let poll = POLL.as_millis().to_string();
    let settings =
        [("MESSAGES", "off"), ("POLL_MILLISECONDS", &poll), ("MAX_STALE_MILLISECONDS", "36000000")];
    let measured = revoke_all(&place, 8, &settings).await;
    measured.print(name);
    assert!(measured.median() <= POLL + Duration::from_millis(200), "{:?}", measured.took);
    assert!(measured.longest() <= POLL + LATEST, "{:?}", measured.took);
    // Otherwise nothing was cached, and nothing is shown here or with messages.
    assert!(measured.accepted > measured.took.len(), "{}", measured.accepted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_ends_on_other_nodes_with_the_message_of_postgres() {
    by_messages(Place::in_postgres().await, "postgres, by messages").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_ends_on_other_nodes_with_the_message_of_redis() {
    by_messages(Place::in_redis().await, "redis, by messages").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_messages_a_revoked_key_ends_with_the_next_poll_of_postgres() {
    by_polling(Place::in_postgres().await, "postgres, by polling every 500 ms").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_messages_a_revoked_key_ends_with_the_next_poll_of_redis() {
    by_polling(Place::in_redis().await, "redis, by polling every 500 ms").await;
}
