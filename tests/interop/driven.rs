//! A client that is driven against a server of ours.

use serde_json::{Value, json};

use crate::echo::Wanted;
use crate::key::Key;
use crate::peer::Peer;
use crate::server::Server;

/// What a client is told about the server and itself.
pub(crate) fn introduced(server: &Server, key: &Key) -> Value {
    json!({ "endpoint": server.endpoint(), "id": key.id, "secret": key.secret })
}

/// One object with what is in both.
pub(crate) fn joined(mut one: Value, other: &Value) -> Value {
    let other = other.as_object().expect("an object").clone();
    one.as_object_mut().expect("an object").extend(other);
    one
}

/// Has a client send everything with its key, and again with a secret that is not its own. What
/// `also` has is told to it beside.
pub(crate) fn is_served(peer: Peer, server: &Server, key: &Key, also: &Value, wanted: &[Wanted]) {
    let requests: Vec<_> = wanted.iter().map(Wanted::to_json).collect();
    let also = joined(json!({ "requests": requests }), also);
    let ask = |key: &Key| peer.ask(&joined(introduced(server, key), &also));
    are_heard_and_refused(key, wanted, &ask(key), &ask(&key.with_wrong_secret()));
}

/// The answers to a client with its key, and with a secret that is not its own.
pub(crate) fn are_heard_and_refused(key: &Key, wanted: &[Wanted], heard: &Value, refused: &Value) {
    for answers in [heard, refused] {
        assert_eq!(answers.as_array().map(Vec::len), Some(wanted.len()));
    }
    for (index, wanted) in wanted.iter().enumerate() {
        wanted.assert_heard(key, &heard[index]);
        wanted.assert_refused(&refused[index]);
    }
}
