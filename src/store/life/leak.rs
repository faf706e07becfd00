//! Keys that were found where they do not belong.

use std::fmt;
use std::sync::Arc;

use super::legacy::LegacyDesk;
use super::outcome::LeakOutcome;
use super::place::legible;
use super::scan;
use crate::audit::{AuditEvent, AuditSink, KeyChange};
use crate::store::{
    AdminError, KeyAdmin, KeyFormat, KeyHandle, KeyHasher, KeyRecord, KeyRef, KeyState, LegacyKeyStore,
    LegacyLookup,
};
use crate::{Realm, Scheme, Secret, Timestamp};

/// How many candidates a text may have.
const CANDIDATES: usize = 1_000;

/// The desk for reports of leaked keys: a report is verified, the key is withdrawn, and an
/// event is recorded.
///
/// A text that was found is looked up by its digest, like the key of a request; so nobody
/// can withdraw a key without having its secret. Whatever state the key is in, it is withdrawn: one
/// that is off or expired could be switched on again. A secret that a rotation has replaced withdraws its
/// key for as long as it still works, and no longer.
///
/// What is reported is neither logged nor kept.
///
/// ```
/// use portcullis::audit::AuditTrail;
/// use portcullis::store::{KeyAdmin, KeyFormat, KeyOwner, LeakOutcome, LeakReports, NewKey};
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::{Scheme, Secret, Timestamp};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (keys, trail) = (MemoryKeyStore::<portcullis::store::StoredPrincipal>::new(), AuditTrail::new());
/// let live = KeyFormat::checked("acme", "live")?;
/// let now = Timestamp::from_unix_seconds(0);
/// let key = NewKey::new(Scheme::ApiKey, KeyOwner::default()).with_format(live.clone());
/// let issued = keys.issue(key, now).await?;
///
/// let reports = LeakReports::new(keys, trail.clone()).with_formats([live]);
/// let outcome = reports.report(issued.secret.as_ref(), "a public repository", now).await?;
/// assert!(matches!(outcome, LeakOutcome::Revoked(key) if key.id == issued.id));
/// assert_eq!(trail.names(), ["key-leaked"]);
///
/// // A whole text, in which keys may be:
/// let text = format!("curl -H 'X-API-Key: {}'", issued.secret.expose_text().unwrap_or_default());
/// let outcomes = reports.report_text(&Secret::from(text), "a forum", now).await?;
/// assert!(matches!(outcomes.as_slice(), [LeakOutcome::AlreadyRevoked(_)]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LeakReports<S> {
    store: S,
    sink: Arc<dyn AuditSink>,
    hasher: KeyHasher,
    realms: Vec<Realm>,
    formats: Vec<KeyFormat>,
    legacy: Option<LegacyDesk<S>>,
    by: Option<Arc<str>>,
}

impl<S: KeyAdmin> LeakReports<S> {
    /// Looks in the default realm of `store`, and records in `sink`.
    #[must_use]
    pub fn new(store: S, sink: impl AuditSink) -> Self {
        Self {
            store,
            sink: Arc::new(sink),
            hasher: KeyHasher::sha256(),
            realms: vec![Realm::default()],
            formats: Vec::new(),
            legacy: None,
            by: None,
        }
    }

    /// Makes digests as the store does.
    #[must_use]
    pub fn with_hasher(mut self, hasher: KeyHasher) -> Self {
        self.hasher = hasher;
        self
    }

    /// Looks in these realms and no others, and withdraws the key in the first that has it; name
    /// every realm.
    #[must_use]
    pub fn with_realms(mut self, realms: impl IntoIterator<Item = Realm>) -> Self {
        self.realms = realms.into_iter().collect();
        self
    }

    /// Says what keys look like, so that they are found in a [text](Self::report_text).
    #[must_use]
    pub fn with_formats(mut self, formats: impl IntoIterator<Item = KeyFormat>) -> Self {
        self.formats = formats.into_iter().collect();
        self
    }

