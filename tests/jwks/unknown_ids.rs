//! Tokens that name a key that is not known yet.

use std::sync::Arc;
use std::time::Duration;

use portcullis::jwt::{JwtAlgorithm, JwtKeySource, KeysUnavailable};
use portcullis::{Clock, Reason};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::keys::{Key, ask, at_once, made_up, set};
use crate::simulated::{Does, Issuer, Time, URL, started};

const SECOND: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(5);
const COOLDOWN: Duration = Duration::from_secs(30);

#[tokio::test(start_paused = true)]
async fn the_first_token_with_a_new_key_is_accepted_within_one_fetch() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let (issuer, time, client) = started(&[&old]).await;
    issuer.publish(&[&new]);
    assert_eq!(at_once(&client, &new, time.now()), Err(Reason::UnknownKey));
    assert_eq!(ask(&client, &new.token(time.now()), time.now()).await, Ok(()));
    assert_eq!(issuer.count(), 2);
    // The old one is gone with the same fetch.
    assert_eq!(at_once(&client, &old, time.now()), Err(Reason::UnknownKey));
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_tokens_with_one_new_key_share_one_fetch() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let (issuer, time, client) = started(&[&old]).await;
    issuer.publish(&[&new]);
    issuer.takes(SECOND);
    let (token, now) = (Arc::new(new.token(time.now())), time.now());
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for _ in 0..10_000 {
        let (client, token) = (client.clone(), Arc::clone(&token));
        all.spawn(async move { ask(&client, &token, now).await });
    }
    while let Some(answer) = all.join_next().await {
        assert_eq!(answer.expect("answer"), Ok(()));
    }
    assert_eq!(issuer.count(), 2);
    assert_eq!(begun.elapsed().as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn while_it_cools_down_an_unknown_id_is_refused_at_once() {
    let (key, late) = (Key::new("a"), Key::new("late"));
    let (issuer, time, client) = started(&[&key]).await;
    assert_eq!(ask(&client, &made_up("x"), time.now()).await, Err(Reason::UnknownKey));
    assert_eq!(issuer.count(), 2);
    issuer.publish(&[&key, &late]);
    issuer.takes(SECOND);
    sleep(COOLDOWN - SECOND).await;
    let begun = Instant::now();
    assert_eq!(ask(&client, &late.token(time.now()), time.now()).await, Err(Reason::UnknownKey));
    assert_eq!((issuer.count(), begun.elapsed()), (2, Duration::ZERO));
    sleep(SECOND).await;
    assert_eq!(ask(&client, &late.token(time.now()), time.now()).await, Ok(()));
    assert_eq!(issuer.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_the_issuer_does_not_have_is_not_asked_for_again_for_a_minute() {
    let (issuer, time, client) = started(&[&Key::new("a")]).await;
    for (pause, fetches) in [(0, 2), (31, 2), (28, 2), (1, 3)] {
        sleep(Duration::from_secs(pause)).await;
        assert_eq!(ask(&client, &made_up("x"), time.now()).await, Err(Reason::UnknownKey));
        assert_eq!(issuer.count(), fetches, "after {pause} s more");
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_issuer_cannot_be_asked_an_unknown_id_is_a_503_and_costs_one_fetch() {
    for does in [Does::Answer(500, Vec::new(), String::new()), Does::HangUp, Does::Hang] {
        let key = Key::new("a");
        let (issuer, time, client) = started(&[&key]).await;
        issuer.does(URL, does.clone());
        let begun = Instant::now();
        for n in 0..1_000 {
            let answer = ask(&client, &made_up(&n.to_string()), time.now()).await;
            assert_eq!(answer, Err(Reason::KeysUnavailable), "{does:?}");
        }
        assert!(begun.elapsed() <= TIMEOUT);
        assert_eq!(issuer.count(), 2, "{does:?}");
        assert_eq!(at_once(&client, &key, time.now()), Ok(()));
        // The fetches by schedule go on, and with the first that succeeds it is a 401 again.
        issuer.publish(&[&key]);
        sleep(4 * SECOND).await;
        assert_eq!(ask(&client, &made_up("x"), time.now()).await, Err(Reason::UnknownKey));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_fetch_brings_that_had_begun_before_is_not_the_last_word() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let (issuer, time, client) = started(&[&old]).await;
    issuer.takes(SECOND);
    // The fetch by schedule reads the document of before: its page answers a second later.
    issuer.until_asked_by(&client).await;
    issuer.publish(&[&new]);
    assert_eq!(ask(&client, &new.token(time.now()), time.now()).await, Ok(()));
    assert_eq!(issuer.count(), 3);
    assert_eq!(at_once(&client, &old, time.now()), Err(Reason::UnknownKey));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_longer_than_a_fetch_may_take() {
    for delay in [100, 2_000, 3_000, 4_900, 6_000].map(Duration::from_millis) {
        let (issuer, time, client) = started(&[&Key::new("a")]).await;
        issuer.takes(delay);
        issuer.until_asked_by(&client).await;
        let begun = Instant::now();
        let mut all = JoinSet::new();
        for n in 0..100 {
            let (client, now) = (client.clone(), time.now());
            all.spawn(async move {
                sleep(Duration::from_millis(60 * n)).await;
                let begun = Instant::now();
                (ask(&client, &made_up(&n.to_string()), now).await, begun.elapsed())
            });
        }
        while let Some(answer) = all.join_next().await {
            let (answer, waited) = answer.expect("answer");
            assert!(waited <= TIMEOUT, "{delay:?}: {waited:?}");
            assert!(matches!(answer, Err(Reason::UnknownKey | Reason::KeysUnavailable)));
        }
        assert!(begun.elapsed() <= Duration::from_secs(12), "{delay:?}: {:?}", begun.elapsed());
        // No fetch overtakes another: the next begins when the one before has ended.
        assert_eq!(issuer.most_open(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_while_waiting_takes_nothing_from_others() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let (issuer, time, client) = started(&[&old]).await;
    issuer.publish(&[&new]);
    issuer.takes(SECOND);
    let (token, now) = (new.token(time.now()), time.now());
    let first = tokio::spawn({
        let (client, token) = (client.clone(), token.clone());
        async move { ask(&client, &token, now).await }
    });
    sleep(SECOND / 2).await;
    first.abort();
    assert!(first.await.expect_err("gone").is_cancelled());
    assert_eq!(ask(&client, &token, now).await, Ok(()));
    assert_eq!(issuer.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn known_keys_wait_for_no_fetch() {
    let key = Key::new("a");
    let (issuer, time, client) = started(&[&key]).await;
    issuer.does(URL, Does::Hang);
    let stranger = tokio::spawn({
        let (client, now) = (client.clone(), time.now());
        async move { ask(&client, &made_up("x"), now).await }
    });
    while issuer.open() == 0 {
        tokio::task::yield_now().await;
    }
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(ask(&client, &key.token(time.now()), time.now()).await, Ok(()));
    }
    // On this clock only waiting takes time.
    assert_eq!((begun.elapsed(), issuer.open()), (Duration::ZERO, 1));
    assert_eq!(stranger.await.expect("answer"), Err(Reason::KeysUnavailable));
}

#[test]
fn a_client_whose_runtime_has_gone_answers_with_503_instead_of_waiting() {
    let key = Key::new("a");
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let (its, ours) = (runtime(), runtime());
    let (issuer, time) = (Issuer::with(&[&key]), Time::start());
    let client = its.block_on(issuer.builder(&time).start()).expect("client");
    drop(its);
    let answer = ours.block_on(ask(&client, &made_up("x"), time.now()));
    assert_eq!(answer, Err(Reason::KeysUnavailable));
    assert_eq!(at_once(&client, &key, time.now()), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_key_without_id_that_appears_verifies_too() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let (issuer, time, client) = started(&[&old]).await;
    let nameless = set(&[&new]).replace(r#""kid":"new","#, "");
    assert!(!nameless.contains("kid"));
    issuer.does(URL, Does::Answer(200, Vec::new(), nameless));
    assert_eq!(ask(&client, &new.token(time.now()), time.now()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_has_no_keys_looks_for_none() {
    let (issuer, time) = (Issuer::default(), Time::start());
    issuer.fails();
    let client = issuer.builder(&time).start_lazily().expect("client");
    sleep(SECOND / 4).await;
    let asked = issuer.count();
    assert_eq!(client.look_again("a", JwtAlgorithm::Es256, time.now()).await.map(drop), Err(KeysUnavailable));
    assert_eq!(issuer.count(), asked);
}
