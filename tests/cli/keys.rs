//! The life of a key.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::harness::{Cli, column, text};
use crate::server::{Server, paste};

fn with_site() -> Cli {
    let cli = Cli::sqlite();
    cli.ok(&["accounts", "add", "acme"]);
    cli.ok(&["sites", "add", "shop", "--account", "acme", "--url", "https://shop.example/"]);
    cli.ok(&["users", "add", "ada", "--account", "acme"]);
    cli
}

#[test]
fn a_key_opens_a_server_until_it_is_revoked() {
    let cli = with_site();
    let (id, secret) = cli.issue(&["--site", "shop", "--prefix", "igny8_"]);
    assert!(secret.starts_with("igny8_"));
    let server = Server::over(&cli);
    let file = cli.file("key", &secret);
    let url = format!("{}/whoami", server.url);
    let line = cli.ok(&["sign", "curl", "--scheme", "api-key", "--secret-file", &file, &url]);
    let (status, body) = paste(&cli, &line, &[]);
    assert_eq!((status, text(&body, "account")), (200, "acme".to_owned()));
    cli.ok(&["keys", "revoke", &id, "--reason", "the shop has closed"]);
    assert_eq!(paste(&cli, &line, &[]).0, 401);
}

#[test]
fn what_is_known_of_a_key_is_shown_without_its_secret() {
    let cli = with_site();
    let (id, secret) = cli.issue(&[
        "--site",
        "shop",
        "--label",
        "a robot",
        "--scope",
        "orders:read",
        "--limit",
        "100/1m",
        "--expires",
        "90d",
        "--allow",
        "192.0.2.0/24",
        "--note",
        "two\nlines",
    ]);
    let key = cli.one(&["keys", "show", &id]);
    let hint = key["hint"].as_str().expect("a text");
    assert_eq!(hint.split_once('…').map(|(_, last)| last), Some(&secret[secret.len() - 4..]));
    assert_eq!(column(&cli.json(&["keys", "list", "--search", &hint.to_uppercase()]), "id"), [id.as_str()]);
    assert!(cli.json(&["keys", "list", "--search", "robot", "--scheme", "x-auth"]).is_empty());
    assert_eq!(cli.json(&["keys", "list", "--never-used", "--sort", "last-used", "--desc"]).len(), 1);
    for (name, value) in [
        ("scheme", "api-key"),
        ("status", "active"),
        ("account", "acme"),
        ("site", "shop"),
        ("label", "a robot"),
        ("site_url", "https://shop.example/"),
        ("note", "two\nlines"),
        ("realm", "default"),
    ] {
        assert_eq!(key[name], value, "{name}");
    }
    assert_eq!(key["limits"], serde_json::json!(["100/60"]));
    assert_eq!(key["scopes"], serde_json::json!(["orders:read"]));
    assert_eq!((&key["entry_points"], &key["revoked_at"]), (&Value::Null, &Value::Null));
    let shown = cli.ok(&["keys", "show", &id]);
    assert!(shown.contains("note              two\\nlines\n"), "{shown}");
    assert!(!shown.contains(&secret) && !key.to_string().contains(&secret));
    cli.fails(&["keys", "show", "nobody"], 1, "no such key");
}

#[test]
fn a_list_has_every_page_and_the_filters_of_the_store() {
    let cli = with_site();
    let bulk = cli.json(&["keys", "bulk", "--count", "1203", "--account", "acme", "--batch", "700"]);
    assert_eq!(bulk.len(), 1203);
    let (id, _) = cli.issue(&["--user", "ada", "--expires", "3d"]);
    let ids = |arguments: &[&str]| column(&cli.json(&[&["keys", "list"], arguments].concat()), "id");
    let all = ids(&[]);
    assert_eq!(all.len(), 1204);
    assert!(all.is_sorted());
    assert_eq!(ids(&["--first", "7"]), all[..7]);
    assert_eq!(ids(&["--user", "ada"]), [id.as_str()]);
    assert_eq!(ids(&["--expires-within", "1w"]), [id.as_str()]);
    assert_eq!(ids(&["--site-url", "SHOP"]), [""; 0]);
    assert_eq!(ids(&["--due"]), [""; 0]);
    assert_eq!(ids(&["--due", "0", "--user", "ada"]), [id.as_str()]);
    cli.ok(&["keys", "disable", &id]);
    assert_eq!(ids(&["--status", "disabled"]), [id.as_str()]);
    cli.ok(&["keys", "enable", &id]);
    assert_eq!(ids(&["--status", "disabled"]), [""; 0]);
}

