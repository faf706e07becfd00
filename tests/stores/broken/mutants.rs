//! Which claims about keys, roles, entry points, sites and hashes fail for which flaw.

use std::collections::BTreeSet;

use portcullis::conformance::CLAIMS;

use super::failed;
use super::flaw::Flaw;
use super::flawed::Flawed;

/// A flaw a line, and below it the claims that fail.
const EXPECTED: &str = include_str!("expected.txt");

const GROUPS: [&str; 5] = ["keys", "roles", "limits", "sites", "legacy"];

/// The claims that a store with this flaw does not pass.
fn failed(flaw: Flaw) -> Vec<&'static str> {
    let fresh = || Flawed::new(flaw);
    failed!(fresh () keys roles limits sites legacy)
}

/// The claims that are to fail for a flaw.
fn expected(flaw: Flaw) -> Vec<&'static str> {
    let mut lines = EXPECTED.lines().skip_while(|line| *line != format!("{flaw:?}"));
    assert!(lines.next().is_some(), "{flaw:?} is in the list");
    lines.map_while(|line| line.strip_prefix("    ")).collect()
}

#[test]
fn a_store_that_breaks_a_promise_fails_the_claims_of_it() {
    for flaw in Flaw::ALL {
        assert_eq!(failed(*flaw), expected(*flaw), "{flaw:?}");
    }
}

#[test]
fn every_claim_fails_for_some_store() {
    let failing: BTreeSet<_> = EXPECTED.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let claims = CLAIMS.iter().filter(|(group, _)| GROUPS.contains(group)).flat_map(|(_, claims)| *claims);
    assert_eq!(claims.copied().collect::<BTreeSet<_>>(), failing);
    assert!(Flaw::ALL.iter().all(|flaw| (*flaw == Flaw::None) == expected(*flaw).is_empty()));
}
