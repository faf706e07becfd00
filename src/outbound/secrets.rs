//! A set of secrets, which may change while it is used.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use memchr::memmem;

use super::{OutboundError, OutboundSecret, OutboundSecretStore, OutboundSecretSummary, SecretName};
use crate::Secret;
use crate::settings::{Environment, SettingsError, SettingsReader};
use crate::store::{Enabled, KeyRingStore, StoreError};

/// Shorter ones are found by chance: in a page of text, in a picture.
const SHORTEST_SOUGHT: usize = 8;

/// Secrets by their names. Its clones are the same set: a change of one holds for all of them,
/// from the next request on.
///
/// Reading takes no lock. Debug output has names and switches, and no value.
///
/// ```
/// use portcullis::outbound::{OutboundError, OutboundSecret, OutboundSecrets};
/// use portcullis::store::Enabled;
///
/// let secrets = OutboundSecrets::new();
/// secrets.put(OutboundSecret::new("MAPS_KEY".parse()?, "correct horse".into())?);
/// assert!(secrets.find("MAPS_KEY")?.matches(b"correct horse"));
/// secrets.switch("MAPS_KEY", Enabled::No);
/// assert!(matches!(secrets.find("MAPS_KEY"), Err(OutboundError::Disabled(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct OutboundSecrets(Arc<ArcSwap<Held>>);

type Secrets = BTreeMap<SecretName, OutboundSecret>;

#[derive(Clone, Default)]
struct Held {
    /// From the environment, or put there by the application.
    own: Secrets,
    /// From a store, as it was loaded last.
    stored: Secrets,
}

impl OutboundSecrets {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Secrets from the environment: each from the setting of its name, or from the file that
    /// `<NAME>_FILE` names. All are switched on.
    ///
    /// # Errors
    /// Everything that is missing, or cannot be in a header, in one error.
    pub fn from_environment<N: AsRef<str>>(
        environment: &Environment,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, SettingsError> {
        let mut reader = environment.reader();
        let secrets = Self::read(&mut reader, names);
        reader.finish_with(Some(secrets))
    }

    /// The same, among other settings: what is wrong is taken down by the reader, which reports
    /// it together with the rest.
    pub fn read<N: AsRef<str>>(reader: &mut SettingsReader<'_>, names: impl IntoIterator<Item = N>) -> Self {
        let secrets = Self::new();
        for name in names {
            let name = name.as_ref();
            let Ok(known) = name.parse::<SecretName>() else {
                reader.refuse(name, "it is no name of a secret");
                continue;
            };
            let Some(value) = reader.required(name) else { continue };
            match OutboundSecret::new(known, value) {
                Ok(secret) => secrets.put(secret),
                Err(_) => reader.refuse(name, "no header may have such a value"),
            }
        }
        secrets
    }

    /// Puts a secret of the application's own there, in place of one of the same name.
    pub fn put(&self, secret: OutboundSecret) {
        self.change(|held| held.own.insert(secret.name().clone(), secret.clone()));
    }

    /// Switches a secret of the application's own on or off; `false` where it has none of this
    /// name. One of a store is switched there.
    pub fn switch(&self, name: &str, enabled: Enabled) -> bool {
        let mut known = false;
        self.change(|held| {
            let secret = held.own.get_mut(name);
            known = secret.is_some();
            if let Some(secret) = secret {
                *secret = secret.clone().with_enabled(enabled);
            }
        });
        known
    }

    /// Takes a secret of the application's own out; `false` where it has none of this name.
    pub fn remove(&self, name: &str) -> bool {
        let mut known = false;
        self.change(|held| known = held.own.remove(name).is_some());
        known
    }

    /// Loads what a store has now, in place of what was loaded before. After an error, the set
    /// is as it was. To be called at the start, and whenever somebody may have changed
    /// something: a minute is a good measure.
    ///
    /// # Errors
    /// When the store cannot answer, or what it has does not open.
    pub async fn reload<S: KeyRingStore>(&self, store: &OutboundSecretStore<S>) -> Result<(), StoreError> {
        let loaded = store.load().await?;
        let stored: Secrets = loaded.into_iter().map(|secret| (secret.name().clone(), secret)).collect();
        self.change(|held| held.stored.clone_from(&stored));
        Ok(())
    }

    /// The value of a secret, to be sent now.
    ///
    /// # Errors
    /// [`OutboundError::Missing`], [`OutboundError::Disabled`], or [`OutboundError::Twice`]
    /// where both the application and its store have one of this name; and
    /// [`OutboundError::Unnamed`] where the text is no name at all.
    pub fn find(&self, name: &str) -> Result<Secret, OutboundError> {
        let name: SecretName = name.parse().map_err(|_| OutboundError::Unnamed)?;
        self.find_named(&name)
    }

    pub(super) fn find_named(&self, name: &SecretName) -> Result<Secret, OutboundError> {
        let held = self.0.load();
        match (held.own.get(name), held.stored.get(name)) {
            (None, None) => Err(OutboundError::Missing(name.clone())),
            (Some(_), Some(_)) => Err(OutboundError::Twice(name.clone())),
            (Some(secret), None) | (None, Some(secret)) => match secret.enabled() {
                Enabled::Yes => Ok(secret.value().clone()),
                Enabled::No => Err(OutboundError::Disabled(name.clone())),
            },
        }
    }

    /// Every secret without its value, in the order of their names.
    #[must_use]
    pub fn list(&self) -> Vec<OutboundSecretSummary> {
        let held = self.0.load();
        let all = held.own.values().chain(held.stored.values());
        let mut list: Vec<_> = all.map(OutboundSecret::summary).collect();
        list.sort_by(|one, other| one.name.cmp(&other.name));
        list
    }

    /// Whether one of these secrets is among `bytes` as it is, switched on or not. Those of
    /// fewer than 8 bytes are not looked for, and no other form of a secret is found: neither
    /// Base64 nor an escaped one.
    ///
    /// For each secret, `bytes` are gone through once: the time is proportional to their length
    /// and to how many secrets there are, whatever is in them.
    #[must_use]
    pub fn appear_in(&self, bytes: &[u8]) -> bool {
        let held = self.0.load();
        let mut all = held.own.values().chain(held.stored.values()).map(|secret| secret.value().expose());
        all.any(|value| value.len() >= SHORTEST_SOUGHT && memmem::find(bytes, value).is_some())
    }

    fn change<T>(&self, mut change: impl FnMut(&mut Held) -> T) {
        self.0.rcu(|held| {
            let mut held = Held::clone(held);
            change(&mut held);
            held
        });
    }
}

impl fmt::Debug for OutboundSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = self.list();
        f.debug_map().entries(list.iter().map(|secret| (&secret.name, secret.enabled))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Problem;

    fn secret(name: &str, value: &str) -> OutboundSecret {
        OutboundSecret::new(name.parse().expect("a name"), value.into()).expect("a secret")
    }

    #[test]
    fn every_name_that_is_missing_or_unfit_is_reported_at_once() {
        let settings = [("A", "fine"), ("B", "two\nlines"), ("D", "sch\u{f6}n"), ("E", " edge")];
        let environment = Environment::from_pairs(settings);
        let error = OutboundSecrets::from_environment(&environment, ["A", "B", "C", "D", "E", "no name"]);
        let error = error.expect_err("problems");
        let problems: Vec<_> = error.problems().collect();
        let unfit = Problem::Refused("no header may have such a value");
        assert_eq!(
            problems[..4],
            [("B", unfit), ("C", Problem::Missing), ("D", unfit), ("E", Problem::WhiteSpace)]
        );
        assert_eq!(problems[4], ("no name", Problem::Refused("it is no name of a secret")));
        assert!(!format!("{error} {error:?}").contains("lines"));
    }

    #[test]
    fn a_secret_comes_from_a_file_without_its_newline() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        std::fs::write(&path, "abc.def\n").expect("written");
        let environment = Environment::from_pairs([("KEY_FILE", path.to_str().expect("a path"))]);
        let secrets = OutboundSecrets::from_environment(&environment, ["KEY"]).expect("secrets");
        assert!(secrets.find("KEY").is_ok_and(|value| value.matches(b"abc.def")));
    }

