//! Issuers that say where their keys are.

use std::time::Duration;

use portcullis::jwt::{JwksClient, JwksClientBuilder, JwksError, JwksFetchError};
use portcullis::{Clock, Reason};
use tokio::time::sleep;

use crate::keys::{Key, ask, at_once, made_up, set};
use crate::simulated::{Asked, Does, Issuer, Time, URL};

const NAME: &str = "https://id.example/realms/a";
const OPENID: &str = "https://id.example/realms/a/.well-known/openid-configuration";
const OAUTH: &str = "https://id.example/.well-known/oauth-authorization-server/realms/a";

fn metadata(issuer: &str, keys: &str) -> Does {
    Does::Answer(200, Vec::new(), format!(r#"{{"issuer":"{issuer}","jwks_uri":"{keys}"}}"#))
}

fn redirect(to: &str) -> Does {
    Does::Answer(302, vec![("location", to.to_owned())], String::new())
}

fn builder(issuer: &Issuer, time: &Time) -> JwksClientBuilder {
    JwksClient::discover(NAME).with_http_client(issuer.client()).with_clock(time.clone())
}

fn urls(issuer: &Issuer) -> Vec<String> {
    issuer.asked().into_iter().map(|asked| asked.url).collect()
}

async fn failure(builder: JwksClientBuilder) -> String {
    match builder.start().await {
        Err(JwksError::Fetch(failure)) => failure.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_metadata_say_where_the_keys_are() {
    let key = Key::new("a");
    let (issuer, time) = (Issuer::with(&[&key]), Time::start());
    issuer.does(OPENID, metadata(NAME, URL));
    issuer.does(OAUTH, metadata(NAME, URL));
    for (builder, place) in
        [(builder(&issuer, &time), OPENID), (builder(&issuer, &time).with_oauth_metadata(), OAUTH)]
    {
        let before = issuer.count();
        let client = builder.start().await.expect("client");
        assert_eq!(at_once(&client, &key, time.now()), Ok(()));
        assert_eq!(urls(&issuer)[before..], [place, URL]);
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_of_another_issuer_are_refused() {
    let (issuer, time) = (Issuer::with(&[&Key::new("a")]), Time::start());
    for other in
        ["https://id.example/realms/a/", "https://id.example/realms/b", "https://ID.example/realms/a"]
    {
        issuer.does(OPENID, metadata(other, URL));
        let error = JwksFetchError::OtherIssuer.to_string();
        assert_eq!(failure(builder(&issuer, &time)).await, error, "{other}");
    }
    assert!(urls(&issuer).iter().all(|url| url == OPENID));
}

#[tokio::test(start_paused = true)]
async fn keys_elsewhere_are_asked_for_only_where_that_is_allowed() {
    let key = Key::new("a");
    let (issuer, time) = (Issuer::default(), Time::start());
    let elsewhere = "https://keys.example/certs";
    issuer.does(elsewhere, Does::Answer(200, Vec::new(), set(&[&key])));
    issuer.does(OPENID, metadata(NAME, elsewhere));
    assert_eq!(failure(builder(&issuer, &time)).await, JwksFetchError::KeysElsewhere.to_string());
    assert_eq!(urls(&issuer), [OPENID]);

    let allowed = builder(&issuer, &time).allow_key_host("keys.example");
    let client = allowed.start().await.expect("client");
    assert_eq!(at_once(&client, &key, time.now()), Ok(()));

    for inner in [
        "http://169.254.169.254/",
        "https://169.254.169.254/",
        "https://keys.example:8443/",
        "http://id.example/",
    ] {
        issuer.does(OPENID, metadata(NAME, inner));
        let builder = builder(&issuer, &time).allow_key_host("keys.example");
        assert_eq!(failure(builder).await, JwksFetchError::KeysElsewhere.to_string(), "{inner}");
    }
    assert!(urls(&issuer).iter().all(|url| url == OPENID || url == elsewhere));
}

#[tokio::test(start_paused = true)]
async fn redirects_are_followed_within_the_origin_and_three_times_at_most() {
    let key = Key::new("a");
    let (issuer, time) = (Issuer::default(), Time::start());
    issuer.does(OPENID, redirect("/1"));
    for n in 1..=5 {
        issuer.does(&format!("https://id.example/{n}"), redirect(&format!("https://id.example/{}", n + 1)));
    }
    assert_eq!(failure(builder(&issuer, &time)).await, JwksFetchError::Redirect.to_string());
    assert_eq!(urls(&issuer).len(), 4);

    issuer.does("https://id.example/3", metadata(NAME, URL));
    issuer.does(URL, redirect("/keys2"));
    issuer.does("https://id.example/keys2", Does::Answer(200, Vec::new(), set(&[&key])));
    let client = builder(&issuer, &time).start().await.expect("client");
    assert_eq!(at_once(&client, &key, time.now()), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn no_redirect_leads_out_of_the_origin() {
    let (issuer, time) = (Issuer::default(), Time::start());
    issuer.does("https://evil.example/", Does::Answer(200, Vec::new(), set(&[&Key::new("a")])));
    for target in [
        "https://evil.example/",
        "//evil.example/",
        "http://id.example/keys",
        "https://id.example:444/keys",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1/",
        "file:///etc/passwd",
        "",
    ] {
        for page in [OPENID, URL] {
            issuer.does(OPENID, metadata(NAME, URL));
            issuer.does(page, redirect(target));
            let refused = failure(builder(&issuer, &time)).await;
            assert_eq!(refused, JwksFetchError::Redirect.to_string(), "{page} to {target:?}");
        }
    }
    let twice = vec![("location", "/a".to_owned()), ("location", "/b".to_owned())];
    issuer.does(OPENID, Does::Answer(302, twice, String::new()));
    assert_eq!(failure(builder(&issuer, &time)).await, JwksFetchError::Redirect.to_string());
    issuer.does(OPENID, Does::Answer(302, Vec::new(), String::new()));
    assert_eq!(failure(builder(&issuer, &time)).await, JwksFetchError::Redirect.to_string());
    assert!(urls(&issuer).iter().all(|url| url == OPENID || url == URL));
}

#[tokio::test(start_paused = true)]
async fn where_the_keys_are_is_asked_again_after_a_day_and_after_a_failure() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let (issuer, time) = (Issuer::with(&[&old]), Time::start());
    issuer.does(OPENID, metadata(NAME, URL));
    let client = builder(&issuer, &time).start().await.expect("client");
    let asked = |url: &str| urls(&issuer).iter().filter(|asked| *asked == url).count();
    sleep(Duration::from_secs(23 * 3_600)).await;
    assert!(asked(OPENID) == 1 && asked(URL) > 20);
    sleep(Duration::from_secs(2 * 3_600)).await;
    assert_eq!(asked(OPENID), 2);

    let moved = "https://id.example/moved";
    issuer.does(moved, Does::Answer(200, Vec::new(), set(&[&new])));
    issuer.does(OPENID, metadata(NAME, moved));
    issuer.does(URL, Does::Answer(410, Vec::new(), String::new()));
    assert_eq!(ask(&client, &new.token(time.now()), time.now()).await, Err(Reason::KeysUnavailable));
    sleep(Duration::from_secs(2)).await;
    assert_eq!(at_once(&client, &new, time.now()), Ok(()));
    assert_eq!(ask(&client, &made_up("old"), time.now()).await, Err(Reason::UnknownKey));
}

#[tokio::test(start_paused = true)]
async fn the_tag_of_one_url_says_nothing_of_another() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let (first, second) = ("https://id.example/1", "https://id.example/2");
    let tagged = |key: &Key| Does::Tagged("\"1\"", set(&[key]));
    for redirected in [false, true] {
        let (issuer, time) = (Issuer::default(), Time::start());
        let leads_to = |url: &str| {
            issuer.does(OPENID, metadata(NAME, if redirected { URL } else { url }));
            issuer.does(URL, redirect(url));
        };
        issuer.does(first, tagged(&old));
        issuer.does(second, tagged(&new));
        leads_to(first);
        let client = builder(&issuer, &time).start().await.expect("client");
        sleep(Duration::from_secs(3_600)).await;
        let has_tag = |asked: &Asked| asked.headers.contains_key("if-none-match");
        // Where it is from, it is sent.
        assert!(issuer.asked().iter().any(|asked| asked.url == first && has_tag(asked)));
        assert!(issuer.asked().iter().all(|asked| asked.url == first || !has_tag(asked)));

        leads_to(second);
        sleep(Duration::from_secs(25 * 3_600)).await;
        assert_eq!(at_once(&client, &new, time.now()), Ok(()), "{redirected}");
        assert_eq!(at_once(&client, &old, time.now()), Err(Reason::UnknownKey), "{redirected}");
        let mut to_second = issuer.asked().into_iter().filter(|asked| asked.url == second);
        assert!(to_second.next().is_some_and(|asked| !has_tag(&asked)), "{redirected}");
        assert!(to_second.next().is_some_and(|asked| has_tag(&asked)), "{redirected}");
    }
}