    /// Finds keys, too, that were imported by a hash that is no digest of the store's, and were
    /// not used since: they work, and without this a report of one is
    /// [`NotOurs`](LeakOutcome::NotOurs). Say the same as to the authenticator. Such a key is
    /// adopted, and then withdrawn as any other. Each report of a text under whose name there is
    /// a password hash computes one, on a thread for blocking work.
    ///
    /// ```
    /// use portcullis::audit::AuditTrail;
    /// use portcullis::store::{LeakReports, LegacyLookup, VisiblePart, memory::MemoryKeyStore};
    /// let lookup = LegacyLookup::new().with_sha512().with_visible(VisiblePart::BeforeDot);
    /// let keys: MemoryKeyStore = MemoryKeyStore::new();
    /// let reports = LeakReports::new(keys, AuditTrail::new()).with_legacy_keys(lookup);
    /// ```
    #[must_use]
    pub fn with_legacy_keys(mut self, lookup: LegacyLookup) -> Self
    where
        S: LegacyKeyStore,
    {
        self.legacy = Some(LegacyDesk::new(lookup));
        self
    }

    /// Says who reports.
    #[must_use]
    pub fn acting_as(mut self, name: impl Into<Arc<str>>) -> Self {
        self.by = Some(name.into());
        self
    }

    /// Reports an API key; white space around it does not matter. `place` says where it
    /// was found: it becomes the reason, without this key and without what looks like one of the
    /// [formats](Self::with_formats), cut after 200 bytes.
    ///
    /// # Errors
    /// When the store cannot answer. Then the key may still work: report it again.
    pub async fn report(
        &self,
        found: &Secret,
        place: &str,
        now: Timestamp,
    ) -> Result<LeakOutcome, AdminError> {
        let found = found.expose().trim_ascii();
        self.found(found, &legible(place, [found], &self.formats), now).await
    }

    /// Reports every API key in a text, such as a file or a message, that has one of the
    /// [formats](Self::with_formats); the answers are about the keys that are ours.
    ///
    /// # Errors
    /// [`AdminError::Invalid`] when more than 1,000 places of the text look like keys: hand it
    /// in in parts. When the store cannot answer: then some keys may be withdrawn already, and
    /// others still work.
    pub async fn report_text(
        &self,
        text: &Secret,
        place: &str,
        now: Timestamp,
    ) -> Result<Vec<LeakOutcome>, AdminError> {
        let candidates = scan::candidates(text.expose(), &self.formats, CANDIDATES)
            .ok_or(AdminError::Invalid("more than 1000 places of the text look like keys"))?;
        let place = legible(place, candidates.iter().map(|candidate| candidate.as_bytes()), &self.formats);
        let mut outcomes = Vec::new();
        for candidate in candidates {
            match self.found(candidate.as_bytes(), &place, now).await? {
                LeakOutcome::NotOurs => {}
                ours => outcomes.push(ours),
            }
        }
        Ok(outcomes)
    }

    /// Reports the secret of a signing key, with the public id of the key. It is compared in
    /// constant time.
    ///
    /// # Errors
    /// As for [`report`](Self::report).
    pub async fn report_signing(
        &self,
        scheme: Scheme,
        id: &str,
        found: &Secret,
        place: &str,
        now: Timestamp,
    ) -> Result<LeakOutcome, AdminError> {
        let found = found.expose().trim_ascii();
        for realm in &self.realms {
            let Some(record) = self.store.find(&KeyHandle::Id { realm, scheme, id }).await? else { continue };
            // At the earliest moment, no secret has ended.
            let earliest = Timestamp::from_unix_micros(i64::MIN);
            let held =
                |now| record.secrets_at(now).fold(false, |any, live| any | live.secret().matches(found));
            if held(earliest) {
                let place = legible(place, [found], &self.formats);
                return self.withdraw(named(&record), !held(now), &place, now).await;
            }
        }
        Ok(LeakOutcome::NotOurs)
    }

    async fn found(&self, found: &[u8], place: &str, now: Timestamp) -> Result<LeakOutcome, AdminError> {
        let digests = self.hasher.digests(found);
        for realm in &self.realms {
            let handle = KeyHandle::Digests { realm, digests: digests.as_slice() };
            let mut record = self.store.find(&handle).await?;
            if record.is_none()
                && let Some(legacy) = &self.legacy
            {
                if let Some(revoked) = legacy.adopt(&self.store, realm, found).await? {
                    return self.withdraw(revoked, false, place, now).await;
                }
                record = self.store.find(&handle).await?;
            }
            if let Some(record) = record {
                let ended = record.expires_at().is_some_and(|end| end <= now);
                return self.withdraw(named(&record), ended, place, now).await;
            }
        }
        Ok(LeakOutcome::NotOurs)
    }

