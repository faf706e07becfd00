//! Which claims about refresh tokens, revocations and rings of keys fail for which flaw.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;

use portcullis::Timestamp;
use portcullis::conformance::CLAIMS;
use portcullis::store::memory::{MemoryKeyRings, MemoryTokenStore};
use portcullis::store::{
    FamilyId, KeyRingStore, RefreshFamily, RefreshStore, RefreshTurn, Revocation, RevocationName, StoreError,
    StoredRing, TokenDigest, TokenRevocations, Turned,
};

use super::failed;
use crate::fixtures::at;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    /// A token that was used is only refused.
    ForgivesReuse,
    /// Whoever looked before a token was used is given the next one.
    LooksFirst,
    /// A token is good for ever.
    NeverIdle,
    /// A use begins the life of the family anew.
    NeverEnds,
    /// The facts of a family have no data.
    ForgetsData,
    /// Families are not ended by others.
    KeepsFamilies,
    /// The families of everybody end together.
    EndsEverybodys,
    /// A family that is there is begun again.
    BeginsAgain,
    /// What is not known is past.
    UnknownIsPast,

    /// The later revocation of a name stands.
    LastStands,
    /// Nothing is revoked.
    RevokesNothing,
    /// Answers are in the reverse order.
    Backwards,
    /// An epoch that is too great is a smaller one.
    CutsEpochs,
    /// A revocation is kept for a day at most.
    ForgetsSoon,
    /// Reads, waits and writes.
    LosesRevocations,

    /// Any version replaces a ring.
    AnyVersion,
    /// A ring is the same under each name.
    OneRing,
    /// Whoever looked before a ring was replaced replaces it too.
    RacesToReplace,
}

impl Flaw {
    const ALL: &[Self] = &[
        Self::None,
        Self::ForgivesReuse,
        Self::LooksFirst,
        Self::NeverIdle,
        Self::NeverEnds,
        Self::ForgetsData,
        Self::KeepsFamilies,
        Self::EndsEverybodys,
        Self::BeginsAgain,
        Self::UnknownIsPast,
        Self::LastStands,
        Self::RevokesNothing,
        Self::Backwards,
        Self::CutsEpochs,
        Self::ForgetsSoon,
        Self::LosesRevocations,
        Self::AnyVersion,
        Self::OneRing,
        Self::RacesToReplace,
    ];
}

struct Flawed {
    tokens: MemoryTokenStore,
    rings: MemoryKeyRings,
    /// Revocations of a store that writes what it works out.
    own: Mutex<HashMap<RevocationName, Revocation>>,
    flaw: Flaw,
}

/// A family that never ends.
fn endless(family: &RefreshFamily) -> RefreshFamily {
    let mut family = family.clone();
    family.ends_at = Timestamp::MAX;
    family
}

impl RefreshStore for Flawed {
    async fn begin(
        &self,
        id: &FamilyId,
        family: &RefreshFamily,
        token: &TokenDigest,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        if self.flaw == Flaw::BeginsAgain {
            self.tokens.end_family(id).await?;
        }
        match self.flaw {
            Flaw::NeverIdle => self.tokens.begin(id, family, token, family.ends_at).await,
            Flaw::NeverEnds => self.tokens.begin(id, &endless(family), token, until).await,
            _ => self.tokens.begin(id, family, token, until).await,
        }
    }

    async fn turn(&self, turn: &RefreshTurn) -> Result<Turned, StoreError> {
        let mut turn = *turn;
        match self.flaw {
            Flaw::NeverIdle => turn.until = Timestamp::MAX,
            Flaw::LooksFirst => {
                let turned = self.tokens.turn(&turn).await?;
                tokio::task::yield_now().await;
                return Ok(match turned {
                    Turned::Reused(family) => Turned::Next(family),
                    turned => turned,
                });
            }
            _ => {}
        }
        Ok(match (self.flaw, self.tokens.turn(&turn).await?) {
            (Flaw::ForgivesReuse, Turned::Reused(family)) => {
                self.tokens.begin(&turn.family, &family, &turn.presented, turn.until).await?;
                Turned::Unknown
            }
            (Flaw::ForgetsData, Turned::Next(family)) => Turned::Next(family.with_data("")),
            (Flaw::NeverEnds, Turned::Next(mut family)) => {
                family.ends_at = family.began_at.saturating_add(crate::fixtures::seconds(86_400));
                Turned::Next(family)
            }
            (Flaw::UnknownIsPast, Turned::Unknown) => Turned::Expired,
            (_, turned) => turned,
        })
    }

    async fn family(&self, id: &FamilyId) -> Result<Option<RefreshFamily>, StoreError> {
        let found = self.tokens.family(id).await?;
        Ok(if self.flaw == Flaw::ForgetsData { found.map(|family| family.with_data("")) } else { found })
    }

