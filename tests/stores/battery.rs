//! That the battery is whole: every claim is a test of every store.

use std::collections::BTreeSet;
use std::process::Command;

use portcullis::conformance::CLAIMS;

const KEYS: &[&str] = &["keys", "roles", "limits", "sites"];
const LEGACY: &[&str] = &["keys", "roles", "limits", "sites", "legacy"];
const NONCES: &[&str] = &["nonces"];
const COUNTERS: &[&str] = &["counters"];
/// Keys of which nodes are told what changed.
const TOLD: &[&str] = &["keys", "roles", "limits", "sites", "changes", "messages"];

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
        ("memory", LEGACY),
        ("memory_behind_arc", LEGACY),
        ("memory_behind_filter", LEGACY),
        ("memory_audited", LEGACY),
        ("memory_erased", KEYS),
        ("sqlite_file", KEYS),
        ("sqlite_file_behind_arc", KEYS),
        ("sqlite_file_audited", KEYS),
        ("postgres", KEYS),
        ("postgres_behind_arc", KEYS),
        ("postgres_audited", KEYS),
        ("sqlite_file", &["changes"]),
        ("sqlite_file_behind_arc", &["changes"]),
        ("postgres", &["changes", "messages"]),
        ("postgres_behind_arc", &["changes", "messages"]),
        ("sqlite_counters", &["counters"]),
        ("postgres_counters", &["counters"]),
        ("sqlite_nonces", NONCES),
        ("postgres_nonces", NONCES),
        ("memory_nonces", NONCES),
        ("memory_counters", COUNTERS),
        ("memory_nonces_behind_arc", NONCES),
        ("redis", TOLD),
        ("redis_behind_arc", TOLD),
        ("redis_audited", KEYS),
        ("redis_nonces", NONCES),
        ("redis_nonces_behind_arc", NONCES),
        ("redis_counters", COUNTERS),
    ];
    let tests = tests();
    for (store, groups) in stores {
        let claims: BTreeSet<String> =
            names(groups).into_iter().map(|claim| format!("{store}::{claim}")).collect();
        assert!(claims.is_subset(&tests), "{store}: {:?}", claims.difference(&tests));
    }
}

#[test]
fn no_claim_was_lost() {
    let least = [
        ("keys", 45),
        ("roles", 16),
        ("limits", 9),
        ("sites", 4),
        ("legacy", 8),
        ("nonces", 6),
        ("counters", 6),
        ("changes", 1),
        ("messages", 1),
    ];
    assert_eq!(CLAIMS.len(), least.len());
    for ((group, claims), (expected, least)) in CLAIMS.iter().zip(least) {
        assert!(*group == expected && claims.len() >= least, "{group}: {} claims", claims.len());
    }
}
