//! Listing keys.

use super::RedisKeyStore;
use super::found::{Answer, Found};
use super::owners::from;
use super::scripts::PAGE;
use crate::store::{AdminError, KeyQuery, KeyRef, KeySummary, OwnerRef, StoreError};
use crate::{KeyId, Timestamp};

/// How many are asked for at once.
const BATCH: usize = 200;

impl<P> RedisKeyStore<P> {
    /// Keys that a query selects, in the order of their ids: out of the list of one owner where
    /// the query names one, else out of that of the realm.
    pub(super) async fn page(&self, query: &KeyQuery, now: Timestamp) -> Result<Vec<KeySummary>, AdminError> {
        let site = query.site.clone().map(OwnerRef::Site);
        let user = || query.user.clone().map(OwnerRef::User);
        let account = || query.account.clone().map(OwnerRef::Account);
        let names = self.server.names();
        let list = match site.or_else(user).or_else(account) {
            Some(owner) => names.keys_of(&query.realm, &owner),
            None => names.keys(&query.realm),
        };
        let mut page = Vec::new();
        let mut start = from(query.after.as_ref().map(KeyId::as_str));
        while page.len() < query.limit {
            let mut call = self.server.invoke(&PAGE);
            call.key(&list).arg(query.realm.as_str()).arg(&start).arg(BATCH);
            let batch: Vec<(String, Option<Answer>)> = self.server.run(&call).await?;
            let last = batch.len() < BATCH;
            for (id, answer) in batch {
                start = from(Some(&id));
                let name = KeyRef { realm: query.realm.clone(), id: KeyId::from(id) };
                let answer = answer.ok_or(StoreError::corrupt("a key in a list"))?;
                let key = Found::read(&name, answer)?.summary;
                if page.len() < query.limit && query.selects(&key, now) {
                    page.push(key);
                }
            }
            if last {
                break;
            }
        }
        Ok(page)
    }
}
