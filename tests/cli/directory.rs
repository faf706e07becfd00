//! Users, accounts, sites, groups, roles, privileges and entry points.

use serde_json::{Value, json};

use crate::harness::{Cli, column, text};

#[test]
fn owners_are_added_listed_limited_and_switched() {
    let cli = Cli::sqlite();
    cli.ok(&["accounts", "add", "acme"]);
    cli.ok(&["accounts", "add", "other"]);
    cli.ok(&["users", "add", "ada", "--account", "acme"]);
    cli.ok(&["users", "add", "bob"]);
    cli.ok(&["sites", "add", "shop", "--account", "acme", "--url", "https://shop.example/"]);
    assert_eq!(column(&cli.json(&["accounts", "list"]), "id"), ["acme", "other"]);
    assert_eq!(column(&cli.json(&["users", "list"]), "id"), ["ada", "bob"]);
    assert_eq!(column(&cli.json(&["users", "list", "--account", "acme"]), "id"), ["ada"]);
    cli.ok(&["sites", "limit", "shop", "--limit", "100/1m", "--limit", "1000/1h"]);
    let site = cli.one(&["sites", "list"]);
    assert_eq!(
        (&site["limits"], text(&site, "url")),
        (&json!(["100/60", "1000/3600"]), "https://shop.example/".into())
    );
    cli.ok(&["sites", "limit", "shop", "--none"]);
    cli.ok(&["sites", "url", "shop", "--none"]);
    let site = cli.one(&["sites", "list"]);
    assert_eq!((&site["limits"], &site["url"]), (&json!([]), &Value::Null));

    let (id, _) = cli.issue(&["--user", "ada"]);
    let status = || text(&cli.one(&["keys", "show", &id]), "status");
    cli.ok(&["users", "disable", "ada"]);
    assert_eq!(status(), "owner-inactive");
    assert_eq!(cli.json(&["users", "list", "--account", "acme"])[0]["active"], false);
    cli.ok(&["users", "enable", "ada"]);
    cli.ok(&["accounts", "disable", "acme"]);
    assert_eq!(status(), "owner-inactive");
    cli.ok(&["accounts", "enable", "acme"]);
    assert_eq!(status(), "active");

    cli.fails(&["accounts", "add", "acme"], 1, "exists already");
    cli.fails(&["users", "add", "eve", "--account", "nowhere"], 1, "owner is not known");
    cli.fails(&["users", "disable", "nobody"], 1, "owner is not known");
    cli.fails(&["sites", "limit", "shop"], 2, "--limit");
    cli.fails(&["sites", "limit", "shop", "--limit", "often"], 2, "--limit");
}

#[test]
fn a_list_of_owners_has_every_page() {
    let cli = Cli::sqlite();
    // As one process: a thousand would take their time.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        use portcullis::store::KeyAdmin;
        let path = cli.path("keys.db");
        let store = portcullis::store::sqlite::SqliteKeyStore::<portcullis::store::StoredPrincipal>::connect(
            path,
            crate::server::master(),
        );
        let store = store.await.expect("a store");
        for number in 0..501 {
            store.add_account(&format!("account-{number:04}").into()).await.expect("added");
        }
    });
    let ids = column(&cli.json(&["accounts", "list"]), "id");
    assert_eq!((ids.len(), ids.is_sorted()), (501, true));
}

#[test]
fn users_have_privileges_by_groups_and_roles() {
    let cli = Cli::sqlite();
    for arguments in [
        ["users", "add", "ada"],
        ["groups", "add", "staff"],
        ["roles", "add", "runner"],
        ["privileges", "add", "run"],
    ] {
        cli.ok(&arguments);
    }
    cli.ok(&["privileges", "add", "--label", "Use API Key"]);
    cli.ok(&["groups", "add-user", "staff", "ada"]);
    cli.ok(&["groups", "give", "staff", "runner"]);
    cli.ok(&["roles", "give", "runner", "run"]);
    assert_eq!(column(&cli.json(&["users", "groups", "ada"]), "group"), ["staff"]);
    assert_eq!(column(&cli.json(&["groups", "users", "staff"]), "user"), ["ada"]);
    assert_eq!(cli.one(&["groups", "list"])["roles"], json!(["runner"]));
    assert_eq!(cli.one(&["roles", "list"])["privileges"], json!(["run"]));
    assert_eq!(column(&cli.json(&["privileges", "list"]), "label"), ["run", "Use API Key"]);
    cli.fails(&["roles", "give", "runner", "fly"], 1, "no such privilege");
    cli.fails(&["groups", "give", "staff", "pilot"], 1, "no such role");
    cli.fails(&["groups", "users", "nobody"], 1, "no such group");
    cli.ok(&["roles", "take", "runner", "run"]);
    cli.ok(&["groups", "take", "staff", "runner"]);
    cli.ok(&["groups", "remove-user", "staff", "ada"]);
    cli.ok(&["privileges", "remove", "run"]);
    cli.ok(&["roles", "remove", "runner"]);
    cli.ok(&["groups", "remove", "staff"]);
    assert_eq!(cli.json(&["groups", "list"]).len() + cli.json(&["roles", "list"]).len(), 0);
    assert_eq!(cli.ok(&["groups", "list"]), "ID  ROLES\n");
}

#[test]
fn a_list_of_entry_points_takes_the_place_of_the_one_before() {
    let cli = Cli::sqlite();
    let list = cli.file("routes", "# ours\norders.read /orders/{id}\n/health\n");
    let report = cli.one(&["entry-points", "sync", &list]);
    assert_eq!((&report["added"], &report["gone"]), (&json!(["/health", "orders.read"]), &json!([])));
    let done = cli.run_with(&["entry-points", "sync", "-", "--json"], b"orders.read /v2/orders/{id}\n");
    let report: Value = serde_json::from_str(&done.out).expect("json");
    assert_eq!((&report["changed"], &report["gone"]), (&json!(["orders.read"]), &json!(["/health"])));
    let saved = cli.json(&["entry-points", "list"]);
    assert_eq!(saved.iter().map(|one| one["live"] == true).collect::<Vec<_>>(), [false, true]);
    assert_eq!(text(&saved[1], "pattern"), "/v2/orders/{id}");
    cli.fails(&["entry-points", "sync", "-"], 2, "--empty");
    assert_eq!(cli.run_with(&["entry-points", "sync", "-"], b"a /\na /b\n").code, Some(1));
    assert_eq!(cli.run_with(&["entry-points", "sync", "-"], b"a b c\n").code, Some(2));
}