#[test]
fn a_table_is_aligned_and_ends_with_its_columns() {
    let cli = with_site();
    cli.issue(&["--user", "ada", "--id", "one", "--label", "a much longer label"]);
    cli.issue(&["--site", "shop", "--id", "number-two"]);
    let table = cli.ok(&["keys", "list"]);
    let lines: Vec<_> = table.lines().collect();
    for (head, expected) in [("SCHEME", "api-key  …"), ("HINT", "…"), ("STATUS", "active  ")] {
        let place = lines[0].find(head).expect("a head");
        // A hint has a character of more than one byte.
        let behind = |line: &&str| line.chars().skip(place).collect::<String>();
        assert!(lines[1..].iter().map(behind).all(|rest| rest.starts_with(expected)), "{table}");
    }
    assert!(lines.iter().all(|line| !line.ends_with(' ')) && lines.len() == 3, "{table}");
}

#[test]
fn a_rotated_key_has_a_new_secret_and_the_old_one_for_a_while() {
    let cli = with_site();
    let (id, old) = cli.issue(&["--user", "ada", "--format", "checked:acme:live"]);
    cli.fails(&["keys", "rotate", &id], 2, "--overlap");
    let rotated = cli.one(&["keys", "rotate", &id, "--overlap", "1h"]);
    let new = text(&rotated, "secret");
    assert_eq!(rotated["done"], "rotated");
    assert!(new.starts_with(&format!("acme_live_{id}_")) && new != old);
    let server = Server::over(&cli);
    let opens = |secret: &str| {
        let file = cli.file("key", secret);
        let line = cli.ok(&[
            "sign",
            "curl",
            "--scheme",
            "api-key",
            "--carrier",
            "bearer",
            "--secret-file",
            &file,
            &server.url,
        ]);
        paste(&cli, &line, &[]).0
    };
    assert_eq!((opens(&old), opens(&new)), (200, 200));
    cli.ok(&["keys", "rotate", &id, "--overlap", "0s"]);
    assert_eq!(opens(&new), 401);
    cli.ok(&["keys", "revoke", &id, "--reason", "r"]);
    cli.fails(&["keys", "rotate", &id, "--overlap", "0s"], 1, "the key was revoked");
}

#[test]
fn the_first_reason_of_a_revocation_stands() {
    let cli = with_site();
    let (id, _) = cli.issue(&["--user", "ada"]);
    cli.fails(&["keys", "revoke", &id], 2, "--reason");
    cli.ok(&["keys", "revoke", &id, "--reason", "first"]);
    cli.ok(&["keys", "revoke", &id, "--reason", "second"]);
    let key = cli.one(&["keys", "show", &id]);
    assert_eq!(
        (text(&key, "status"), text(&key, "revoked_reason")),
        ("revoked".to_owned(), "first".to_owned())
    );
    cli.fails(&["keys", "revoke", "nobody", "--reason", "r"], 1, "no such key");
}

#[test]
fn an_edit_changes_what_is_named_and_nothing_else() {
    let cli = with_site();
    cli.file("routes", "orders.read /orders/{id}\n");
    cli.ok(&["entry-points", "sync", "routes"]);
    let (id, _) = cli.issue(&["--user", "ada", "--label", "kept", "--expires", "90d", "--scope", "a b"]);
    let own = ["keys", "edit", id.as_str()];
    let edit = |arguments: &[&'static str]| [&own, arguments].concat();
    cli.ok(&edit(&[
        "--expires",
        "never",
        "--scope",
        "c",
        "--note",
        "n",
        "--limit",
        "5/1h",
        "--entry-point",
        "orders.read",
        "--deny",
        "10.0.0.0/8",
    ]));
    let key = cli.one(&["keys", "show", &id]);
    assert_eq!(
        (text(&key, "label"), text(&key, "note"), &key["expires_at"]),
        ("kept".into(), "n".into(), &Value::Null)
    );
    assert_eq!((column_of(&key, "scopes"), column_of(&key, "limits")), (vec!["c"], vec!["5/3600"]));
    assert_eq!(
        (column_of(&key, "entry_points"), column_of(&key, "denied_networks")),
        (vec!["orders.read"], vec!["10.0.0.0/8"])
    );
    cli.ok(&edit(&["--no-scopes", "--no-limits", "--any-entry-point", "--any-network"]));
    let key = cli.one(&["keys", "show", &id]);
    assert_eq!(
        (column_of(&key, "scopes").len(), column_of(&key, "limits").len(), &key["entry_points"]),
        (0, 0, &Value::Null)
    );
    cli.fails(&edit(&[]), 2, "nothing to change");
    cli.fails(&edit(&["--entry-point", "orders.raed"]), 1, "no such entry point");
}

fn column_of<'a>(key: &'a Value, name: &str) -> Vec<&'a str> {
    key[name].as_array().expect(name).iter().filter_map(Value::as_str).collect()
}

