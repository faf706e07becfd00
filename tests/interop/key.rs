//! A key that a client is given.

use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{KeyOwner, NewKey};
use portcullis::{Clock, KeyAdmin, Scheme, SystemClock, UserId};

pub(crate) struct Key {
    pub(crate) scheme: Scheme,
    pub(crate) id: String,
    pub(crate) secret: String,
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
        (keys, Self { scheme, id: issued.id.to_string(), secret })
    }

    /// Another secret of the same shape with this id.
    pub(crate) fn with_wrong_secret(&self) -> Self {
        let last = self.secret.len() - 8;
        let (begin, end) = self.secret.split_at(last);
        let end: String = end.chars().rev().collect();
        Self { scheme: self.scheme, id: self.id.clone(), secret: format!("{begin}{end}") }
    }
}
