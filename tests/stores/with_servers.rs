//! `scripts/with-servers`, which the whole run is under.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::private_servers::address;

/// Longer than any end takes: what takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The script with a PostgreSQL that is named already, and a Redis too or else its own.
fn with_servers(redis: Option<&str>, shell: &str) -> Command {
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/with-servers"));
    command.args(["sh", "-c", shell]).env("DATABASE_URL", "named").env_remove("REDIS_URL");
    command.envs(redis.map(|url| ("REDIS_URL", url)));
    command
}

#[test]
fn servers_that_are_named_are_used() {
    let output = with_servers(Some("too"), "echo $DATABASE_URL $REDIS_URL").output().expect("an end");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "named too\n");
}

#[test]
fn it_exits_as_its_command_does() {
    for (shell, code) in [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 128 + 9)] {
        let output = with_servers(None, shell).output().expect("an end");
        assert_eq!(output.status.code(), Some(code), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn it_says_what_is_missing_and_does_not_run() {
    // Root would install it.
    let folder = TempDir::new().expect("a folder");
    let id = folder.path().join("id");
    fs::write(&id, "#!/bin/sh\necho 1000\n").expect("a file");
    fs::set_permissions(&id, fs::Permissions::from_mode(0o755)).expect("a program");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").expect("a path"));
    let output = with_servers(None, "echo it ran")
        .env_remove("DATABASE_URL")
        .env("PATH", path)
        .env("PORTCULLIS_POSTGRES_BIN", folder.path())
        .env("PORTCULLIS_REDIS_SERVER", folder.path().join("redis-server"))
        .output()
        .expect("an end");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("missing: postgresql redis-server; please install"), "{words}");
}

#[test]
fn a_server_goes_when_its_owner_is_killed() {
    // `read` holds the command until this test lets go of its input.
    let mut child = with_servers(None, "echo $REDIS_URL; read -r line")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process");
    let mut url = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut url).expect("its output");
    let mut connection = TcpStream::connect(address(url.trim_end())).expect("it is up");
    connection.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    child.kill().expect("killed");
    // The connection ends with the server.
    match connection.read(&mut [0; 1]) {
        Ok(read) => assert_eq!(read, 0),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    child.wait().expect("its end");
}
