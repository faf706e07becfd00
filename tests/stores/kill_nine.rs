//! A process that is killed at any moment loses no key that it reported.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use portcullis::store::postgres::PostgresKeyStore;
use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::{KeyId, Scheme, Secret};

use crate::backends::master;
use crate::databases::{Database, Postgres, Sqlite};
use crate::fixtures::*;

/// Where the process that is killed finds its keys.
const PLACE: &str = "PORTCULLIS_KILL_NINE_PLACE";
/// How many processes are killed.
const KILLS: &str = "PORTCULLIS_KILLS";
const USUAL_KILLS: u64 = 50;
/// Every so many kills, every key there is is checked.
const ALL: u64 = 50;
/// How long the parent counts, at most, before it kills: longer than a change takes.
const COUNT: u64 = 100_000;
const LONG: u64 = 1_000_000;

/// What was reported: scheme and newest secret by id; that of a key that was imported by its hash is
/// not known to the store, unless it was adopted.
type Reported = HashMap<String, (String, Secret)>;

/// This test runs itself again, as the process that is killed.
#[test]
fn kill_nine_loses_no_key_of_sqlite() {
    let open = async |path: String| {
        let store: SqliteKeyStore = SqliteKeyStore::connect(path, master()).await.expect("a file");
        store.migrate().await.expect("the schema");
        store
    };
    let place = |place: &Sqlite| place.path().to_str().expect("a path").to_owned();
    kill_nine::<Sqlite>("kill_nine::kill_nine_loses_no_key_of_sqlite", open, place);
}

#[test]
fn kill_nine_loses_no_key_of_postgres() {
    let open = async |url: String| {
        let store: PostgresKeyStore = PostgresKeyStore::connect(&url, master()).await.expect("a database");
        store.migrate().await.expect("the schema");
        store
    };
    kill_nine::<Postgres>("kill_nine::kill_nine_loses_no_key_of_postgres", open, Postgres::url);
}

fn kill_nine<D: Database>(
    name: &str,
    open: impl AsyncFn(String) -> D::Store,
    name_of: impl Fn(&D) -> String,
) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if let Ok(place) = std::env::var(PLACE) {
        return runtime.block_on(async { change_keys(&open(place).await).await });
    }
    let kills = std::env::var(KILLS).map_or(USUAL_KILLS, |kills| kills.parse().expect("a number of kills"));
    let place = runtime.block_on(D::fresh());
    let mut reported = HashMap::new();
    for round in 0..kills {
        let (after, count) = (1 + (round * 7919 + 3) % 37, (round * 51_787 + 11) % COUNT);
        let lately = run_and_kill(name, &name_of(&place), after, count, &mut reported);
        assert!(!lately.is_empty(), "round {round} reported nothing");
        let lately = reported.iter().filter(|(id, _)| lately.contains(*id));
        runtime.block_on(check(&place, lately, round));
        // What was kept before is there too; asking for all of it each time would take the square.
        if round % ALL == ALL - 1 || round == kills - 1 {
            runtime.block_on(check(&place, reported.iter(), round));
            println!("{name}: {} kills, {} keys", round + 1, reported.len());
        }
    }
    assert!(u64::try_from(reported.len()).expect("a count") > kills / 2, "{} keys", reported.len());
}

/// The process that is killed: it reports each change when the store said that it is
/// kept.
async fn change_keys(store: &impl Store) {
    let report = |scheme: &str, id: &KeyId, secret: &Secret| {
        let line = format!("kept {scheme} {id} {}\n", secret.expose_text().expect("text"));
        std::io::stdout().lock().write_all(line.as_bytes()).expect("the parent listens");
        std::io::stdout().flush().expect("the parent listens");
    };
    for round in 0..100_000 {
        let key = if round % 2 == 0 { api_key() } else { signing_key() };
        let scheme = key.scheme;
        let issued = issue(store, key).await;
        report(scheme.name(), &issued.id, issued.secret.as_ref());
        for _ in 0..3 {
            let renewed = store.rotate(&default_realm(&issued.id), seconds(LONG), at(0)).await;
            report(scheme.name(), &issued.id, renewed.expect("rotated").secret.as_ref());
        }
        let text = format!("text-of-{}", issued.id);
        let key = import(store, &text).await;
        report("imported", &key.id, &Secret::from(text.as_str()));
        store.adopt(&key, &sha512(&text), &Secret::from(text.as_str())).await.expect("adopted");
        report("api-key", &key.id, &Secret::from(text.as_str()));
    }
}

/// Starts the process, kills it somewhere behind so many reports, and takes in what it reported
/// until it died. The newest secret of each key is what counts.
fn run_and_kill(name: &str, place: &str, after: u64, wait: u64, reported: &mut Reported) -> HashSet<String> {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", name, "--nocapture"])
        .env(PLACE, place)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process");
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    let (mut count, mut lately) = (0, HashSet::new());
    loop {
        let mut line = String::new();
        // Whatever was cut off is no report.
        if output.read_line(&mut line).expect("its output") == 0 || !line.ends_with('\n') {
            break;
        }
        let words: Vec<_> = line.split_whitespace().skip_while(|word| *word != "kept").collect();
        let &[_, scheme, id, secret] = words.as_slice() else { continue };
        reported.insert(id.to_owned(), (scheme.to_owned(), Secret::from(secret)));
        lately.insert(id.to_owned());
        count += 1;
        if count == after {
            // Counting moves the kill into the middle of a change.
            (0..wait).for_each(|_| std::hint::spin_loop());
            child.kill().expect("killed");
        }
    }
    assert!(!child.wait().expect("its end").success(), "it was killed");
    lately
}

/// Each of these keys works, and no key of the database is half there.
async fn check<'a, D: Database>(
    place: &D,
    reported: impl Iterator<Item = (&'a String, &'a (String, Secret))>,
    round: u64,
) {
    let store = place.connect(master()).await;
    let mut checked = 0;
    for (id, (scheme, secret)) in reported {
        let by_text = find_key(&store, secret).await.is_some_and(|found| found.id().as_str() == id);
        let works = if scheme == "api-key" {
            by_text
        } else if scheme == "imported" {
            // By its hash, or by its text already: by one of them.
            let text = secret.expose_text().expect("text");
            let by_hash = legacy_key(&store, text).await.expect("an answer");
            by_hash.is_some_and(|key| key.id.as_str() == id) != by_text
        } else {
            let found = find_id(&store, Scheme::XAuth, id).await;
            found.is_some_and(|found| signs_with(&found, secret, at(0)))
        };
        assert!(works, "round {round}: {scheme} {id} was reported and does not work");
        checked += 1;
    }
    place.check_integrity().await;
    let kept = place.count("keys").await;
    assert!(kept >= checked, "round {round}: {kept} keys");
    let odd = "keys k WHERE \
         (SELECT count(*) FROM key_secrets x WHERE x.key = k.number AND x.expires_at IS NULL) <> 1 \
         OR (SELECT count(*) FROM key_secrets x WHERE x.key = k.number) NOT IN (1, 2)";
    assert_eq!(place.count(odd).await, 0, "round {round}: keys that are not whole");
    D::close(&store).await;
}
