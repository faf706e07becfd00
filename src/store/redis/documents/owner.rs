//! A user, an account or a site.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{parse, print};
use crate::store::{Enabled, OwnerRef, OwnerSummary, StoreError};
use crate::{AccountId, Limits};

/// An owner as it is kept; its id is in its name.
#[derive(Clone, Debug)]
pub(in super::super) struct StoredOwner {
    pub(in super::super) account: Option<AccountId>,
    pub(in super::super) active: bool,
    pub(in super::super) url: Option<String>,
    pub(in super::super) limits: Limits,
    /// The numbers of the groups that a user is in; those of groups that are gone may be
    /// among them, and mean nothing.
    pub(in super::super) groups: BTreeSet<u64>,
    /// How often it was changed, for the epochs of its keys.
    pub(in super::super) epoch: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(deserialize_with = "Option::deserialize")]
    account: Option<String>,
    active: bool,
    #[serde(deserialize_with = "Option::deserialize")]
    url: Option<String>,
    limits: String,
    groups: BTreeSet<u64>,
    epoch: u64,
}

impl StoredOwner {
    /// A new one, active.
    pub(in super::super) fn new(account: Option<&AccountId>) -> Self {
        Self {
            account: account.cloned(),
            active: true,
            url: None,
            limits: Limits::none(),
            groups: BTreeSet::new(),
            epoch: 0,
        }
    }

    pub(in super::super) fn print(&self) -> Result<Vec<u8>, StoreError> {
        print(&Document {
            account: self.account.as_ref().map(ToString::to_string),
            active: self.active,
            url: self.url.clone(),
            limits: self.limits.to_string(),
            groups: self.groups.clone(),
            epoch: self.epoch,
        })
    }

    pub(in super::super) fn parse(document: &[u8]) -> Result<Self, StoreError> {
        let held: Document = parse(document, "an owner")?;
        Ok(Self {
            account: held.account.map(AccountId::from),
            active: held.active,
            url: held.url,
            limits: held
                .limits
                .parse()
                .map_err(|error| StoreError::corrupt_with("the limits of an owner", error))?,
            groups: held.groups,
            epoch: held.epoch,
        })
    }

    /// The line of a list.
    pub(in super::super) fn summary(self, owner: OwnerRef) -> OwnerSummary {
        OwnerSummary {
            owner,
            account: self.account,
            active: if self.active { Enabled::Yes } else { Enabled::No },
            url: self.url,
            limits: self.limits,
        }
    }
}
