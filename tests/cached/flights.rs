//! Many who ask at once are one question.

use std::sync::Arc;

use portcullis::KeyAdmin;
use portcullis::store::cached::CacheSettings;
use portcullis::store::{KeyOwner, KeyState, StoreError};
use tokio::task::JoinSet;

use crate::backing::{Cached, Known, NOW, Record, cached, find, known, try_find, until};

type Answer = Result<Option<Record>, StoreError>;

/// This many tasks that ask for one key, all of them under way.
async fn ask(
    keys: &Cached,
    digest: portcullis::store::KeyDigest,
    count: usize,
    store: &crate::backing::Backing,
) -> JoinSet<Answer> {
    let before = store.asked();
    let started = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let (keys, started) = (keys.clone(), Arc::clone(&started));
        tasks.spawn(async move {
            started.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            try_find(&keys, digest).await
        });
    }
    until("all ask", || started.load(std::sync::atomic::Ordering::SeqCst) == count && store.asked() > before)
        .await;
    tasks
}

#[tokio::test]
async fn a_thousand_who_miss_the_same_key_ask_the_store_once() {
    let (keys, store, _) = cached(CacheSettings::new());
    let Known { digest, .. } = known(store.keys(), KeyOwner::default()).await;
    store.hold();
    let tasks = ask(&keys, digest, 1_000, &store).await;
    store.release();
    let answers = tasks.join_all().await;
    assert!(answers.iter().all(|answer| matches!(answer, Ok(Some(_)))));
    assert_eq!((answers.len(), store.asked()), (1_000, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_that_miss_the_same_key_ask_the_store_once() {
    let (keys, store, _) = cached(CacheSettings::new());
    for turn in 1..=50 {
        let Known { digest, .. } = known(store.keys(), KeyOwner::default()).await;
        let mut tasks = JoinSet::new();
        for _ in 0..32 {
            let keys = keys.clone();
            tasks.spawn(async move { find(&keys, digest).await.is_some() });
        }
        assert!(tasks.join_all().await.into_iter().all(|found| found));
        assert_eq!(store.asked(), turn);
    }
}

#[tokio::test]
async fn the_failure_of_one_question_is_the_failure_of_all_who_waited() {
    let (keys, store, _) = cached(CacheSettings::new());
    let Known { digest, .. } = known(store.keys(), KeyOwner::default()).await;
    store.hold();
    let tasks = ask(&keys, digest, 1_000, &store).await;
    store.set_down(true);
    store.release();
    let answers = tasks.join_all().await;
    assert_eq!((answers.len(), store.asked()), (1_000, 1), "nobody asks again behind the other");
    for answer in answers {
        let Err(StoreError::Unavailable(source)) = answer else { panic!("{answer:?}") };
        assert_eq!(source.to_string(), "the store was taken down");
    }
    store.set_down(false);
    assert!(find(&keys, digest).await.is_some(), "a failure is not kept");
}

#[tokio::test]
async fn who_gives_up_hands_the_question_over() {
    let (keys, store, _) = cached(CacheSettings::new());
    let Known { digest, .. } = known(store.keys(), KeyOwner::default()).await;
    store.hold();
    let mut first = ask(&keys, digest, 1, &store).await;
    let mut second = JoinSet::new();
    for _ in 0..10 {
        let keys = keys.clone();
        second.spawn(async move { try_find(&keys, digest).await });
    }
    tokio::task::yield_now().await;
    first.shutdown().await;
    until("another one asks", || store.asked() == 2).await;
    store.release();
    let answers = second.join_all().await;
    assert!(answers.iter().all(|answer| matches!(answer, Ok(Some(_)))));
    assert_eq!((answers.len(), store.asked()), (10, 2));
}

#[tokio::test]
async fn who_comes_after_a_revocation_takes_no_answer_from_before_it() {
    let (keys, store, _) = cached(CacheSettings::new());
    let Known { digest, key, .. } = known(store.keys(), KeyOwner::default()).await;
    store.hold();
    // The first one has its answer in hand, and is held up with it.
    let early = ask(&keys, digest, 1, &store).await;
    store.keys().revoke(&key, "leaked", NOW).await.expect("revoked");
    keys.forget(&portcullis::store::Change::Key(key));
    let mut late = JoinSet::new();
    for _ in 0..10 {
        let keys = keys.clone();
        late.spawn(async move { find(&keys, digest).await });
    }
    tokio::task::yield_now().await;
    store.release();
    early.join_all().await;
    let states: Vec<_> =
        late.join_all().await.into_iter().map(|found| found.expect("a key").state()).collect();
    assert_eq!(states, [KeyState::Revoked; 10]);
    assert_eq!(store.asked(), 2);
    assert_eq!(find(&keys, digest).await.expect("the key").state(), KeyState::Revoked);
}
