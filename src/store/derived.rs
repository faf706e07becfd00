//! Keys that are derived from a stored secret, kept with the secret itself.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::crypto::HmacKey;

/// The keys that were last derived from one secret.
///
/// They live and end with the secret that they were derived from: a store that replaces the
/// secret makes another of these, so no look-up can find what an earlier secret gave. Only a
/// few are held, and only those that a signature was good under.
#[derive(Default)]
pub(crate) struct DerivedKeys(Mutex<Vec<Arc<DerivedKey>>>);

/// A key for one scope.
pub(crate) struct DerivedKey {
    scope: Box<str>,
    key: HmacKey,
}

impl DerivedKey {
    pub(crate) fn new(scope: &str, key: HmacKey) -> Self {
        Self { scope: scope.into(), key }
    }

    /// The scope it was derived for.
    pub(crate) fn scope(&self) -> &str {
        &self.scope
    }

    /// The key.
    pub(crate) const fn key(&self) -> &HmacKey {
        &self.key
    }
}

impl DerivedKeys {
    /// Two days around midnight in two regions.
    const MOST: usize = 4;

    /// The key for this scope, if it is kept.
    pub(crate) fn find(&self, scope: &str) -> Option<Arc<DerivedKey>> {
        self.lock().iter().find(|held| *held.scope == *scope).cloned()
    }

    /// Keeps a key that a signature was good under, in place of the oldest.
    pub(crate) fn keep(&self, key: &Arc<DerivedKey>) {
        let mut held = self.lock();
        if held.iter().any(|held| held.scope == key.scope) {
            return;
        }
        if held.len() >= Self::MOST {
            held.remove(0);
        }
        held.push(Arc::clone(key));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<DerivedKey>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for DerivedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedKeys(..)")
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedKey").field("scope", &self.scope).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;
    use crate::crypto::HmacAlgorithm;
    use crate::store::LiveSecret;

    fn keep(secret: &LiveSecret, scope: &str) {
        let key = HmacKey::new(HmacAlgorithm::Sha256, secret.secret());
        secret.derived().keep(&Arc::new(DerivedKey::new(scope, key)));
    }

    #[test]
    fn what_was_derived_from_one_secret_is_not_found_with_another_of_the_same_text() {
        let [one, other] = [(); 2].map(|()| LiveSecret::new(Secret::from("secret"), None));
        keep(&one, "20150830/r/s/aws4_request");
        assert!(one.derived().find("20150830/r/s/aws4_request").is_some());
        assert!(one.clone().derived().find("20150830/r/s/aws4_request").is_some());
        assert!(other.derived().find("20150830/r/s/aws4_request").is_none());
    }

    #[test]
    fn only_the_last_few_are_kept() {
        let secret = LiveSecret::new(Secret::from("secret"), None);
        for day in 0..100 {
            keep(&secret, &day.to_string());
            keep(&secret, &day.to_string());
        }
        let held: Vec<_> =
            (0..100).filter(|day: &i32| secret.derived().find(&day.to_string()).is_some()).collect();
        assert_eq!(held, [96, 97, 98, 99]);
    }
}
