//! How the last uses of many keys get into Redis.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use portcullis::KeyId;
use portcullis::store::KeyAdmin;
use portcullis::store::redis::RedisServer;
use redis::aio::MultiplexedConnection;
use redis::cmd;

use crate::fixtures::*;
use crate::redis_backends::{keys, plain};
use crate::servers::OwnRedis;

#[tokio::test]
async fn the_uses_of_many_keys_are_several_calls_and_others_are_answered_between() {
    let own = OwnRedis::new();
    let store = keys(&RedisServer::connect(own.url()).await.expect("Redis"));
    let known = [issue(&store, api_key()).await, issue(&store, api_key()).await];
    // The known ones first and last, strangers between.
    let mut uses: Vec<_> =
        (0..4_998).map(|number| (default_realm(&KeyId::from(format!("k{number}"))), at(7))).collect();
    uses.insert(0, (default_realm(&known[0].id), at(7)));
    uses.push((default_realm(&known[1].id), at(7)));

    // Another client asks all the time how many scripts were called.
    let mut other = plain(own.url()).await;
    let (done, mut seen) = (AtomicBool::new(false), BTreeSet::new());
    let (written, ()) = tokio::join!(
        async {
            let written = store.record_uses(&uses).await;
            done.store(true, Ordering::SeqCst);
            written
        },
        async {
            while !done.load(Ordering::SeqCst) {
                seen.insert(scripts(&mut other).await);
            }
        },
    );
    written.expect("written");
    let (first, last) = (seen.first().copied().expect("asked"), scripts(&mut other).await);
    assert!(last - first >= 9, "{first} to {last}");
    assert!(seen.len() > 2, "it was answered between: {seen:?}");

    for issued in known {
        let held = store.find_key(&default_realm(&issued.id)).await.expect("an answer").expect("the key");
        assert_eq!(held.last_used, Some(at(7)));
    }
}

/// How many scripts were called by their digest.
async fn scripts(connection: &mut MultiplexedConnection) -> u64 {
    let stats: String = cmd("INFO").arg("commandstats").query_async(connection).await.expect("an answer");
    let line = stats.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
    line.map_or(0, |line| line.split(',').next().and_then(|calls| calls.parse().ok()).expect("a number"))
}
