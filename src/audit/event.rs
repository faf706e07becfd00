//! What is recorded.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use super::{KeyChange, KeyLimit, RequestFacts, RightsChange, SecretChange, Who};
use crate::store::{Enabled, FamilyId, KeyEdit, OwnerRef, SyncReport};
use crate::{AccountId, AuthError, KeyId, Limits, Reason, Scheme, SiteId, Timestamp};

/// The name of a caller who presented nothing, where the application has no other for it.
pub const ANONYMOUS: &str = "anonymous";

/// Something that happened. Making one copies no text: it borrows, or counts references.
///
/// ```
/// use portcullis::audit::{AuditEvent, RequestFacts};
/// use portcullis::{AuthError, Reason, Timestamp};
/// let request = RequestFacts::new("GET", "/orders");
/// let event =
///     AuditEvent::refused(Timestamp::from_unix_seconds(0), request, &AuthError::new(Reason::UnknownKey));
/// assert_eq!(event.name(), "refused");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditEvent<'a> {
    /// A request was let through, with a credential that is good.
    Authenticated {
        /// When.
        at: Timestamp,
        /// The request.
        request: RequestFacts<'a>,
        /// Who it is from.
        who: Who<'a>,
    },
    /// A request without any credential was let through.
    Anonymous {
        /// When.
        at: Timestamp,
        /// The request.
        request: RequestFacts<'a>,
        /// What the application calls such callers: [`ANONYMOUS`], or a name of its own.
        name: Cow<'a, str>,
    },
    /// A request was refused.
    Refused {
        /// When.
        at: Timestamp,
        /// The request.
        request: RequestFacts<'a>,
        /// Why.
        reason: Reason,
        /// The scheme that refused, if one did.
        scheme: Option<Scheme>,
        /// The stored key that was used, where one was found.
        key: Option<KeyId>,
    },
    /// A key was used from an address that it was not seen at before.
    FirstUse {
        /// When.
        at: Timestamp,
        /// The request.
        request: RequestFacts<'a>,
        /// Who it is from.
        who: Who<'a>,
        /// The address.
        address: IpAddr,
    },
    /// Too many credentials from some addresses were refused: they have to wait. The refusals
    /// are events of their own.
    Throttled {
        /// When.
        at: Timestamp,
        /// The request that was one too many.
        request: RequestFacts<'a>,
        /// The addresses.
        network: IpNet,
        /// For how long.
        wait: Duration,
    },
    /// A key was issued.
    KeyIssued(KeyChange),
    /// A key was given a new secret.
    KeyRotated(KeyChange),
    /// A key was withdrawn for good.
    KeyRevoked {
        /// Which key, and by whom.
        change: KeyChange,
        /// Why.
        reason: String,
    },
    /// What an operator may edit about a key was changed.
    KeyEdited {
        /// Which key, and by whom.
        change: KeyChange,
        /// What was edited.
        edit: KeyEdit,
    },
    /// A key was switched on or off.
    KeySwitched {
        /// Which key, and by whom.
        change: KeyChange,
        /// How the switch stands now.
        enabled: Enabled,
    },
    /// A key was limited to some entry points or networks, or freed of the limit.
    KeyLimited {
        /// Which key, and by whom.
        change: KeyChange,
        /// The limit that holds now.
        limit: KeyLimit,
    },
    /// A key was found where it does not belong.
    KeyLeaked {
        /// Which key, and who reported it.
        change: KeyChange,
        /// Where it was found.
        place: String,
        /// Whether that withdrew it; else it was withdrawn before, or what was found is
        /// a secret that the key has no longer.
        withdrawn: bool,
    },
    /// A user, an account or a site was made known.
    OwnerAdded {
        /// When.
        at: Timestamp,
        /// Who did it, where that was said.
        by: Option<Arc<str>>,
        /// The owner.
        owner: OwnerRef,
        /// The account that a user or a site belongs to.
        account: Option<AccountId>,
    },
    /// A site has another URL, or none.
    SiteMoved {
        /// When.
        at: Timestamp,
        /// Who did it, where that was said.
        by: Option<Arc<str>>,
        /// The site.
        site: SiteId,
        /// Its URL now.
        url: Option<String>,
    },
    /// Groups, roles or privileges were changed, or who has which.
    RightsChanged {
        /// When.
        at: Timestamp,
        /// Who did it, where that was said.
        by: Option<Arc<str>>,
        /// What was changed.
        change: RightsChange,
    },
    /// The saved list of entry points was changed.
    EntryPointsSynced {
        /// When.
        at: Timestamp,
        /// Who did it, where that was said.
        by: Option<Arc<str>>,
        /// What was changed.
        report: SyncReport,
    },
    /// How often all keys of an owner may be used together was limited, or freed.
    OwnerLimited {
        /// When.
        at: Timestamp,
        /// Who did it, where that was said.
        by: Option<Arc<str>>,
        /// The owner.
        owner: OwnerRef,
        /// The limits that hold now.
        limits: Limits,
    },
    /// A refresh token was used again, or by another client: somebody has stolen it, or its
    /// successor. Its family was ended.
    RefreshReused {
        /// When.
        at: Timestamp,
        /// Who issued it.
        issuer: Cow<'a, str>,
        /// Whom it is about.
        subject: Cow<'a, str>,
        /// The client that it was issued to, if clients have names.
        client: Option<Cow<'a, str>>,
        /// Its family.
        family: FamilyId,
    },
    /// A secret of another service, which this one sends, was changed in the store.
    SecretChanged {
        /// When.
        at: Timestamp,
        /// Who did it, where that was said.
        by: Option<Arc<str>>,
        /// What the secret is called.
        name: Arc<str>,
        /// What was changed.
        change: SecretChange,
    },
    /// Another service refused the key of this one: it was withdrawn there, or may not do what
    /// was asked.
    UpstreamRefused {
        /// When.
        at: Timestamp,
        /// What this service calls the other.
        upstream: Cow<'a, str>,
        /// The status of the refusal.
        status: u16,
    },
    /// An owner was switched on or off; with it, all its keys.
    OwnerSwitched {
        /// When.
        at: Timestamp,
        /// Who did it, where that was said.
        by: Option<Arc<str>>,
        /// The owner.
        owner: OwnerRef,
        /// How the switch stands now.
        active: Enabled,
    },
}