#[test]
fn a_mistyped_entry_point_is_refused_before_a_key_is_issued() {
    let cli = with_site();
    cli.fails(
        &["keys", "issue", "--user", "ada", "--entry-point", "orders.raed"],
        1,
        "no entry point orders.raed",
    );
    assert_eq!(cli.json(&["keys", "list"]).len(), 0);
}

#[test]
fn bulk_makes_a_key_for_each_site_of_a_list_in_a_file_for_its_owner_alone() {
    let cli = with_site();
    cli.ok(&["sites", "add", "blog", "--account", "acme"]);
    let sites = cli.file("sites", "shop\n\n blog \n");
    let out = cli.path("keys.tsv");
    let arguments =
        ["keys", "bulk", "--sites", &sites, "--prefix", "igny8_", "--out", out.to_str().expect("a path")];
    let done = cli.run(&[&arguments[..], &["--progress"]].concat());
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (Some(0), "", "2 of 2\n"), "{done:?}");
    assert_eq!(std::fs::metadata(&out).expect("a file").permissions().mode() & 0o777, 0o600);
    let lines = std::fs::read_to_string(&out).expect("lines");
    let lines: Vec<Vec<_>> = lines.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.iter().map(|line| line[0]).collect::<Vec<_>>(), ["shop", "blog"]);
    assert!(lines.iter().all(|line| line.len() == 3 && line[2].starts_with("igny8_")));
    cli.fails(&arguments, 1, "--out cannot be created");
    assert_eq!(cli.json(&["keys", "list"]).len(), 2);
}

#[test]
fn a_batch_with_one_wrong_owner_issues_no_key() {
    let cli = with_site();
    let sites = cli.file("sites", "shop\nnowhere\n");
    cli.fails(&["keys", "bulk", "--sites", &sites], 1, "the site nowhere is not known");
    assert_eq!(cli.json(&["keys", "list"]).len(), 0);
    cli.fails(&["keys", "bulk", "--sites", &sites, "--batch", "1"], 1, "1 keys were issued before");
    assert_eq!(cli.json(&["keys", "list"]).len(), 1);
}

#[test]
fn clear_revokes_every_key_of_a_site_and_no_other() {
    let cli = with_site();
    let (first, _) = cli.issue(&["--site", "shop"]);
    let (second, _) = cli.issue(&["--site", "shop"]);
    let (other, _) = cli.issue(&["--user", "ada"]);
    let done = cli.one(&["keys", "clear", "--site", "shop", "--reason", "closed"]);
    assert_eq!(done["keys"], 2);
    let status = |id: &str| text(&cli.one(&["keys", "show", id]), "status");
    assert_eq!([status(&first), status(&second), status(&other)], ["revoked", "revoked", "active"]);
    cli.fails(&["keys", "clear", "--reason", "r"], 2, "--site");
}

#[test]
fn an_imported_secret_is_the_one_in_the_file() {
    let cli = with_site();
    let file = cli.file("old", "igny8_0123456789abcdefghij\n");
    let (_, secret) = cli.issue(&["--user", "ada", "--prefix", "igny8_", "--import-file", &file]);
    assert_eq!(secret, "igny8_0123456789abcdefghij");
    let again = ["keys", "issue", "--user", "ada", "--prefix", "igny8_", "--import-file", &file];
    cli.fails(&again, 1, "exists already");
}

#[test]
fn a_key_that_was_found_is_revoked_if_it_is_ours() {
    let cli = with_site();
    let (id, secret) = cli.issue(&["--user", "ada"]);
    let (signing, signing_secret) = cli.issue(&["--user", "ada", "--scheme", "x-auth"]);
    let strange = cli.run_with(&["keys", "leaked"], b"igny8_0123456789abcdefghij");
    assert_eq!(strange.code, Some(1));
    let done = cli.run_with(&["keys", "leaked", "--where", "a gist"], format!(" {secret}\n").as_bytes());
    assert_eq!((done.code, done.out), (Some(0), format!("revoked: key {id}, realm default\n")));
    let done = cli.run_with(&["keys", "leaked"], secret.as_bytes());
    assert_eq!((done.code, done.out), (Some(0), format!("revoked before: key {id}, realm default\n")));
    assert_eq!(text(&cli.one(&["keys", "show", &id]), "revoked_reason"), "leaked: a gist");
    let leaked = |secret: &str| {
        cli.run_with(&["keys", "leaked", "--scheme", "x-auth", "--id", &signing], secret.as_bytes()).code
    };
    assert_eq!((leaked("another secret"), leaked(&signing_secret)), (Some(1), Some(0)));
    assert_eq!(text(&cli.one(&["keys", "show", &signing]), "status"), "revoked");
}

