//! That the battery is whole: every claim is a test of every store.

use std::collections::BTreeSet;
use std::process::Command;

use portcullis::conformance::CLAIMS;

const KEYS: &[&str] = &["keys", "roles", "limits", "sites", "legacy"];
/// Keys whose changes are counted.
const COUNTED: &[&str] =
    &["keys", "roles", "limits", "sites", "legacy", "key_changes", "changes", "legacy_changes"];
/// Keys of which nodes are told what changed.
const TOLD: &[&str] = &[
    "keys",
    "roles",
    "limits",
    "sites",
    "legacy",
    "key_changes",
    "changes",
    "legacy_changes",
    "key_messages",
    "messages",
];
const NONCES: &[&str] = &["nonces"];
const COUNTERS: &[&str] = &["counters"];
const ADDRESSES: &[&str] = &["addresses"];
const TOKENS: &[&str] = &["refresh", "revocations"];
const KEY_RINGS: &[&str] = &["key_rings"];

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
        ("memory", KEYS),
        ("memory_behind_arc", KEYS),
        ("memory_behind_filter", KEYS),
        ("memory_audited", KEYS),
        ("memory_erased", KEYS),
        ("memory_keys_erased", &["keys"]),
        ("memory_cached", KEYS),
        ("memory_nonces", NONCES),
        ("memory_nonces_behind_arc", NONCES),
        ("memory_counters", COUNTERS),
        ("memory_counters_behind_arc", COUNTERS),
        ("memory_counters_erased", COUNTERS),
        ("memory_addresses", ADDRESSES),
        ("memory_addresses_behind_arc", ADDRESSES),
        ("sqlite_file_audited", KEYS),
        ("sqlite_file_erased", COUNTED),
        ("sqlite_file", COUNTED),
        ("sqlite_file_behind_arc", COUNTED),
        ("sqlite_file_cached", COUNTED),
        ("sqlite_nonces", NONCES),
        ("sqlite_counters", COUNTERS),
        ("sqlite_counters_erased", COUNTERS),
        ("sqlite_addresses", ADDRESSES),
        ("sqlite_addresses_erased", ADDRESSES),
        ("postgres_erased", TOLD),
        ("postgres", TOLD),
        ("postgres_behind_arc", TOLD),
        ("postgres_cached", TOLD),
        ("postgres_nonces", NONCES),
        ("postgres_counters", COUNTERS),
        ("postgres_addresses", ADDRESSES),
        ("postgres_addresses_erased", ADDRESSES),
        ("redis_erased", TOLD),
        ("redis", TOLD),
        ("redis_behind_arc", TOLD),
        ("redis_cached", TOLD),
        ("redis_nonces", NONCES),
        ("redis_nonces_erased", NONCES),
        ("redis_nonces_behind_arc", NONCES),
        ("redis_counters", COUNTERS),
        ("redis_addresses", ADDRESSES),
        ("redis_addresses_erased", ADDRESSES),
        ("memory_tokens", TOKENS),
        ("memory_tokens_behind_arc", TOKENS),
        ("memory_refresh_erased", &["refresh"]),
        ("memory_revocations_erased", &["revocations"]),
        ("memory_revocations_cached", &["revocations"]),
        ("memory_key_rings", KEY_RINGS),
        ("memory_key_rings_behind_arc", KEY_RINGS),
        ("memory_key_rings_erased", KEY_RINGS),
        ("sqlite_tokens", TOKENS),
        ("sqlite_key_rings", KEY_RINGS),
        ("postgres_tokens", TOKENS),
        ("postgres_key_rings", KEY_RINGS),
        ("redis_tokens", TOKENS),
        ("redis_key_rings", KEY_RINGS),
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
    let counts = [
        ("keys", 87),
        ("roles", 16),
        ("limits", 8),
        ("sites", 4),
        ("legacy", 11),
        ("nonces", 6),
        ("counters", 6),
        ("addresses", 5),
        ("refresh", 11),
        ("revocations", 6),
        ("key_rings", 3),
        ("key_changes", 1),
        ("key_messages", 1),
        ("changes", 1),
        ("messages", 1),
        ("legacy_changes", 1),
    ];
    let counted: Vec<_> = CLAIMS.iter().map(|(group, claims)| (*group, claims.len())).collect();
    assert_eq!(counted, counts);
}