    async fn end_family(&self, id: &FamilyId) -> Result<bool, StoreError> {
        if self.flaw == Flaw::KeepsFamilies {
            return Ok(false);
        }
        self.tokens.end_family(id).await
    }

    async fn end_families_of(&self, issuer: &str, subject: &str) -> Result<u64, StoreError> {
        if self.flaw == Flaw::EndsEverybodys {
            let mut ended = 0;
            for user in [subject.to_owned(), subject.to_uppercase()] {
                ended += self.tokens.end_families_of(issuer, &user).await?;
            }
            return Ok(ended.min(2));
        }
        self.tokens.end_families_of(issuer, subject).await
    }
}

impl TokenRevocations for Flawed {
    async fn revoke(
        &self,
        name: &RevocationName,
        mut what: Revocation,
        mut until: Timestamp,
        mut now: Timestamp,
    ) -> Result<(), StoreError> {
        match self.flaw {
            Flaw::RevokesNothing => return Ok(()),
            Flaw::LastStands | Flaw::LosesRevocations
                if what.least_epoch <= portcullis::store::MOST_EPOCH =>
            {
                let held = self.own.lock().expect("a lock").get(name).copied();
                tokio::task::yield_now().await;
                let held = held.filter(|_| self.flaw == Flaw::LosesRevocations);
                let whole = held.map_or(what, |held| held.or(what));
                self.own.lock().expect("a lock").insert(*name, whole);
                return Ok(());
            }
            Flaw::CutsEpochs => what.least_epoch = what.least_epoch.min(1 << 53),
            Flaw::ForgetsSoon => {
                (until, now) = (until.min(now), now.saturating_add(crate::fixtures::seconds(1)))
            }
            _ => {}
        }
        self.tokens.revoke(name, what, until, now).await
    }

    async fn revoked(
        &self,
        names: &[RevocationName],
        now: Timestamp,
    ) -> Result<Vec<Option<Revocation>>, StoreError> {
        let mut answers = self.tokens.revoked(names, now).await?;
        if matches!(self.flaw, Flaw::LastStands | Flaw::LosesRevocations) {
            let own = self.own.lock().expect("a lock");
            answers = names.iter().map(|name| own.get(name).copied()).collect();
        }
        if self.flaw == Flaw::Backwards {
            answers.reverse();
        }
        Ok(answers)
    }
}

impl KeyRingStore for Flawed {
    async fn load_ring(&self, name: &str) -> Result<Option<StoredRing>, StoreError> {
        self.rings.load_ring(if self.flaw == Flaw::OneRing { "a" } else { name }).await
    }

    async fn replace_ring(&self, name: &str, ring: &StoredRing) -> Result<bool, StoreError> {
        let name = if self.flaw == Flaw::OneRing { "a" } else { name };
        if self.flaw == Flaw::AnyVersion {
            let held = self.rings.load_ring(name).await?.map_or(0, |held| held.version);
            return self.rings.replace_ring(name, &StoredRing::new(held + 1, ring.document.clone())).await;
        }
        let before = self.rings.load_ring(name).await?.map_or(0, |held| held.version);
        if self.flaw == Flaw::RacesToReplace {
            tokio::task::yield_now().await;
        }
        let replaced = self.rings.replace_ring(name, ring).await?;
        Ok(replaced || (self.flaw == Flaw::RacesToReplace && before + 1 == ring.version))
    }
}

fn failed(flaw: Flaw) -> Vec<&'static str> {
    let fresh = || Flawed {
        tokens: MemoryTokenStore::new(),
        rings: MemoryKeyRings::new(),
        own: Mutex::default(),
        flaw,
    };
    let mut all = failed!(fresh (at(100_000_000)) refresh revocations);
    all.extend(failed!(fresh () key_rings));
    all
}

/// A flaw a line, and below it the claims that fail.
const EXPECTED: &str = include_str!("expected_tokens.txt");

#[test]
fn stores_of_tokens_that_break_a_promise_fail_the_claim_of_it() {
    for flaw in Flaw::ALL {
        let mut lines = EXPECTED.lines().skip_while(|line| *line != format!("{flaw:?}"));
        assert!(lines.next().is_some(), "{flaw:?} is in the list");
        let expected: Vec<_> = lines.map_while(|line| line.strip_prefix("    ")).collect();
        assert_eq!(failed(*flaw), expected, "{flaw:?}");
        assert_eq!(expected.is_empty(), *flaw == Flaw::None, "{flaw:?}");
    }
}

#[test]
fn every_claim_about_tokens_fails_for_some_store() {
    let failing: BTreeSet<_> = EXPECTED.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let groups = ["refresh", "revocations", "key_rings"];
    let claims = CLAIMS.iter().filter(|(group, _)| groups.contains(group)).flat_map(|(_, claims)| *claims);
    assert_eq!(claims.copied().collect::<BTreeSet<_>>(), failing);
}
