//! What a hostile server can do to a client and to the requests of a service: nothing.

use std::sync::Arc;
use std::time::Duration;

use portcullis::jwt::{JwksClient, JwksClientBuilder, JwksError, JwksFetchError};
use portcullis::{Clock, Reason, SystemClock};
use tokio::time::Instant;

use crate::hostile::{Harm, Hostile};
use crate::keys::{Key, ask, at_once, made_up, set};

const TIMEOUT: Duration = Duration::from_millis(1_500);
/// What this machine may take for itself.
const SLACK: Duration = Duration::from_secs(3);
const LONGEST: u64 = 256 * 1024;

fn builder(server: &Hostile) -> JwksClientBuilder {
    JwksClient::builder(&server.url).dangerous_allow_http().with_timeout(TIMEOUT)
}

fn good(key: &Key) -> Harm {
    Harm::Good("application/json", set(&[key]).into())
}

fn with_length(head: &str, body: Vec<u8>) -> Harm {
    Harm::Sends(format!("HTTP/1.1 {head}content-length: {}\r\n\r\n", body.len()), body)
}

/// Every harm, and the word for what the client says to it.
fn harms(elsewhere: &Hostile) -> Vec<(&'static str, Harm, &'static str)> {
    let many =
        |key: &str, count: usize| format!(r#"{{"keys":[{}]}}"#, vec![key; count].join(",")).into_bytes();
    let redirect = |to: &str| with_length(&format!("302 Found\r\nlocation: {to}\r\n"), Vec::new());
    // A gzip stream; whether it would unpack is never found out.
    let bomb = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0; 10_000]].concat();
    vec![
        ("silence", Harm::Silence, "NoAnswer(TimedOut)"),
        ("slow", Harm::Slow(TIMEOUT * 20, "{}".into()), "NoAnswer(TimedOut)"),
        ("a slow drip", Harm::Drips, "NoAnswer(TimedOut)"),
        ("hanging up", Harm::HangsUp, "NoAnswer(Failed"),
        ("500", with_length("500 Oh\r\n", Vec::new()), "Status(500)"),
        ("503", with_length("503 Away\r\nretry-after: 1\r\n", b"{}".to_vec()), "Status(503)"),
        ("401", with_length("401 No\r\nwww-authenticate: Basic\r\n", Vec::new()), "Status(401)"),
        ("204", Harm::Sends("HTTP/1.1 204 None\r\n\r\n".into(), Vec::new()), "Status(204)"),
        ("html", with_length("200 OK\r\n", b"<!doctype html><p>Sign in".to_vec()), "Set(Unreadable)"),
        ("no http", Harm::Sends("SSH-2.0-x\r\n\r\n".into(), Vec::new()), "NoAnswer(Failed"),
        ("no text", with_length("200 OK\r\n", vec![0xff; 100]), "Set(Unreadable)"),
        ("10 MiB", with_length("200 OK\r\n", vec![b' '; 10 << 20]), "NoAnswer(TooLong)"),
        ("one byte too many", with_length("200 OK\r\n", vec![b' '; 262_145]), "NoAnswer(TooLong)"),
        ("100,000 keys", with_length("200 OK\r\n", many("{}", 100_000)), "NoAnswer(TooLong)"),
        ("80,000 keys", with_length("200 OK\r\n", many("{}", 80_000)), "Set(TooMany)"),
        ("deep", with_length("200 OK\r\n", vec![b'['; 200_000]), "Set(Unreadable)"),
        ("endless chunks", Harm::EndlessChunks, "NoAnswer(TooLong)"),
        ("endless headers", Harm::EndlessHeaders, "NoAnswer("),
        ("gzip", with_length("200 OK\r\ncontent-encoding: gzip\r\n", bomb), "Compressed"),
        ("redirect elsewhere", redirect(&elsewhere.url), "Redirect"),
        ("redirect to https", redirect("https://127.0.0.1:1/keys"), "Redirect"),
        ("redirect to metadata", redirect("http://169.254.169.254/latest/meta-data/"), "Redirect"),
        ("redirect to itself", redirect("/keys"), "Redirect"),
    ]
}

#[tokio::test]
async fn whatever_a_server_does_the_keys_stay_and_nothing_is_read_without_end() {
    let key = Key::new("a");
    let elsewhere = Hostile::start(good(&key)).await;
    for (name, harm, expected) in harms(&elsewhere) {
        let server = Hostile::start(good(&key)).await;
        let client = builder(&server).start().await.expect(name);
        let sent = server.sent();
        server.does(harm);
        let (begun, now) = (Instant::now(), SystemClock.now());
        let answer = ask(&client, &made_up("x"), now).await;
        let waited = begun.elapsed();
        assert_eq!(answer, Err(Reason::KeysUnavailable), "{name}");
        let failure = format!("{:?}", last_failure(&client).await.expect(name));
        assert!(failure.starts_with(expected), "{name}: {failure}");
        assert!(waited < TIMEOUT + SLACK, "{name}: {waited:?}");
        assert_eq!(at_once(&client, &key, SystemClock.now()), Ok(()), "{name}");
        // What the kernel holds on both sides is not read.
        let sent = server.sent() - sent;
        println!("{name}: {failure}, {sent} bytes taken, after {waited:.0?}");
        assert!(sent <= LONGEST + (8 << 20), "{name}: {sent}");
    }
    assert_eq!(elsewhere.asked(), 0);
}