    #[test]
    fn a_change_holds_for_every_clone_at_once() {
        let secrets = OutboundSecrets::new();
        let clone = secrets.clone();
        assert_eq!(clone.find("a").err(), Some(OutboundError::Missing("a".parse().expect("a name"))));
        secrets.put(secret("a", "one"));
        assert!(clone.find("a").is_ok_and(|value| value.matches(b"one")));
        secrets.put(secret("a", "two"));
        assert!(clone.find("a").is_ok_and(|value| value.matches(b"two")));
        assert!(secrets.switch("a", Enabled::No) && !secrets.switch("b", Enabled::No));
        assert!(matches!(clone.find("a"), Err(OutboundError::Disabled(_))));
        assert!(secrets.remove("a") && !secrets.remove("a"));
        assert!(matches!(clone.find("a"), Err(OutboundError::Missing(_))));
        assert_eq!(clone.find("no name").err(), Some(OutboundError::Unnamed));
    }

    #[test]
    fn neither_debug_output_nor_a_list_has_a_value() {
        let secrets = OutboundSecrets::new();
        secrets.put(secret("a", "correct horse"));
        secrets.put(secret("b", "battery staple").with_enabled(Enabled::No));
        let printed = format!("{secrets:?} {:?}", secrets.list());
        assert!(printed.contains("\"a\": Yes, \"b\": No"), "{printed}");
        for word in ["horse", "staple"] {
            assert!(!printed.contains(word), "{printed}");
        }
    }

    #[test]
    fn a_secret_is_found_where_it_appears_as_it_is() {
        let secrets = OutboundSecrets::new();
        secrets.put(secret("long", "correct horse").with_enabled(Enabled::No));
        secrets.put(secret("short", "1234567"));
        for found in
            ["{\"key\":\"correct horse\"}", "correct horse", "correct hocorrect horse", "\0correct horse"]
        {
            assert!(secrets.appear_in(found.as_bytes()), "{found}");
        }
        for other in [b"correct hors".as_slice(), b"", b"1234567", b"Correct horse"] {
            assert!(!secrets.appear_in(other), "{other:?}");
        }
    }
}
