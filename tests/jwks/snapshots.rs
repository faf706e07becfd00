//! Starts with the keys of before.

use std::fs;
use std::path::Path;
use std::time::Duration;

use portcullis::jwt::{JwksClient, JwksError};
use portcullis::{Clock, Reason};
use tokio::time::sleep;

use crate::keys::{Key, at_once, set};
use crate::simulated::{Does, Issuer, Time, URL};

const HOUR: Duration = Duration::from_secs(3_600);

/// Runs a client until it has written its snapshot.
async fn leave_a_snapshot(issuer: &Issuer, time: &Time, path: &Path) {
    let client = issuer.builder(time).with_snapshot(path).start().await.expect("client");
    while !path.exists() {
        sleep(Duration::from_millis(1)).await;
    }
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn a_service_starts_with_its_snapshot_while_the_issuer_is_down() {
    let (key, folder) = (Key::new("a"), tempfile::tempdir().expect("folder"));
    let (issuer, time, path) = (Issuer::with(&[&key]), Time::start(), folder.path().join("keys.json"));
    leave_a_snapshot(&issuer, &time, &path).await;
    issuer.does(URL, Does::Hang);

    sleep(HOUR).await;
    let client = issuer.builder(&time).with_snapshot(&path).start().await.expect("client");
    assert_eq!(at_once(&client, &key, time.now()), Ok(()));
    let state = client.state();
    assert!(state.from_snapshot && state.age(time.now()) >= Some(HOUR), "{state:?}");
    // The keys are as old as they were when they were fetched.
    sleep(23 * HOUR + Duration::from_secs(1)).await;
    assert_eq!(at_once(&client, &key, time.now()), Err(Reason::KeysUnavailable));
    issuer.publish(&[&key]);
    sleep(Duration::from_secs(40)).await;
    assert_eq!(at_once(&client, &key, time.now()), Ok(()));
    assert!(!client.state().from_snapshot);
}

#[tokio::test(start_paused = true)]
async fn the_keys_of_a_snapshot_are_replaced_at_once_when_the_issuer_is_up() {
    let (old, new, folder) = (Key::new("old"), Key::new("new"), tempfile::tempdir().expect("folder"));
    let (issuer, time, path) = (Issuer::with(&[&old]), Time::start(), folder.path().join("keys.json"));
    leave_a_snapshot(&issuer, &time, &path).await;
    issuer.publish(&[&new]);
    let client = issuer.builder(&time).with_snapshot(&path).start().await.expect("client");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(at_once(&client, &old, time.now()), Err(Reason::UnknownKey));
    assert_eq!(at_once(&client, &new, time.now()), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_cannot_be_used_is_as_good_as_none() {
    let (key, folder) = (Key::new("a"), tempfile::tempdir().expect("folder"));
    let (issuer, time, path) = (Issuer::with(&[&key]), Time::start(), folder.path().join("keys.json"));
    leave_a_snapshot(&issuer, &time, &path).await;
    let good = fs::read_to_string(&path).expect("snapshot");
    issuer.fails();
    for (name, content) in [
        ("cut off", good[..good.len() / 2].to_owned()),
        ("empty", String::new()),
        ("another issuer", good.replace("id.example", "evil.example")),
        ("another version", good.replace("\"version\":1", "\"version\":2")),
        ("from the future", good.replace("\"fetched_at_micros\":1", "\"fetched_at_micros\":2")),
        ("old", good.replace("\"fetched_at_micros\":1", "\"fetched_at_micros\":")),
        ("no keys", good.replace(&set(&[&key]), r#"{"keys":[]}"#)),
        ("a secret", good.replace("OKP", "oct")),
    ] {
        assert_ne!(content, good, "{name}");
        fs::write(&path, content).expect("written");
        let started = issuer.builder(&time).with_snapshot(&path).start().await;
        assert!(matches!(started, Err(JwksError::Fetch(_))), "{name}: {started:?}");
        let client = issuer.builder(&time).with_snapshot(&path).start_lazily().expect("client");
        assert_eq!(at_once(&client, &key, time.now()), Err(Reason::KeysUnavailable), "{name}");
    }
    fs::write(&path, good).expect("written");
    assert!(issuer.builder(&time).with_snapshot(&path).start().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn keys_at_another_url_do_not_use_the_snapshot() {
    let (key, folder) = (Key::new("a"), tempfile::tempdir().expect("folder"));
    let (issuer, time, path) = (Issuer::with(&[&key]), Time::start(), folder.path().join("keys.json"));
    leave_a_snapshot(&issuer, &time, &path).await;
    let other = JwksClient::builder("https://id.example/other").with_http_client(issuer.client());
    assert!(other.with_clock(time.clone()).with_snapshot(&path).start().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_renewed_when_the_keys_are_confirmed_and_kept_when_they_are_not() {
    let (key, folder) = (Key::new("a"), tempfile::tempdir().expect("folder"));
    let (issuer, time, path) = (Issuer::default(), Time::start(), folder.path().join("keys.json"));
    issuer.does(URL, Does::Tagged("\"t\"", set(&[&key])));
    let client = issuer.builder(&time).with_snapshot(&path).start().await.expect("client");
    let content = || fs::read_to_string(&path).unwrap_or_default();
    sleep(Duration::from_secs(1)).await;
    let first = content();
    sleep(HOUR).await;
    let second = content();
    assert!(first != second && second.contains(&set(&[&key])), "{second}");
    issuer.does(URL, Does::Answer(200, Vec::new(), "<html>".to_owned()));
    sleep(5 * HOUR).await;
    assert_eq!(content(), second);
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_cannot_be_written_costs_the_snapshot_alone() {
    let (key, folder) = (Key::new("a"), tempfile::tempdir().expect("folder"));
    let (issuer, time, path) = (Issuer::with(&[&key]), Time::start(), folder.path().join("none/keys.json"));
    let client = issuer.builder(&time).with_snapshot(&path).start().await.expect("client");
    sleep(3 * HOUR).await;
    assert_eq!(at_once(&client, &key, time.now()), Ok(()));
    assert!(client.state().fetches >= 3 && client.state().failed == 0);
}
