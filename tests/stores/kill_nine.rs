//! A process that is killed at any moment loses no key that it reported.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use portcullis::store::KeyAdmin;
use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::{KeyId, Scheme, Secret};
use sqlx::query_scalar;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tempfile::TempDir;

use crate::backends::master;
use crate::fixtures::*;

const NAME: &str = "kill_nine::kill_nine_loses_no_key";
const FILE: &str = "PORTCULLIS_KILL_NINE_FILE";
const ROUNDS: u64 = 30;
/// How long the parent counts, at most, before it kills: longer than a change takes.
const COUNT: u64 = 100_000;
const LONG: u64 = 1_000_000;

/// This test runs itself again, as the process that is killed.
#[test]
fn kill_nine_loses_no_key() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if let Some(file) = std::env::var_os(FILE) {
        return runtime.block_on(change_keys(Path::new(&file)));
    }
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("keys.db");
    let mut reported = HashMap::new();
    for round in 0..ROUNDS {
        let (after, count) = (1 + (round * 7919 + 3) % 37, (round * 51_787 + 11) % COUNT);
        let lines = run_and_kill(&path, after, count, &mut reported);
        assert!(lines > 0, "round {round} reported nothing");
        runtime.block_on(check(&path, &reported, round));
    }
    assert!(reported.len() > 25, "{} keys", reported.len());
}

/// The process that is killed: it reports each change when the store said that it is
/// kept.
async fn change_keys(path: &Path) {
    let store: SqliteKeyStore = SqliteKeyStore::connect(path, master()).await.expect("a file");
    store.migrate().await.expect("the schema");
    let report = |scheme: Scheme, id: &KeyId, secret: &Secret| {
        let line = format!("kept {scheme} {id} {}\n", secret.expose_text().expect("text"));
        std::io::stdout().lock().write_all(line.as_bytes()).expect("the parent listens");
        std::io::stdout().flush().expect("the parent listens");
    };
    for round in 0..100_000 {
        let key = if round % 2 == 0 { api_key() } else { signing_key() };
        let scheme = key.scheme;
        let issued = issue(&store, key).await;
        report(scheme, &issued.id, &issued.secret);
        for _ in 0..3 {
            let renewed = store.rotate(&default_realm(&issued.id), seconds(LONG), at(0)).await;
            report(scheme, &issued.id, &renewed.expect("rotated").secret);
        }
    }
}

/// Starts the process, kills it somewhere behind so many reports, and takes in what it reported
/// until it died. The newest secret of each key is what counts.
fn run_and_kill(path: &Path, after: u64, wait: u64, reported: &mut HashMap<String, (String, Secret)>) -> u64 {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", NAME, "--nocapture"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process");
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    let mut count = 0;
    loop {
        let mut line = String::new();
        // Whatever was cut off is no report.
        if output.read_line(&mut line).expect("its output") == 0 || !line.ends_with('\n') {
            break;
        }
        let words: Vec<_> = line.split_whitespace().skip_while(|word| *word != "kept").collect();
        let &[_, scheme, id, secret] = words.as_slice() else { continue };
        reported.insert(id.to_owned(), (scheme.to_owned(), Secret::from(secret)));
        count += 1;
        if count == after {
            // Counting moves the kill into the middle of a change.
            (0..wait).for_each(|_| std::hint::spin_loop());
            child.kill().expect("killed");
        }
    }
    assert!(!child.wait().expect("its end").success(), "it was killed");
    count
}

async fn check(path: &Path, reported: &HashMap<String, (String, Secret)>, round: u64) {
    let store: SqliteKeyStore = SqliteKeyStore::connect(path, master()).await.expect("a file");
    for (id, (scheme, secret)) in reported {
        let works = if scheme == "api-key" {
            find_key(&store, secret).await.is_some_and(|found| found.id().as_str() == id)
        } else {
            let found = find_id(&store, Scheme::XAuth, id).await;
            found.is_some_and(|found| signs_with(&found, secret, at(0)))
        };
        assert!(works, "round {round}: {scheme} {id} was reported and does not work");
    }

    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(path)).await.expect("a file");
    let integrity: String = query_scalar("PRAGMA integrity_check").fetch_one(&pool).await.expect("an answer");
    assert_eq!(integrity, "ok", "round {round}");
    let foreign = sqlx::query("PRAGMA foreign_key_check").fetch_all(&pool).await.expect("an answer");
    assert!(foreign.is_empty(), "round {round}: a secret without its key");
    let kept: i64 = query_scalar("SELECT count(*) FROM keys").fetch_one(&pool).await.expect("an answer");
    assert!(usize::try_from(kept).expect("a count") >= reported.len());
    let odd: i64 = query_scalar(
        "SELECT count(*) FROM keys k WHERE \
         (SELECT count(*) FROM key_secrets x WHERE x.key = k.number AND x.expires_at IS NULL) <> 1 \
         OR (SELECT count(*) FROM key_secrets x WHERE x.key = k.number) NOT IN (1, 2)",
    )
    .fetch_one(&pool)
    .await
    .expect("an answer");
    assert_eq!(odd, 0, "round {round}: keys that are not whole");
}