/// What failed. On a busy machine, who asked may have given up a moment before it is written.
async fn last_failure(client: &JwksClient) -> Option<Arc<JwksFetchError>> {
    for _ in 0..1_000 {
        if let Some(failure) = client.state().last_failure {
            return Some(failure);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    None
}

#[tokio::test]
async fn a_start_with_a_hostile_server_is_an_error_in_time() {
    let elsewhere = Hostile::start(good(&Key::new("a"))).await;
    for (name, harm, expected) in harms(&elsewhere) {
        let server = Hostile::start(harm).await;
        let begun = Instant::now();
        match builder(&server).start().await {
            Err(JwksError::Fetch(failure)) => {
                assert!(format!("{failure:?}").starts_with(expected), "{name}: {failure:?}");
            }
            other => panic!("{name}: {other:?}"),
        }
        assert!(begun.elapsed() < TIMEOUT + SLACK, "{name}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn the_content_type_does_not_matter_where_the_document_is_a_set() {
    let key = Key::new("a");
    for kind in ["application/jwk-set+json", "text/plain", "application/octet-stream", "text/html", "x"] {
        let server = Hostile::start(Harm::Good(kind, set(&[&key]).into())).await;
        let client = builder(&server).start().await.expect(kind);
        assert_eq!(at_once(&client, &key, SystemClock.now()), Ok(()), "{kind}");
    }
}

#[test]
fn no_server_makes_a_client_grow() {
    // One thread for server and client: what both keep is counted.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let key = Key::new("a");
    let round = || {
        runtime.block_on(async {
            let elsewhere = Hostile::start(good(&key)).await;
            for (name, harm, _) in harms(&elsewhere) {
                if matches!(harm, Harm::Silence | Harm::Slow(..) | Harm::Drips) {
                    continue;
                }
                let server = Hostile::start(good(&key)).await;
                let client = builder(&server).start().await.expect(name);
                server.does(harm);
                assert!(ask(&client, &made_up("x"), SystemClock.now()).await.is_err());
            }
            // What is under way ends.
            tokio::time::sleep(Duration::from_millis(100)).await;
        });
    };
    let kept: Vec<_> = (0..6).map(|_| allocation_counter::measure(round).bytes_current).collect();
    println!("bytes kept by each round: {kept:?}");
    // The 21 documents of a round have 13 MiB; a single one that stays would be more.
    assert!(kept[3..].iter().sum::<i64>() < 192 * 1024, "{kept:?}");
}

#[tokio::test]
async fn plain_http_is_refused_unless_it_is_asked_for() {
    let server = Hostile::start(good(&Key::new("a"))).await;
    assert!(matches!(JwksClient::builder(&server.url).start().await, Err(JwksError::Url(_))));
    assert_eq!(server.asked(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_rotate_under_load_and_no_good_token_is_refused() {
    let all: Arc<[Key]> = (0..4).map(|n| Key::new(&n.to_string())).collect();
    let publish = |n: usize| Harm::Slow(Duration::from_millis(50), set(&[&all[n], &all[n + 1]]).into());
    let server = Hostile::start(publish(0)).await;
    let client = builder(&server).with_timeout(SLACK).with_cooldown(Duration::from_secs(1));
    let client = client.start().await.expect("client");
    for n in 1..3 {
        // The key that is used from now on was published before, and the next one is new.
        server.does(publish(n));
        let mut asking = tokio::task::JoinSet::new();
        let (asked, begun) = (server.asked(), Instant::now());
        for worker in 0..200 {
            let (client, all) = (client.clone(), Arc::clone(&all));
            asking.spawn(async move {
                let now = SystemClock.now();
                let key = &all[n + usize::from(worker % 2 == 0)];
                for _ in 0..20 {
                    assert_eq!(ask(&client, &key.token(now), now).await, Ok(()));
                }
            });
        }
        while let Some(done) = asking.join_next().await {
            done.expect("accepted");
        }
        assert_eq!(server.asked() - asked, 1);
        println!("rotation {n}: 4,000 tokens in {:.0?}, 1 fetch", begun.elapsed());
        let gone = at_once(&client, &all[n - 1], SystemClock.now());
        assert_eq!(gone, Err(Reason::UnknownKey));
        // However late the fetch began: when this ends, so has its cooldown.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
