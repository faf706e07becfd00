//! Key ids that strangers make up.

use std::time::Duration;

use portcullis::{Clock, Reason};
use tokio::runtime::Builder;
use tokio::time::{Instant, advance};

use crate::keys::{Key, ask, at_once, made_up};
use crate::simulated::{URL, started};

const FLOOD: u32 = 100_000;

/// Asks with 100,000 distinct ids, one each `step`; how many fetches that caused.
async fn flood(step: Duration) -> usize {
    let key = Key::new("a");
    let (issuer, time, client) = started(&[&key]).await;
    let begun = Instant::now();
    for n in 0..FLOOD {
        let answer = ask(&client, &made_up(&format!("{n}-{}", "x".repeat(64))), time.now()).await;
        assert_eq!(answer, Err(Reason::UnknownKey));
        if !step.is_zero() {
            advance(step).await;
        }
    }
    assert_eq!(begun.elapsed(), step * FLOOD);
    assert_eq!(at_once(&client, &key, time.now()), Ok(()));
    issuer.count() - 1
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_ids_at_once_cost_one_fetch() {
    assert_eq!(flood(Duration::ZERO).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_ids_cost_one_fetch_in_thirty_seconds() {
    // 100 seconds: at 0, 30, 60 and 90.
    assert_eq!(flood(Duration::from_millis(1)).await, 4);
}

#[test]
fn a_flood_of_ids_leaves_nothing_behind() {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().expect("runtime");
    let (issuer, time, client) = runtime.block_on(started(&[&Key::new("a")]));
    let mut n = 0;
    let mut more = |count: u32| {
        let tokens: Vec<_> = (n..n + count).map(|n| made_up(&n.to_string())).collect();
        n += count;
        let now = time.now();
        // In one step of the clock many wait for one fetch, then the clock moves on.
        allocation_counter::measure(|| {
            runtime.block_on(async {
                for some in tokens.chunks(2_000) {
                    let mut all = tokio::task::JoinSet::new();
                    for token in some {
                        let (client, token) = (client.clone(), token.clone());
                        all.spawn(async move { ask(&client, &token, now).await });
                    }
                    while all.join_next().await.is_some() {}
                    drop(all);
                    tokio::time::sleep(Duration::from_secs(31)).await;
                }
            });
        })
    };
    // Now every table is as large as it becomes.
    more(20_000);
    let asked = issuer.count();
    let grown = more(20_000);
    println!("20,000 ids in 10 fetches: {} bytes kept, {} at most", grown.bytes_current, grown.bytes_max);
    assert!(issuer.count() - asked >= 10);
    // What the simulated issuer notes of a request is all that may grow.
    assert!(grown.bytes_current < 16 * 1024, "{} bytes", grown.bytes_current);
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_token_is_in_what_is_asked() {
    let (issuer, time, client) = started(&[&Key::new("a")]).await;
    for kid in ["a&b=c#", "../../x", "?kid=1", "https://evil.example/", "%0d%0aHost: x", "\u{1F600}", ""] {
        assert!(ask(&client, &made_up(kid), time.now()).await.is_err());
        advance(Duration::from_secs(61)).await;
    }
    let asked = issuer.asked();
    assert!(asked.len() >= 8, "{}", asked.len());
    let first = asked.first().expect("asked").headers.clone();
    for asked in asked {
        assert_eq!((asked.url.as_str(), &asked.headers), (URL, &first));
    }
}

#[tokio::test(start_paused = true)]
async fn no_id_of_a_stranger_is_shown() {
    let (_, time, client) = started(&[&Key::new("a")]).await;
    assert!(ask(&client, &made_up("made-up-id"), time.now()).await.is_err());
    let shown = format!("{client:?} {:?}", client.state());
    assert!(shown.contains("fetches: 2") && !shown.contains("made-up-id"), "{shown}");
}
