//! Requests with known keys while the keys are being fetched.

use std::time::Duration;

use portcullis::{Clock, SystemClock};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::hostile::{Harm, Hostile};
use crate::keys::{Key, ask, made_up, set};
use crate::simulated::{Does, URL, started};

const REQUESTS: usize = 10_000;

#[tokio::test(start_paused = true)]
async fn ten_thousand_requests_when_the_keys_end_cause_one_fetch_and_none_waits() {
    let key = Key::new("a");
    let (issuer, time, client) = started(&[&key]).await;
    issuer.does(URL, Does::Hang);
    issuer.until_asked_by(&client).await;
    let (begun, token) = (Instant::now(), key.token(time.now()));
    let mut all = JoinSet::new();
    for _ in 0..REQUESTS {
        let (client, token, now) = (client.clone(), token.clone(), time.now());
        all.spawn(async move { ask(&client, &token, now).await });
    }
    while let Some(answer) = all.join_next().await {
        assert_eq!(answer.expect("answer"), Ok(()));
    }
    // The fetch is still under way, and on this clock only waiting takes time.
    assert_eq!((issuer.open(), issuer.count(), begun.elapsed()), (1, 2, Duration::ZERO));
}

/// How long 99 of 100 of 10,000 concurrent requests take at most, on the real clock.
async fn ninety_ninth(client: &portcullis::jwt::JwksClient, token: &str) -> Duration {
    let mut all = JoinSet::new();
    for _ in 0..REQUESTS {
        let (client, token) = (client.clone(), token.to_owned());
        all.spawn(async move {
            let begun = Instant::now();
            assert_eq!(ask(&client, &token, SystemClock.now()).await, Ok(()));
            begun.elapsed()
        });
    }
    let mut took = Vec::new();
    while let Some(one) = all.join_next().await {
        took.push(one.expect("accepted"));
    }
    took.sort_unstable();
    took[REQUESTS * 99 / 100]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fetch_of_five_seconds_adds_nothing_to_the_slowest_requests() {
    let key = Key::new("a");
    let server = Hostile::start(Harm::Good("application/json", set(&[&key]).into())).await;
    let builder = portcullis::jwt::JwksClient::builder(&server.url).dangerous_allow_http();
    let client = builder.start().await.expect("client");
    let token = key.token(SystemClock.now());
    ninety_ninth(&client, &token).await;
    let without = ninety_ninth(&client, &token).await;

    server.does(Harm::Silence);
    let stranger = tokio::spawn({
        let client = client.clone();
        async move { ask(&client, &made_up("x"), SystemClock.now()).await }
    });
    while server.asked() < 2 {
        tokio::task::yield_now().await;
    }
    let with = ninety_ninth(&client, &token).await;
    println!("p99 of {REQUESTS}: {without:.1?} without a fetch, {with:.1?} during one of 5 s");
    assert!(!stranger.is_finished());
    assert_eq!(server.asked(), 2);
    // Whoever waited would have waited for seconds.
    assert!(with < without + Duration::from_millis(500), "{without:?}, {with:?}");
    stranger.abort();
}