#[test]
fn keys_under_a_pepper_are_found_under_it() {
    let cli = with_site().with("PORTCULLIS_KEY_PEPPER", "a pepper of some length");
    let (_, secret) = cli.issue(&["--user", "ada"]);
    let dump = format!("GET / HTTP/1.1\nX-API-Key: {secret}\n\n");
    assert_eq!(cli.run_with(&["explain"], dump.as_bytes()).code, Some(0));
    let other = cli.with("PORTCULLIS_KEY_PEPPER", "another pepper");
    assert_eq!(other.run_with(&["explain"], dump.as_bytes()).code, Some(4));
}

#[test]
fn keys_under_the_earlier_pepper_are_found_while_it_is_replaced() {
    let cli = with_site();
    let leaked = |cli: &Cli, secret: &str| cli.run_with(&["keys", "leaked"], secret.as_bytes()).code;
    let (_, plain) = cli.issue(&["--user", "ada"]);
    let cli = cli.with("PORTCULLIS_KEY_PEPPER", "the first pepper");
    assert_eq!(leaked(&cli, &plain), Some(1));
    let cli = cli.with("PORTCULLIS_KEY_PEPPER_EARLIER", "none");
    assert_eq!(leaked(&cli, &plain), Some(0));
    let (_, first) = cli.issue(&["--user", "ada"]);
    let cli = cli.with("PORTCULLIS_KEY_PEPPER", "the second pepper");
    assert_eq!(leaked(&cli, &first), Some(1));
    let earlier = cli.file("earlier", "the first pepper\n");
    let cli =
        cli.without("PORTCULLIS_KEY_PEPPER_EARLIER").with("PORTCULLIS_KEY_PEPPER_EARLIER_FILE", &earlier);
    assert_eq!(leaked(&cli, &first), Some(0));
    // What is new is under the second alone.
    let (_, second) = cli.issue(&["--user", "ada"]);
    assert_eq!(leaked(&cli.without("PORTCULLIS_KEY_PEPPER_EARLIER_FILE"), &second), Some(0));
}

#[test]
fn an_id_may_begin_with_a_hyphen_as_generated_ones_do() {
    let cli = with_site();
    for id in ["-a", "--a", "-hXa", "-Xa"] {
        assert_eq!(cli.issue(&["--user", "ada", "--scheme", "x-auth", "--id", id]).0, id);
        cli.ok(&["keys", "disable", id]);
        cli.ok(&["keys", "enable", "--json", id]);
        let secret = text(&cli.one(&["keys", "rotate", id, "--overlap", "0s"]), "secret");
        let file = cli.file("key", &secret);
        cli.ok(&["sign", "curl", "--scheme", "x-auth", "--id", id, "--secret-file", &file, "http://a/"]);
        let leaked = cli.run_with(&["keys", "leaked", "--scheme", "x-auth", "--id", id], secret.as_bytes());
        assert_eq!(leaked.code, Some(0), "{leaked:?}");
        assert_eq!(text(&cli.one(&["keys", "show", "--realm", "default", id]), "status"), "revoked");
    }
}

#[test]
fn the_compatible_form_is_switched_off_and_on_key_by_key() {
    let cli = with_site();
    let forms = |id: &str| text(&cli.one(&["keys", "show", id]), "signature_forms");
    for scheme in ["x-auth", "query-signature"] {
        let (id, _) = cli.issue(&["--scheme", scheme, "--user", "ada"]);
        assert_eq!(forms(&id), "any");
        cli.ok(&["keys", "edit", &id, "--strict-only"]);
        assert_eq!(forms(&id), "strict-only");
        cli.ok(&["keys", "edit", &id, "--label", "a robot"]);
        assert_eq!(forms(&id), "strict-only");
        cli.ok(&["keys", "edit", &id, "--any-form"]);
        assert_eq!(forms(&id), "any");
        let (id, _) = cli.issue(&["--scheme", scheme, "--user", "ada", "--strict-only"]);
        assert_eq!(forms(&id), "strict-only");
    }
    let (id, _) = cli.issue(&["--user", "ada"]);
    cli.fails(&["keys", "edit", &id, "--strict-only"], 1, "only keys of x-auth");
    cli.fails(&["keys", "issue", "--user", "ada", "--strict-only"], 2, "--strict-only is for keys");
}
