//! How the last uses of many keys get into Redis.

use std::sync::atomic::{AtomicBool, Ordering};

use portcullis::KeyId;
use portcullis::store::KeyAdmin;
use portcullis::store::redis::RedisServer;
use redis::{Value, cmd};

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

    // Everything is written down, in the order in which it was done.
    let mut other = plain(own.url()).await;
    for (setting, value) in [("slowlog-max-len", "100000"), ("slowlog-log-slower-than", "0")] {
        let _: () =
            cmd("CONFIG").arg("SET").arg(setting).arg(value).query_async(&mut other).await.expect("set");
    }
    let done = AtomicBool::new(false);
    let (written, ()) = tokio::join!(
        async {
            let written = store.record_uses(&uses).await;
            done.store(true, Ordering::SeqCst);
            written
        },
        async {
            while !done.load(Ordering::SeqCst) {
                let _: String = cmd("PING").query_async(&mut other).await.expect("an answer");
            }
        },
    );
    written.expect("written");

    let log: Vec<Vec<Value>> =
        cmd("SLOWLOG").arg("GET").arg(-1).query_async(&mut other).await.expect("the log");
    let names: Vec<String> = log
        .iter()
        .rev()
        .map(|entry| {
            redis::from_redis_value::<Vec<String>>(entry[3].clone()).expect("a command")[0].to_uppercase()
        })
        .collect();
    let scripts: Vec<usize> = (0..names.len()).filter(|at| names[*at] == "EVALSHA").collect();
    assert!(scripts.len() >= 10, "{}", scripts.len());
    assert!(names[scripts[0]..scripts[scripts.len() - 1]].iter().any(|name| name == "PING"));

    for issued in known {
        let held = store.find_key(&default_realm(&issued.id)).await.expect("an answer").expect("the key");
        assert_eq!(held.last_used, Some(at(7)));
    }
}