    /// Withdraws the key; `ended` says that what was found works no longer.
    async fn withdraw(
        &self,
        key: KeyRef,
        ended: bool,
        place: &str,
        now: Timestamp,
    ) -> Result<LeakOutcome, AdminError> {
        let held = self.store.find_key(&key).await?.ok_or(AdminError::UnknownKey)?;
        let place = place.to_owned();
        // What has ended with its key is not replaced: the key may be given another end.
        let outlived = ended && held.expires_at.is_none_or(|end| now < end);
        let outcome = match held.state {
            KeyState::Revoked => LeakOutcome::AlreadyRevoked(Box::new(held)),
            _ if outlived => LeakOutcome::Replaced(Box::new(held)),
            _ => {
                self.store.revoke(&key, &format!("leaked: {place}"), now).await?;
                LeakOutcome::Revoked(Box::new(held))
            }
        };
        let withdrawn = matches!(outcome, LeakOutcome::Revoked(_));
        let change = KeyChange { by: self.by.clone(), ..KeyChange::new(now, key) };
        self.sink.record(&AuditEvent::KeyLeaked { change, place, withdrawn });
        Ok(outcome)
    }
}

fn named<P>(record: &KeyRecord<P>) -> KeyRef {
    KeyRef { realm: record.realm().clone(), id: record.id().clone() }
}

