//! What everything is called in Redis.

use crate::store::{KeyRef, OwnerKind, OwnerRef};
use crate::{Realm, SiteId, UserId};

/// The prefix of all names of one namespace. It is in braces, so that a cluster keeps all of
/// them on one node, where scripts can change them together.
#[derive(Clone, Debug)]
pub(super) struct Names {
    prefix: String,
}

/// The text is no namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a namespace is 1 to 64 ASCII letters, digits, dots, hyphens, underscores and colons")]
pub struct InvalidNamespace;

impl Default for Names {
    fn default() -> Self {
        Self { prefix: "{portcullis}:".to_owned() }
    }
}

impl Names {
    pub(super) fn new(namespace: &str) -> Result<Self, InvalidNamespace> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
        if !(1..=64).contains(&namespace.len()) || !namespace.bytes().all(fits) {
            return Err(InvalidNamespace);
        }
        Ok(Self { prefix: format!("{{{namespace}}}:") })
    }

    /// What scripts put before the names that they make.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A name of several parts, each behind its length in bytes, so that no two names are the
    /// same. The scripts make names in the same way.
    pub(super) fn name(&self, kind: &str, parts: &[&str]) -> String {
        let mut name = format!("{}{kind}", self.prefix);
        for part in parts {
            name.push_str(&format!(":{}:{part}", part.len()));
        }
        name
    }

    pub(super) fn changes(&self) -> String {
        self.name("changes", &[])
    }

    pub(super) fn key(&self, key: &KeyRef) -> String {
        self.name("key", &[key.realm.as_str(), key.id.as_str()])
    }

    pub(super) fn digest(&self, realm: &Realm, digest: &str) -> String {
        self.name("digest", &[realm.as_str(), digest])
    }

    /// Where the hash of another system is found, by its name in hexadecimal digits.
    pub(super) fn legacy(&self, realm: &Realm, name: &str) -> String {
        self.name("legacy", &[realm.as_str(), name])
    }

    pub(super) fn owner(&self, owner: &OwnerRef) -> String {
        self.name(word(owner.kind()), &[owner.id()])
    }

    pub(super) fn user(&self, user: &UserId) -> String {
        self.owner(&OwnerRef::User(user.clone()))
    }

    pub(super) fn site(&self, site: &SiteId) -> String {
        self.owner(&OwnerRef::Site(site.clone()))
    }

    /// The ids of all owners of a kind.
    pub(super) fn owners(&self, kind: OwnerKind) -> String {
        self.name("owners", &[word(kind)])
    }

    /// The ids of all keys of a realm.
    pub(super) fn keys(&self, realm: &Realm) -> String {
        self.name("keys", &[realm.as_str()])
    }

    /// The ids of the keys of a realm that an owner is behind.
    pub(super) fn keys_of(&self, realm: &Realm, owner: &OwnerRef) -> String {
        self.name("keys-of", &[realm.as_str(), word(owner.kind()), owner.id()])
    }

    pub(super) fn roles(&self) -> String {
        self.name("roles", &[])
    }

    /// The users of the group with this number.
    pub(super) fn members(&self, group: u64) -> String {
        self.name("members", &[&group.to_string()])
    }

    /// What opens under the one master key that secrets are sealed under here.
    pub(super) fn master_key(&self) -> String {
        self.name("master-key", &[])
    }

    pub(super) fn entry_points(&self) -> String {
        self.name("entry-points", &[])
    }
}

/// How names speak of a kind of owner.
pub(super) const fn word(kind: OwnerKind) -> &'static str {
    match kind {
        OwnerKind::User => "user",
        OwnerKind::Account => "account",
        OwnerKind::Site => "site",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_move_between_the_parts_of_a_name() {
        let names = Names::default();
        assert_ne!(names.name("key", &["a:1", "b"]), names.name("key", &["a", "1:b"]));
        assert_eq!(names.name("key", &["a", "é"]), "{portcullis}:key:1:a:2:é");
    }

    #[test]
    fn a_namespace_cannot_move_the_hash_tag() {
        for bad in ["", "a}", "{a", "a b", "é", &"a".repeat(65)] {
            assert_eq!(Names::new(bad).err(), Some(InvalidNamespace), "{bad:?}");
        }
        assert_eq!(Names::new("shop:keys.1").expect("a namespace").prefix(), "{shop:keys.1}:");
    }
}