impl<'a> AuditEvent<'a> {
    /// The refusal of a request. The source of the error stays with the log.
    #[must_use]
    pub fn refused(at: Timestamp, request: RequestFacts<'a>, error: &AuthError) -> Self {
        let (reason, scheme, key) = (error.reason(), error.scheme(), error.key().cloned());
        Self::Refused { at, request, reason, scheme, key }
    }

    /// The stable kebab-case name of this kind of event.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Authenticated { .. } => "authenticated",
            Self::Anonymous { .. } => "anonymous",
            Self::Refused { .. } => "refused",
            Self::FirstUse { .. } => "first-use",
            Self::Throttled { .. } => "throttled",
            Self::KeyIssued(_) => "key-issued",
            Self::KeyRotated(_) => "key-rotated",
            Self::KeyRevoked { .. } => "key-revoked",
            Self::KeyEdited { .. } => "key-edited",
            Self::KeySwitched { .. } => "key-switched",
            Self::KeyLimited { .. } => "key-limited",
            Self::KeyLeaked { .. } => "key-leaked",
            Self::OwnerAdded { .. } => "owner-added",
            Self::SiteMoved { .. } => "site-moved",
            Self::RightsChanged { .. } => "rights-changed",
            Self::EntryPointsSynced { .. } => "entry-points-synced",
            Self::OwnerLimited { .. } => "owner-limited",
            Self::OwnerSwitched { .. } => "owner-switched",
            Self::RefreshReused { .. } => "refresh-reused",
            Self::UpstreamRefused { .. } => "upstream-refused",
            Self::SecretChanged { .. } => "secret-changed",
        }
    }

    /// When it happened.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Authenticated { at, .. }
            | Self::Anonymous { at, .. }
            | Self::Refused { at, .. }
            | Self::FirstUse { at, .. }
            | Self::Throttled { at, .. }
            | Self::OwnerAdded { at, .. }
            | Self::SiteMoved { at, .. }
            | Self::RightsChanged { at, .. }
            | Self::EntryPointsSynced { at, .. }
            | Self::OwnerLimited { at, .. }
            | Self::OwnerSwitched { at, .. }
            | Self::RefreshReused { at, .. }
            | Self::UpstreamRefused { at, .. }
            | Self::SecretChanged { at, .. } => *at,
            Self::KeyIssued(change)
            | Self::KeyRotated(change)
            | Self::KeyRevoked { change, .. }
            | Self::KeyEdited { change, .. }
            | Self::KeySwitched { change, .. }
            | Self::KeyLimited { change, .. }
            | Self::KeyLeaked { change, .. } => change.at,
        }
    }

    /// The same event, borrowing nothing: for sinks that keep it or hand it on.
    #[must_use]
    pub fn into_owned(self) -> AuditEvent<'static> {
        use AuditEvent as E;
        match self {
            E::Authenticated { at, request, who } => {
                E::Authenticated { at, request: request.into_owned(), who: who.into_owned() }
            }
            E::Anonymous { at, request, name } => {
                E::Anonymous { at, request: request.into_owned(), name: Cow::Owned(name.into_owned()) }
            }
            E::Refused { at, request, reason, scheme, key } => {
                E::Refused { at, request: request.into_owned(), reason, scheme, key }
            }
            E::FirstUse { at, request, who, address } => {
                E::FirstUse { at, request: request.into_owned(), who: who.into_owned(), address }
            }
            E::Throttled { at, request, network, wait } => {
                E::Throttled { at, request: request.into_owned(), network, wait }
            }
            E::KeyIssued(change) => E::KeyIssued(change),
            E::KeyRotated(change) => E::KeyRotated(change),
            E::KeyRevoked { change, reason } => E::KeyRevoked { change, reason },
            E::KeyEdited { change, edit } => E::KeyEdited { change, edit },
            E::OwnerAdded { at, by, owner, account } => E::OwnerAdded { at, by, owner, account },
            E::SiteMoved { at, by, site, url } => E::SiteMoved { at, by, site, url },
            E::RightsChanged { at, by, change } => E::RightsChanged { at, by, change },
            E::EntryPointsSynced { at, by, report } => E::EntryPointsSynced { at, by, report },
            E::OwnerLimited { at, by, owner, limits } => E::OwnerLimited { at, by, owner, limits },
            E::KeySwitched { change, enabled } => E::KeySwitched { change, enabled },
            E::KeyLimited { change, limit } => E::KeyLimited { change, limit },
            E::KeyLeaked { change, place, withdrawn } => E::KeyLeaked { change, place, withdrawn },
            E::OwnerSwitched { at, by, owner, active } => E::OwnerSwitched { at, by, owner, active },
            E::RefreshReused { at, issuer, subject, client, family } => {
                let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
                let (issuer, subject, client) = (owned(issuer), owned(subject), client.map(owned));
                E::RefreshReused { at, issuer, subject, client, family }
            }
            E::SecretChanged { at, by, name, change } => E::SecretChanged { at, by, name, change },
            E::UpstreamRefused { at, upstream, status } => {
                E::UpstreamRefused { at, upstream: Cow::Owned(upstream.into_owned()), status }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Credential, Principal, Realm};

    #[test]
    fn making_an_event_of_a_request_allocates_nothing() {
        let at = Timestamp::from_unix_seconds(0);
        let key = Credential::of_key(Scheme::ApiKey, Realm::default(), KeyId::from("k"));
        let me = Principal::builder("ada".to_owned()).credential(key).build();
        let error = AuthError::new(Reason::KeyRevoked).with_key(KeyId::from("k"));
        let path = format!("/{}", "long/".repeat(1_000));
        let cost = allocation_counter::measure(|| {
            let request = RequestFacts::new("GET", &path).with_request_id(Some("7f"));
            let refused = AuditEvent::refused(at, request.clone(), &error);
            let accepted = AuditEvent::Authenticated { at, request, who: Who::of(&me) };
            assert_ne!(refused, accepted);
        });
        assert_eq!(cost.count_total, 0);
    }
}