impl<S: fmt::Debug> fmt::Debug for LeakReports<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeakReports").field("store", &self.store).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "memory")]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::KeyId;
    use crate::audit::AuditTrail;
    use crate::store::memory::MemoryKeyStore;
    use crate::store::{Enabled, KeyOwner, NewKey, StoredPrincipal};

    type Store = MemoryKeyStore<StoredPrincipal>;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn desk() -> (Store, AuditTrail, LeakReports<Store>) {
        let (store, trail) = (Store::new(), AuditTrail::new());
        let reports = LeakReports::new(store.clone(), trail.clone()).acting_as("a scanner");
        (store, trail, reports)
    }

    async fn issue(store: &Store, scheme: Scheme) -> (KeyRef, Secret) {
        let key = NewKey::new(scheme, KeyOwner::default()).with_prefix("igny8_");
        let issued = store.issue(key, at(0)).await.expect("issued");
        (named(&issued.id), issued.secret.into_secret())
    }

    fn named(id: &KeyId) -> KeyRef {
        KeyRef { realm: Realm::default(), id: id.clone() }
    }

    async fn reason(store: &Store, key: &KeyRef) -> Option<String> {
        let held = store.find_key(key).await.expect("an answer").expect("the key");
        held.revoked.map(|revoked| revoked.reason)
    }

    #[tokio::test]
    async fn a_found_key_is_withdrawn_and_the_event_says_where_it_was() {
        let (store, trail, reports) = desk();
        let (key, secret) = issue(&store, Scheme::ApiKey).await;
        let (other, _other) = issue(&store, Scheme::ApiKey).await;
        let text = secret.expose_text().expect("text");
        let found = Secret::from(format!(" \t{text}\r\n"));
        let first = reports.report(&found, "a gist", at(5)).await.expect("an answer");
        assert!(matches!(first, LeakOutcome::Revoked(held) if held.id == key.id && held.revoked.is_none()));
        assert_eq!(reason(&store, &key).await.as_deref(), Some("leaked: a gist"));
        let again = reports.report(&found, "a forum", at(6)).await.expect("an answer");
        assert!(matches!(again, LeakOutcome::AlreadyRevoked(_)));
        assert_eq!(reason(&store, &key).await.as_deref(), Some("leaked: a gist"));
        assert_eq!(reason(&store, &other).await, None);

        let event = |at, place: &str, withdrawn| AuditEvent::KeyLeaked {
            change: KeyChange { by: Some("a scanner".into()), ..KeyChange::new(at, key.clone()) },
            place: place.to_owned(),
            withdrawn,
        };
        assert_eq!(trail.take(), [event(at(5), "a gist", true), event(at(6), "a forum", false)]);
    }

    #[tokio::test]
    async fn what_is_not_ours_withdraws_nothing() {
        let (store, trail, reports) = desk();
        let (key, secret) = issue(&store, Scheme::ApiKey).await;
        let text = secret.expose_text().expect("text");
        let id = key.id.as_str();
        for found in ["", " ", id, &text[1..], &text.to_lowercase(), &format!("{text}{text}"), "igny8_other"]
        {
            let outcome = reports.report(&Secret::from(found), "a gist", at(5)).await.expect("an answer");
            assert_eq!(outcome, LeakOutcome::NotOurs, "{found}");
        }
        let elsewhere = reports.clone().with_realms([Realm::from("elsewhere")]);
        let outcome = elsewhere.report(&secret, "a gist", at(5)).await.expect("an answer");
        assert_eq!(outcome, LeakOutcome::NotOurs);
        assert!(trail.events().is_empty() && reason(&store, &key).await.is_none());
    }

    #[tokio::test]
    async fn the_secret_of_a_signing_key_withdraws_it_under_its_id_alone() {
        let (store, trail, reports) = desk();
        let (key, secret) = issue(&store, Scheme::XAuth).await;
        let (other, _other) = issue(&store, Scheme::XAuth).await;
        let report = async |scheme, id: &KeyId, secret: &Secret| {
            reports.report_signing(scheme, id.as_str(), secret, "a log", at(5)).await.expect("an answer")
        };
        assert_eq!(report(Scheme::XAuth, &other.id, &secret).await, LeakOutcome::NotOurs);
        assert_eq!(report(Scheme::QuerySignature, &key.id, &secret).await, LeakOutcome::NotOurs);
        assert_eq!(report(Scheme::XAuth, &key.id, &Secret::from("")).await, LeakOutcome::NotOurs);
        assert!(trail.events().is_empty());
        assert!(matches!(report(Scheme::XAuth, &key.id, &secret).await, LeakOutcome::Revoked(_)));
        assert_eq!((reason(&store, &key).await.is_some(), reason(&store, &other).await), (true, None));
    }

    #[tokio::test]
    async fn a_replaced_secret_withdraws_its_key_while_it_works_and_not_after() {
        for scheme in [Scheme::ApiKey, Scheme::XAuth] {
            let (store, trail, reports) = desk();
            let (key, old) = issue(&store, scheme).await;
            drop(store.rotate(&key, Duration::from_secs(10), at(100)).await.expect("rotated"));
            let report = async |now| match scheme {
                Scheme::ApiKey => reports.report(&old, "a log", now).await,
                _ => reports.report_signing(scheme, key.id.as_str(), &old, "a log", now).await,
            };
            let late = report(at(110)).await.expect("an answer");
            assert!(matches!(late, LeakOutcome::Replaced(_)), "{late:?}");
            assert_eq!(reason(&store, &key).await, None);
            let live = report(at(109)).await.expect("an answer");
            assert!(matches!(live, LeakOutcome::Revoked(_)), "{live:?}");
            assert_eq!(trail.names(), ["key-leaked"; 2]);
        }
    }

    #[tokio::test]
    async fn a_key_that_is_off_or_expired_is_withdrawn_too() {
        let (store, _, reports) = desk();
        let (key, secret) = issue(&store, Scheme::ApiKey).await;
        store.set_enabled(&key, Enabled::No).await.expect("off");
        assert!(matches!(reports.report(&secret, "", at(5)).await, Ok(LeakOutcome::Revoked(_))));
        let new = NewKey::new(Scheme::ApiKey, KeyOwner::default()).with_expires_at(at(3));
        let expired = store.issue(new, at(0)).await.expect("issued").secret.into_secret();
        assert!(matches!(reports.report(&expired, "", at(5)).await, Ok(LeakOutcome::Revoked(_))));
    }

    #[tokio::test]
    async fn every_key_of_a_text_is_withdrawn() {
        let (store, trail, reports) = desk();
        let reports = reports.with_formats([KeyFormat::plain("igny8_", 40).expect("a format")]);
        let ((one, first), (two, second)) =
            (issue(&store, Scheme::ApiKey).await, issue(&store, Scheme::ApiKey).await);
        let texts = [first, second].map(|secret| secret.expose_text().expect("text").to_owned());
        let text =
            Secret::from(format!("A={}\nigny8_{} \"{}\"\n{}", texts[0], "0".repeat(40), texts[1], texts[0]));
        let outcomes = reports.report_text(&text, &texts.join("&"), at(5)).await.expect("an answer");
        assert!(matches!(outcomes.as_slice(), [LeakOutcome::Revoked(_), LeakOutcome::Revoked(_)]));
        assert_eq!(reason(&store, &one).await.as_deref(), Some("leaked: (the key)&(the key)"));
        assert_eq!(reason(&store, &two).await, reason(&store, &one).await);
        assert_eq!(trail.names().len(), 2);
    }
}
