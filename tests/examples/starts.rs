//! How the quickstart starts, stops, and keeps what it has.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::demo::{
    API_KEY, COMMANDS, Demo, EVENT, MESSAGE, SIGNED_URL, SIGV4, TOKEN, X_AUTH, changed, quickstart,
};
use crate::process::Example;
use crate::shell::paste;

#[test]
fn a_signal_ends_it_cleanly() {
    for signal in ["INT", "TERM"] {
        let demo = Demo::start();
        demo.service.signal(signal);
        assert_eq!(demo.service.remaining(), ["stopped"]);
        assert_eq!(demo.service.end().code, Some(0), "{signal}");
    }
}

#[test]
fn a_later_start_shows_no_secret_and_knows_every_one() {
    let demo = Demo::start();
    let token = demo.paste(TOKEN).json()["access_token"].as_str().expect("a token").to_owned();
    demo.service.signal("INT");
    assert_eq!(demo.service.remaining(), ["stopped"]);

    let again = Example::start(quickstart(demo.folder.path()));
    let (printed, address) = again.listening();
    let printed = printed.join("\n");
    assert!(printed.contains("the secrets were shown at the first start"), "{printed}");
    assert!(!printed.contains("curl") && demo.secrets().iter().all(|secret| !printed.contains(secret)));
    for label in [API_KEY, TOKEN, SIGNED_URL, X_AUTH, SIGV4, MESSAGE, EVENT] {
        let command = demo.command(label).replace(&demo.address, &address);
        assert_eq!(paste(&command).status, 200, "{label}");
    }
    let whoami = format!("curl http://{address}/whoami -H 'Authorization: Bearer {token}'");
    assert_eq!(paste(&whoami).status, 200);
}

#[test]
fn no_secret_is_in_the_log_or_in_the_database() {
    let demo = Demo::start();
    let secrets = demo.secrets().map(str::to_owned);
    for label in COMMANDS {
        assert!(demo.paste(label).status < 300, "{label}");
    }
    let token = demo.paste(TOKEN).json()["access_token"].as_str().expect("a token").to_owned();
    let wrong = changed(demo.api_key());
    assert_eq!(demo.paste_changed(API_KEY, demo.api_key(), &wrong).status, 401);
    let data = demo.folder.path().join("data");
    let master = fs::read(data.join("master.key")).expect("the master key");
    let mut seen = Vec::new();
    for entry in fs::read_dir(&data).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let bytes = fs::read(&path).expect("a file");
        if name != "master.key" {
            let random = secrets.iter().map(|secret| secret.trim_start_matches("igny8_").as_bytes());
            for secret in random.chain([token.as_bytes(), &master]) {
                let held = bytes.windows(secret.len()).any(|window| window == secret);
                assert!(!held, "a secret is in {name}");
            }
        }
        seen.push(name);
    }
    seen.sort();
    assert_eq!(seen, ["keys.db", "keys.db-shm", "keys.db-wal", "master.key"]);

    demo.service.signal("INT");
    let end = demo.service.end();
    assert!(end.log.contains("sqlx::query") && end.log.contains("the key is unknown"), "{}", end.log);
    for secret in secrets.iter().chain([&token, &wrong]) {
        assert!(!end.log.contains(secret.as_str()), "a secret is in the log");
    }
}

#[test]
fn everything_that_is_kept_is_for_its_owner_alone() {
    let mode = |path: &Path| fs::metadata(path).expect("its mode").permissions().mode() & 0o777;
    let demo = Demo::start();
    let data = demo.folder.path().join("data");
    assert_eq!(mode(&data), 0o700);
    for entry in fs::read_dir(&data).expect("the folder") {
        let path = entry.expect("an entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

/// Starts the quickstart, which fails, and gives what it says.
fn failure(folder: &Path, change: impl FnOnce(&mut Command)) -> String {
    let mut command = quickstart(folder);
    change(command.env("RUST_LOG", "off"));
    let service = Example::start(command);
    assert!(service.remaining().iter().all(|line| !line.starts_with("listening")));
    let end = service.end();
    assert_eq!(end.code, Some(1), "{}", end.log);
    end.log
}

#[test]
fn a_first_start_that_was_interrupted_is_not_taken_for_a_whole_one() {
    let folder = TempDir::new().expect("a folder");
    // Nobody reads the secrets: that is an error, and they were not shown.
    let mut unread = quickstart(folder.path()).stderr(Stdio::null()).spawn().expect("a process");
    drop(unread.stdout.take());
    assert_eq!(unread.wait().expect("its end").code(), Some(1));
    let said = failure(folder.path(), |_| {});
    assert!(said.contains("interrupted") && said.contains("delete"), "{said}");

    let data = folder.path().join("data");
    fs::remove_dir_all(&data).expect("deleted");
    fs::create_dir(&data).expect("made");
    fs::write(data.join("master.key"), [7; 3]).expect("written");
    assert!(failure(folder.path(), |_| {}).contains("interrupted"));

    fs::remove_dir_all(&data).expect("deleted");
    let service = Example::start(quickstart(folder.path()));
    assert!(service.listening().0.iter().any(|line| line.starts_with("curl")));
}

#[test]
fn a_master_key_that_is_gone_or_cut_short_is_an_error() {
    let demo = Demo::start();
    demo.service.signal("INT");
    assert_eq!(demo.service.remaining(), ["stopped"]);
    let key = demo.folder.path().join("data/master.key");
    fs::write(&key, [7; 31]).expect("written");
    assert!(failure(demo.folder.path(), |_| {}).contains("a master key is 32 bytes"));
    fs::remove_file(&key).expect("deleted");
    assert!(failure(demo.folder.path(), |_| {}).contains("master.key is gone"));
    assert!(!key.exists(), "no new master key is made for an old database");
}

#[test]
fn a_port_that_is_none_is_an_error_before_anything_is_made() {
    let folder = TempDir::new().expect("a folder");
    for port in ["http", "65536", "-1", ""] {
        let named = format!("{port:?} is no port");
        let argument = failure(folder.path(), |command| _ = command.arg(port));
        let variable = failure(folder.path(), |command| _ = command.env("PORT", port));
        assert!(argument.contains(&named) && variable.contains(&named), "{argument} {variable}");
    }
    assert!(failure(folder.path(), |command| _ = command.args(["0", "0"])).contains("too many arguments"));
    assert!(!folder.path().join("data").exists());

    let mut command = quickstart(folder.path());
    command.arg("0").env("PORT", "http");
    Example::start(command).listening();
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let demo = Demo::start();
    let port = demo.address.rsplit(':').next().expect("a port").to_owned();
    let other = TempDir::new().expect("a folder");
    let said = failure(other.path(), |command| _ = command.env("PORT", &port));
    assert!(said.contains(&format!("cannot listen on {}", demo.address)), "{said}");
}
