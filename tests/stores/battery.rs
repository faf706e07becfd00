//! That the battery is whole: every claim is a test of every store.

use std::collections::BTreeSet;
use std::process::Command;

use portcullis::conformance::CLAIMS;

/// The names of all tests of this binary, as it lists them.
fn tests() -> BTreeSet<String> {
    let this = std::env::current_exe().expect("this binary");
    let listed = Command::new(this).args(["--list", "--format", "terse"]).output().expect("a list");
    let listed = String::from_utf8(listed.stdout).expect("text");
    listed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

fn names(groups: &[&str]) -> BTreeSet<String> {
    let chosen = CLAIMS.iter().filter(|(group, _)| groups.contains(group));
    chosen.flat_map(|(_, claims)| claims.iter().map(|claim| (*claim).to_owned())).collect()
}

#[test]
fn every_claim_is_a_test_of_every_store() {
    let stores = [
        ("memory", &["keys", "roles", "limits", "sites"][..]),
        ("memory_behind_arc", &["keys", "roles", "limits", "sites"]),
        ("memory_behind_filter", &["keys", "roles", "limits", "sites"]),
        ("memory_audited", &["keys", "roles", "limits", "sites"]),
        ("sqlite_file", &["keys", "roles", "limits", "sites"]),
        ("sqlite_file_behind_arc", &["keys", "roles", "limits", "sites"]),
        ("sqlite_file_audited", &["keys", "roles", "limits", "sites"]),
        ("postgres", &["keys", "roles", "limits", "sites"]),
        ("postgres_behind_arc", &["keys", "roles", "limits", "sites"]),
        ("postgres_audited", &["keys", "roles", "limits", "sites"]),
        ("sqlite_nonces", &["nonces"]),
        ("postgres_nonces", &["nonces"]),
        ("memory_nonces", &["nonces"]),
        ("memory_nonces_behind_arc", &["nonces"]),
    ];
    let tests = tests();
    for (store, groups) in stores {
        let claims: BTreeSet<String> =
            names(groups).into_iter().map(|claim| format!("{store}::{claim}")).collect();
        assert!(claims.is_subset(&tests), "{store}: {:?}", claims.difference(&tests));
    }
}

#[test]
fn the_battery_has_this_many_claims() {
    let counts: Vec<_> = CLAIMS.iter().map(|(group, claims)| (*group, claims.len())).collect();
    assert_eq!(counts, [("keys", 45), ("roles", 16), ("limits", 9), ("sites", 4), ("nonces", 6)]);
}
