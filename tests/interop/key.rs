//! A key that a client is given.

use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{KeyOwner, NewKey, StoredPrincipal};
use portcullis::{Clock, Credential, KeyAdmin, KeyId, Principal, Realm, Scheme, SystemClock, UserId};

pub(crate) struct Key {
    pub(crate) scheme: Scheme,
    pub(crate) id: String,
    pub(crate) secret: String,
    /// One of the same shape that is not its own.
    pub(crate) other: String,
}

impl Key {
    /// A store with one key of a scheme, and that key.
    pub(crate) fn in_a_store(scheme: Scheme) -> (MemoryKeyStore, Self) {
        let keys = MemoryKeyStore::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let issued = runtime.block_on(async {
            keys.add_user(&UserId::from("ada"), None).await.expect("a user");
            let key = NewKey::new(scheme, KeyOwner::user("ada"));
            keys.issue(key, SystemClock.now()).await.expect("a key")
        });
        let secret = issued.secret.as_ref().expose_text().expect("text").to_owned();
        let other = secret.chars().rev().collect();
        (keys, Self { scheme, id: issued.id.to_string(), secret, other })
    }

    /// The other secret with this id.
    pub(crate) fn with_wrong_secret(&self) -> Self {
        let [secret, other] = [&self.other, &self.secret].map(String::clone);
        Self { scheme: self.scheme, id: self.id.clone(), secret, other }
    }
}

/// Whom a key stands for that is in no store.
pub(crate) fn principal(scheme: Scheme, id: &str) -> StoredPrincipal {
    let credential = Credential::of_key(scheme, Realm::default(), KeyId::from(id));
    Principal::builder(Some(UserId::from(id))).account(None).site(None).credential(credential).build()
}
