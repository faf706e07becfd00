//! One round of the commands with PostgreSQL and with Redis, and what becomes of it without them.

use crate::harness::{Cli, column, text};
use crate::servers::{OwnPostgres, OwnRedis};

fn round(cli: &Cli) {
    cli.ok(&["migrate"]);
    cli.ok(&["migrate"]);
    cli.ok(&["accounts", "add", "acme"]);
    cli.ok(&["sites", "add", "shop", "--account", "acme", "--url", "https://shop.example/"]);
    let (id, secret) = cli.issue(&["--site", "shop", "--prefix", "igny8_"]);
    let (signing, signing_secret) = cli.issue(&["--scheme", "x-auth", "--account", "acme"]);
    assert_eq!(column(&cli.json(&["keys", "list", "--site-url", "shop"]), "id"), [id.as_str()]);
    assert_eq!(cli.json(&["keys", "list", "--account", "acme"]).len(), 2);
    let opens = |secret: &str| {
        cli.run_with(&["explain"], format!("GET / HTTP/1.1\nX-API-Key: {secret}\n\n").as_bytes()).code
    };
    assert_eq!(opens(&secret), Some(0));
    let rotated = text(&cli.one(&["keys", "rotate", &id, "--overlap", "0s"]), "secret");
    assert_eq!((opens(&secret), opens(&rotated)), (Some(4), Some(0)));
    cli.ok(&["keys", "revoke", &id, "--reason", "closed"]);
    assert_eq!(opens(&rotated), Some(4));
    let key = cli.one(&["keys", "show", &id]);
    assert_eq!(
        (text(&key, "status"), text(&key, "revoked_reason")),
        ("revoked".to_owned(), "closed".to_owned())
    );
    assert_eq!(cli.json(&["keys", "bulk", "--count", "7", "--batch", "3"]).len(), 7);
    assert_eq!(cli.json(&["keys", "list", "--status", "active"]).len(), 8);
    let leaked = ["keys", "leaked", "--scheme", "x-auth", "--id", &signing];
    assert_eq!(cli.run_with(&leaked, signing_secret.as_bytes()).code, Some(0));
    let list = cli.file("routes", "orders.read /orders/{id}\n");
    assert_eq!(cli.one(&["entry-points", "sync", &list])["added"][0], "orders.read");
    cli.fails(&["accounts", "add", "acme"], 1, "exists already");
}

#[test]
fn postgres() {
    let server = OwnPostgres::new();
    let cli = Cli::at(server.url());
    cli.fails(&["keys", "list"], 3, "see `portcullis migrate`");
    round(&cli);
    server.stop();
    cli.fails(&["keys", "list"], 3, "refused");
}

#[test]
fn redis() {
    let server = OwnRedis::new();
    let cli = Cli::at(server.url());
    round(&cli);
    server.stop();
    cli.fails(&["keys", "list"], 3, "cannot be reached");
}
