//! Keys that are kept current in the background.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use portcullis::client::HttpClientError;
use portcullis::jwt::{JwksClient, JwksError, JwksFetchError, JwtKeySource};
use portcullis::{Clock, Reason};
use tokio::time::{Instant, sleep};

use crate::keys::{Key, at_once, set};
use crate::simulated::{Does, Issuer, Time, URL, started};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_again_ahead_of_their_end() {
    for (header, earliest, latest) in [
        (None, 2_700, 3_240),
        (Some("public, max-age=7200"), 5_400, 6_480),
        (Some("max-age=0"), 225, 270),
        (Some("no-store"), 225, 270),
        (Some("max-age=999999999"), 32_400, 38_880),
    ] {
        let (key, issuer, time) = (Key::new("a"), Issuer::default(), Time::start());
        let headers = header.map(|value| ("cache-control", value.to_owned())).into_iter().collect();
        issuer.does(URL, Does::Answer(200, headers, set(&[&key])));
        let client = issuer.builder(&time).start().await.expect("client");
        sleep(Duration::from_secs(earliest - 1)).await;
        assert_eq!(issuer.count(), 1, "{header:?}");
        sleep(Duration::from_secs(latest - earliest + 2)).await;
        assert_eq!(issuer.count(), 2, "{header:?}");
        assert_eq!(client.state().fetches, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_says_what_it_takes_and_nothing_else() {
    let (issuer, ..) = started(&[&Key::new("a")]).await;
    let asked = issuer.asked().remove(0);
    let names: HashSet<_> = asked.headers.keys().map(|name| name.as_str().to_owned()).collect();
    assert_eq!(names, HashSet::from(["accept", "accept-encoding"].map(str::to_owned)));
    assert_eq!(asked.headers["accept"], "application/jwk-set+json, application/json");
    assert_eq!(asked.headers["accept-encoding"], "identity");
}

#[tokio::test(start_paused = true)]
async fn a_removed_key_verifies_nothing_after_the_next_fetch() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let (issuer, time, client) = started(&[&old]).await;
    assert_eq!(at_once(&client, &old, time.now()), Ok(()));
    issuer.publish(&[&new]);
    sleep(HOUR).await;
    assert_eq!(at_once(&client, &old, time.now()), Err(Reason::UnknownKey));
    assert_eq!(at_once(&client, &new, time.now()), Ok(()));
    assert_eq!(client.state().keys, 1);
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_document_is_confirmed_and_stays_the_same_set() {
    let key = Key::new("a");
    for tagged in [true, false] {
        let (issuer, time) = (Issuer::with(&[&key]), Time::start());
        if tagged {
            issuer.does(URL, Does::Tagged("\"t\"", set(&[&key])));
        }
        let client = issuer.builder(&time).start().await.expect("client");
        let (before, since) = (client.keys(time.now()).expect("keys"), client.state().fetched_at);
        sleep(HOUR).await;
        let after = client.keys(time.now()).expect("keys");
        assert!(Arc::ptr_eq(&before, &after), "tagged: {tagged}");
        assert!(client.state().fetched_at > since);
        let sent: Vec<_> =
            issuer.asked().iter().map(|asked| asked.headers.contains_key("if-none-match")).collect();
        assert_eq!(sent, [false, tagged]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_304_that_nobody_asked_for_is_a_failure() {
    let (issuer, time) = (Issuer::default(), Time::start());
    issuer.does(URL, Does::Answer(304, Vec::new(), String::new()));
    let started = issuer.builder(&time).start().await.expect_err("no keys");
    let JwksError::Fetch(failure) = started else { panic!("{started:?}") };
    assert!(matches!(*failure, JwksFetchError::Status(304)));
}

#[tokio::test(start_paused = true)]
async fn keys_are_used_through_an_outage_until_they_are_too_old_and_then_tokens_are_a_503() {
    let key = Key::new("a");
    let (issuer, time, client) = started(&[&key]).await;
    issuer.fails();
    sleep(24 * HOUR).await;
    assert_eq!(at_once(&client, &key, time.now()), Ok(()));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(at_once(&client, &key, time.now()), Err(Reason::KeysUnavailable));
    assert_eq!(Reason::KeysUnavailable.kind().status(), 503);
    let state = client.state();
    assert!(matches!(state.last_failure.as_deref(), Some(JwksFetchError::Status(503))), "{state:?}");
    assert!(state.failed > 10 && state.failed_in_a_row as u64 == state.failed, "{state:?}");
    // At most once in 2.5 minutes on the whole, and the first few in quick succession.
    assert!(issuer.count() < 24 * 60 * 10 / 25 + 20, "{}", issuer.count());

    issuer.publish(&[&key]);
    sleep(Duration::from_secs(31)).await;
    assert_eq!(at_once(&client, &key, time.now()), Ok(()));
    assert!(client.state().last_failure.is_none());
}

#[tokio::test(start_paused = true)]
async fn without_keys_the_issuer_is_asked_at_least_twice_a_minute() {
    let (key, issuer, time) = (Key::new("a"), Issuer::default(), Time::start());
    issuer.fails();
    let client = issuer.builder(&time).start_lazily().expect("client");
    assert_eq!(at_once(&client, &key, time.now()), Err(Reason::KeysUnavailable));
    sleep(HOUR).await;
    assert!((120..=260).contains(&issuer.count()), "{}", issuer.count());
    issuer.publish(&[&key]);
    sleep(Duration::from_secs(31)).await;
    assert_eq!(at_once(&client, &key, time.now()), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_document_that_cannot_be_used_replaces_nothing() {
    let key = Key::new("a");
    let jwk = key.jwk();
    for (name, document) in [
        ("nothing", String::new()),
        ("html", "<!doctype html><title>Sign in</title>".to_owned()),
        ("no set", "{}".to_owned()),
        ("no keys", r#"{"keys":[]}"#.to_owned()),
        ("null", r#"{"keys":null}"#.to_owned()),
        ("a list", format!("[{jwk}]")),
        ("a key alone", jwk.clone()),
        ("twice", format!(r#"{{"keys":[{jwk}],"keys":[{jwk}]}}"#)),
        ("more behind it", format!(r#"{{"keys":[{jwk}]}} x"#)),
        ("cut off", set(&[&key])[..40].to_owned()),
        ("bad base64", r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"+/=="}]}"#.to_owned()),
        ("a secret", r#"{"keys":[{"kty":"oct","k":"AAAA","alg":"HS256"}]}"#.to_owned()),
        ("a private key", format!(r#"{{"keys":[{}]}}"#, jwk.replace("\"x\":", "\"d\":\"AA\",\"x\":"))),
        ("101 keys", format!(r#"{{"keys":[{}]}}"#, vec!["{}"; 101].join(","))),
    ] {
        let (issuer, time, client) = started(&[&key]).await;
        issuer.does(URL, Does::Answer(200, Vec::new(), document));
        sleep(HOUR).await;
        let state = client.state();
        assert!(matches!(state.last_failure.as_deref(), Some(JwksFetchError::Set(_))), "{name}: {state:?}");
        assert_eq!(at_once(&client, &key, time.now()), Ok(()), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_bad_key_never_discards_the_set() {
    let (good, other) = (Key::new("good"), Key::new("twice"));
    let (issuer, time) = (Issuer::default(), Time::start());
    let twice = other.jwk();
    let short = r#"{"kty":"RSA","alg":"RS256","kid":"short","n":"sXch","e":"AQAB"}"#;
    let secret = r#"{"kty":"oct","alg":"HS256","kid":"s","k":"c2VjcmV0"}"#;
    let strange = r#"{"kty":"XYZ","kid":1}"#;
    let document = format!(r#"{{"keys":[{short},{secret},{twice},{strange},17,{},{twice}]}}"#, good.jwk());
    issuer.does(URL, Does::Answer(200, Vec::new(), document));
    let client = issuer.builder(&time).start().await.expect("client");
    assert_eq!(client.state().keys, 1);
    assert_eq!(at_once(&client, &good, time.now()), Ok(()));
    assert_eq!(at_once(&client, &other, time.now()), Err(Reason::UnknownKey));
}

#[tokio::test(start_paused = true)]
async fn a_hundred_keys_of_one_algorithm_are_held_and_a_bad_one_is_dropped() {
    let good: Vec<_> = (0..99).map(|n| Key::new(&n.to_string())).collect();
    let (issuer, time) = (Issuer::default(), Time::start());
    let document = set(&good.iter().collect::<Vec<_>>());
    let document = document.replace("]}", r#",{"kty":"OKP","crv":"Ed25519","kid":"bad","x":"AA"}]}"#);
    issuer.does(URL, Does::Answer(200, Vec::new(), document));
    let client = issuer.builder(&time).start().await.expect("client");
    assert_eq!(client.state().keys, 99);
    for key in &good {
        assert_eq!(at_once(&client, key, time.now()), Ok(()));
    }
    assert_eq!(at_once(&client, &Key::new("bad"), time.now()), Err(Reason::UnknownKey));
}

#[tokio::test(start_paused = true)]
async fn a_start_without_a_usable_key_says_why() {
    let (issuer, time) = (Issuer::default(), Time::start());
    let n = "A".repeat(342);
    let rsa = format!(r#"{{"keys":[{{"kty":"RSA","use":"sig","kid":"entra","n":"{n}","e":"AQAB"}}]}}"#);
    issuer.does(URL, Does::Answer(200, Vec::new(), rsa));
    let error = issuer.builder(&time).start().await.expect_err("no key");
    let mut said = error.to_string();
    let mut next = std::error::Error::source(&error);
    while let Some(source) = next {
        said = format!("{said}: {source}");
        next = source.source();
    }
    assert_eq!(
        said,
        "the keys cannot be fetched: the document gives no key: no key of the set can be used: \
         key 1 (\"entra\") is refused: the JWK does not say which algorithm it is for: \
         JwkRules::with_rsa_algorithm says it for RSA keys"
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_panics_or_keeps_no_limits_is_a_failure_like_others() {
    let key = Key::new("a");
    let (issuer, time) = (Issuer::with(&[&key]), Time::start());
    let careless =
        JwksClient::builder(URL).with_http_client(issuer.careless_client()).with_clock(time.clone());
    let client = careless.start().await.expect("client");
    let padding = " ".repeat(256 * 1024);
    for (does, expected) in [
        (Does::Panic, "panicked"),
        (Does::HangUp, "no whole answer"),
        (Does::Hang, "no whole answer"),
        (Does::Answer(200, Vec::new(), set(&[&key]) + &padding), "no whole answer"),
    ] {
        issuer.does(URL, does.clone());
        sleep(HOUR).await;
        let failure = client.state().last_failure.expect("failure").to_string();
        assert!(failure.contains(expected), "{does:?}: {failure}");
        assert_eq!(at_once(&client, &key, time.now()), Ok(()));
        issuer.publish(&[&key]);
        sleep(5 * MINUTE).await;
        assert!(client.state().last_failure.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetch_ends_within_its_time_whatever_it_is_made_of() {
    let issuer = Issuer::default();
    let time = Time::start();
    issuer.does(URL, Does::Answer(302, vec![("location", "/2".to_owned())], String::new()));
    issuer.does("https://id.example/2", Does::Hang);
    issuer.takes(Duration::from_secs(3));
    let begun = Instant::now();
    let started = issuer.builder(&time).start().await.expect_err("no keys");
    let JwksError::Fetch(failure) = started else { panic!("{started:?}") };
    assert!(matches!(*failure, JwksFetchError::NoAnswer(HttpClientError::TimedOut)), "{failure:?}");
    assert_eq!(begun.elapsed().as_millis() / 10, 500);
}

#[tokio::test(start_paused = true)]
async fn fetching_ends_with_the_last_clone_also_in_the_middle_of_a_fetch() {
    let (issuer, _, client) = started(&[&Key::new("a")]).await;
    let clone = client.clone();
    drop(client);
    sleep(HOUR).await;
    assert_eq!(issuer.count(), 2);
    issuer.does(URL, Does::Hang);
    issuer.until_asked_by(&clone).await;
    let asked = issuer.count();
    drop(clone);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(issuer.open(), 0);
    sleep(24 * HOUR).await;
    assert_eq!(issuer.count(), asked);
}

#[tokio::test(start_paused = true)]
async fn nodes_that_are_started_together_do_not_ask_together() {
    let (issuer, time) = (Issuer::with(&[&Key::new("a")]), Time::start());
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(issuer.builder(&time).start().await.expect("client"));
    }
    let next: HashSet<_> =
        clients.iter().filter_map(|client| client.state().next_refresh).map(|next| next.as_secs()).collect();
    assert!(next.len() > 25, "{next:?}");
}

#[tokio::test(start_paused = true)]
async fn settings_that_cannot_work_are_errors_and_never_panics() {
    for bad in
        ["http://id.example/keys", "id.example", "https://a:b@id.example/", "", "https://id.example/#a"]
    {
        let started = JwksClient::builder(bad).with_http_client(Issuer::default().client()).start().await;
        assert!(matches!(started, Err(JwksError::Url(_))), "{bad}");
    }
    let host = JwksClient::discover("https://id.example").allow_key_host("a b");
    assert!(matches!(host.start().await, Err(JwksError::Url(_))));
    let outside = std::thread::spawn(|| JwksClient::builder(URL).start_lazily().map(drop));
    assert!(matches!(outside.join().expect("no panic"), Err(JwksError::NoRuntime)));
}
