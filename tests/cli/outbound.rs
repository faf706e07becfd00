//! `outbound`: secrets of other services, which are put in and never come out.

use portcullis::outbound::{OutboundSecretStore, OutboundSecrets};
use portcullis::store::StoredPrincipal;
use portcullis::store::sqlite::SqliteKeyStore;

use crate::harness::{Cli, text};
use crate::server::master;

const VALUE: &str = "h0Vc2mQx.T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";

/// The secrets as a service over the same file has them.
fn secrets(cli: &Cli) -> OutboundSecrets {
    let secrets = OutboundSecrets::new();
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let store = SqliteKeyStore::<StoredPrincipal>::connect(cli.path("keys.db"), master()).await;
        secrets.reload(&OutboundSecretStore::new(store.expect("a store"))).await.expect("loaded");
    });
    secrets
}

#[test]
fn a_secret_that_is_put_in_is_sent_until_it_is_switched_off() {
    let cli = Cli::sqlite();
    let file = cli.file("value", format!("{VALUE}\n"));
    let put = ["outbound", "put", "WISPHUB_NET_KEY", "--value-file", &file];
    cli.ok(&put);
    assert!(secrets(&cli).find("WISPHUB_NET_KEY").is_ok_and(|value| value.matches(VALUE.as_bytes())));
    cli.ok(&["outbound", "disable", "WISPHUB_NET_KEY"]);
    cli.ok(&put);
    assert!(secrets(&cli).find("WISPHUB_NET_KEY").is_err());
    let listed = cli.one(&["outbound", "list"]);
    assert_eq!((text(&listed, "name"), &listed["enabled"]), ("WISPHUB_NET_KEY".to_owned(), &false.into()));
    assert!(listed["updated_at"].is_string());
    cli.ok(&["outbound", "enable", "WISPHUB_NET_KEY"]);
    assert!(secrets(&cli).find("WISPHUB_NET_KEY").is_ok());
    cli.ok(&["outbound", "remove", "WISPHUB_NET_KEY"]);
    assert!(cli.json(&["outbound", "list"]).is_empty());
}

#[test]
fn no_value_comes_out_again() {
    let cli = Cli::sqlite();
    let log = cli.path("audit.log").to_str().expect("a path").to_owned();
    let file = cli.file("value", VALUE);
    let mut said = String::new();
    for arguments in [
        &["outbound", "put", "A", "--value-file", &file][..],
        &["outbound", "list"],
        &["outbound", "list", "--json"],
        &["outbound", "disable", "A"],
        &["outbound", "remove", "A"],
    ] {
        said += &cli.ok(&[arguments, &["--audit-log", &log, "--acting-as", "ada"]].concat());
    }
    let log = std::fs::read_to_string(log).expect("the log");
    assert!(!said.contains(VALUE) && !log.contains(VALUE));
    assert_eq!(log.matches(r#""event":"secret-changed","name":"A","by":"cli:ada""#).count(), 3, "{log}");
    for change in ["set", "switched-off", "removed"] {
        assert!(log.contains(&format!(r#""change":"{change}""#)), "{log}");
    }
    let database = std::fs::read(cli.path("keys.db")).expect("the file");
    assert!(!database.windows(VALUE.len()).any(|window| window == VALUE.as_bytes()));
}

#[test]
fn what_is_no_name_or_no_value_is_refused_without_being_repeated() {
    let cli = Cli::sqlite();
    let good = cli.file("good", VALUE);
    let bad = cli.file("bad", "two\nl1nes");
    let refused = cli.fails(&["outbound", "put", "my s3cret", "--value-file", &good], 2, "the name is");
    assert!(!refused.err.contains("s3cret"));
    let refused = cli.fails(&["outbound", "put", "A", "--value-file", &bad], 2, "--value-file");
    assert!(!refused.err.contains("l1nes"));
    for action in ["enable", "disable", "remove"] {
        cli.fails(&["outbound", action, "A"], 1, "there is no secret A");
    }
    assert!(cli.json(&["outbound", "list"]).is_empty());
}
