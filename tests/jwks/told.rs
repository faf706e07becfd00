//! What logs and metrics say of the keys of an issuer.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, Key as Name, KeyName, Metadata, Recorder, SharedString,
    Unit,
};
use portcullis::Clock;
use portcullis::jwt::JwksClient;
use tokio::time::sleep;

use crate::keys::{Key, ask, made_up};
use crate::simulated::{Does, Issuer, Time, URL};

/// Writes down every change as a line, without the name of the crate and of the issuer.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Metric(Lines, String);

impl Metric {
    fn write(&self, change: &str) {
        self.0.0.lock().expect("lines").push(format!("{} {change}", self.1));
    }
}

impl CounterFn for Metric {
    fn increment(&self, value: u64) {
        self.write(&format!("+{value}"));
    }

    fn absolute(&self, value: u64) {
        self.write(&format!("={value}"));
    }
}

impl GaugeFn for Metric {
    fn increment(&self, value: f64) {
        self.write(&format!("+{value}"));
    }

    fn decrement(&self, value: f64) {
        self.write(&format!("-{value}"));
    }

    fn set(&self, value: f64) {
        self.write(&format!("={value}"));
    }
}

impl Lines {
    fn metric(&self, name: &Name) -> Arc<Metric> {
        let mut labels = name.labels().map(|label| format!("{}={}", label.key(), label.value()));
        assert_eq!(labels.next(), Some(format!("issuer={URL}")));
        let short = name.name().strip_prefix("portcullis_jwks_").expect("the prefix").to_owned();
        let named = std::iter::once(short).chain(labels).collect::<Vec<_>>();
        Arc::new(Metric(self.clone(), named.join(" ")))
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("lines"))
    }
}

impl Recorder for Lines {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Name, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.metric(key))
    }

    fn register_gauge(&self, key: &Name, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.metric(key))
    }

    fn register_histogram(&self, _: &Name, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// A document with a key that is refused.
fn bad_id(kid: &str) -> String {
    format!(r#"{{"keys":[{{"kty":"oct","alg":"HS256","kid":"{kid}","k":"c2VjcmV0"}}]}}"#)
}

/// A document with a key that is refused, and a good one.
fn with_a_bad_key(good: &Key) -> Does {
    let document = bad_id("bad-key").replace("]}", &format!(",{}]}}", good.jwk()));
    Does::Answer(200, Vec::new(), document)
}

#[tokio::test(start_paused = true)]
async fn every_fetch_every_dropped_key_and_every_unknown_id_is_counted() {
    let lines = Lines::default();
    let _guard = metrics::set_default_local_recorder(&lines);
    let (old, new, time) = (Key::new("old"), Key::new("new"), Time::start());
    let issuer = Issuer::default();
    issuer.does(URL, with_a_bad_key(&old));
    let client = issuer.builder(&time).start().await.expect("client");
    assert_eq!(
        lines.taken(),
        [
            "dropped_keys_total +1",
            "fetches_total cause=schedule outcome=replaced +1",
            "keys =1",
            "fetched_at_seconds =1700000000",
        ]
    );
    let ask = |token: String| {
        let (client, now) = (client.clone(), time.now());
        async move { ask(&client, &token, now).await }
    };

    issuer.publish(&[&old, &new]);
    assert_eq!(ask(new.token(time.now())).await, Ok(()));
    assert!(ask(made_up("x")).await.is_err());
    let replaced = "fetches_total cause=unknown-id outcome=replaced +1";
    let at = "fetched_at_seconds =1700000000";
    let found = "unknown_ids_total outcome=found +1";
    assert_eq!(lines.taken(), [replaced, "keys =2", at, found, "unknown_ids_total outcome=cooling +1"]);

    sleep(Duration::from_secs(31)).await;
    assert!(ask(made_up("x")).await.is_err());
    assert!(ask(made_up("x")).await.is_err());
    let unknown = "unknown_ids_total outcome=unknown +1";
    let unchanged = "fetches_total cause=unknown-id outcome=unchanged +1";
    let at = "fetched_at_seconds =1700000031";
    assert_eq!(lines.taken(), [unchanged, "keys =2", at, unknown, unknown]);

    sleep(Duration::from_secs(31)).await;
    issuer.fails();
    assert!(ask(made_up("y")).await.is_err());
    assert_eq!(
        lines.taken(),
        ["fetches_total cause=unknown-id outcome=status +1", "unknown_ids_total outcome=unavailable +1"]
    );
}

thread_local! {
    /// None on threads that have not asked: what other tests log there is not kept.
    static CAPTURED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAPTURED.with_borrow_mut(|log| log.as_mut().map(|log| log.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What this thread has logged since it was asked last.
fn logged() -> String {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let all = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
        all.with_ansi(false).without_time().with_writer(|| Writer).init();
    });
    String::from_utf8(CAPTURED.replace(Some(Vec::new())).unwrap_or_default()).expect("text")
}

#[tokio::test(start_paused = true)]
async fn the_log_says_what_became_of_the_keys_and_nothing_of_tokens() {
    logged();
    let (key, time, folder) = (Key::new("good-key"), Time::start(), tempfile::tempdir().expect("folder"));
    let issuer = Issuer::default();
    issuer.does(URL, with_a_bad_key(&key));
    let client = issuer.builder(&time).start().await.expect("client");
    let log = logged();
    for line in [
        r#"WARN portcullis: a key of an issuer is not used: a shared secret is in a public set"#,
        r#" place=1 id="bad-key""#,
        "INFO portcullis: the keys of an issuer were replaced",
    ] {
        assert!(log.contains(line), "{log}");
    }
    issuer.does(URL, Does::Answer(200, Vec::new(), bad_id(&"k".repeat(100_000))));
    assert!(ask(&client, &made_up("x"), time.now()).await.is_err());
    let long = logged();
    assert!(long.contains("a shared secret") && long.len() < 1_000, "{long}");
    assert!(log.lines().all(|line| line.contains(&format!(r#"issuer="{URL}""#))), "{log}");

    issuer.publish(&[&key]);
    sleep(Duration::from_secs(31)).await;
    issuer.does(URL, Does::HangUp);
    logged();
    let token = made_up("made-up-id");
    assert!(ask(&client, &token, time.now()).await.is_err());
    let log = logged();
    let line = "WARN portcullis: the keys of an issuer cannot be fetched: no whole answer came";
    assert!(log.contains(line) && log.contains("the request failed"), "{log}");
    assert!(log.contains("in_a_row=1") && log.contains(r#"cause="unknown-id""#), "{log}");
    assert!(!log.contains("made-up-id") && !log.contains(&token[..20]), "{log}");

    let path = folder.path().join("keys.json");
    std::fs::write(&path, "{").expect("written");
    let start = |path| {
        let builder = JwksClient::builder(URL).with_http_client(issuer.client()).with_clock(time.clone());
        builder.with_snapshot(path).start()
    };
    assert!(start(path).await.is_err());
    assert!(logged().contains("WARN portcullis: the snapshot of the keys is not used: the file is damaged"));
    issuer.publish(&[&key]);
    let _client = start(folder.path().join("none/keys.json")).await.expect("client");
    while !logged().contains("WARN portcullis: the snapshot of the keys is not written: the file: ") {
        sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn http_on_this_machine_is_logged_as_a_danger() {
    logged();
    let _builder = JwksClient::builder("http://127.0.0.1/").dangerous_allow_http();
    assert!(logged().contains("an unsafe setting is on"));
}
