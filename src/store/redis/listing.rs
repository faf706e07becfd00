//! Listing keys.

use super::RedisKeyStore;
use super::found::{Answer, Found};
use super::owners::from;
use super::scripts::PAGE;
use crate::store::{
    AdminError, Direction, KeyQuery, KeyRef, KeySort, KeySummary, OwnerRef, StoreError, issuing,
};
use crate::{KeyId, Timestamp};

/// How many are asked for at once.
const BATCH: usize = 200;
/// How many are kept, besides those of the page, before they are sorted and the last ones dropped.
const KEPT: usize = 1_000;

impl<P> RedisKeyStore<P> {
    /// Keys that a query selects, out of the list of one owner where the query names one, else out
    /// of that of the realm.
    ///
    /// In the order of their ids they are read until the page is full. For another order there is
    /// no index: every key of the list is read, and the first of them are kept.
    pub(super) async fn page(&self, query: &KeyQuery, now: Timestamp) -> Result<Vec<KeySummary>, AdminError> {
        issuing::check_search(query)?;
        let ordered = (query.sort, query.direction) == (KeySort::Id, Direction::Ascending);
        let after = self.after(query).await?;
        let list = self.list_of(query);
        let mut page = Vec::new();
        let mut start = from(query.after.as_ref().filter(|_| ordered).map(KeyId::as_str));
        loop {
            if ordered && page.len() >= query.limit {
                break;
            }
            let batch = self.batch(query, &list, &start).await?;
            let last = batch.len() < BATCH;
            if let Some(key) = batch.last() {
                start = from(Some(key.id.as_str()));
            }
            page.extend(
                batch.into_iter().filter(|key| after.precedes(key, query) && query.selects(key, now)),
            );
            if !ordered && page.len() >= query.limit.saturating_add(KEPT) {
                cut(&mut page, query);
            }
            if last {
                break;
            }
        }
        cut(&mut page, query);
        Ok(page)
    }

    /// The next keys of a list, in the order of their ids.
    async fn batch(&self, query: &KeyQuery, list: &str, start: &str) -> Result<Vec<KeySummary>, StoreError> {
        let mut call = self.server.invoke(&PAGE);
        call.key(list).arg(query.realm.as_str()).arg(start).arg(BATCH);
        let batch: Vec<(String, Option<Answer>)> = self.server.run(&call).await?;
        let read = |(id, answer): (String, Option<Answer>)| {
            let name = KeyRef { realm: query.realm.clone(), id: KeyId::from(id) };
            let answer = answer.ok_or(StoreError::corrupt("a key in a list"))?;
            Found::read(&name, answer).map(|found| found.summary)
        };
        batch.into_iter().map(read).collect()
    }

    fn list_of(&self, query: &KeyQuery) -> String {
        let site = query.site.clone().map(OwnerRef::Site);
        let user = || query.user.clone().map(OwnerRef::User);
        let account = || query.account.clone().map(OwnerRef::Account);
        let names = self.server.names();
        match site.or_else(user).or_else(account) {
            Some(owner) => names.keys_of(&query.realm, &owner),
            None => names.keys(&query.realm),
        }
    }

    /// Where the page begins.
    async fn after(&self, query: &KeyQuery) -> Result<After, AdminError> {
        let Some(id) = &query.after else { return Ok(After::Beginning) };
        if query.sort == KeySort::Id {
            return Ok(After::Id(id.clone()));
        }
        let name = KeyRef { realm: query.realm.clone(), id: id.clone() };
        let found = self.known(&name).await?.ok_or(AdminError::UnknownKey)?;
        Ok(After::Key(Box::new(found.summary)))
    }
}

enum After {
    Beginning,
    Id(KeyId),
    Key(Box<KeySummary>),
}

impl After {
    fn precedes(&self, key: &KeySummary, query: &KeyQuery) -> bool {
        match self {
            Self::Beginning => true,
            Self::Id(id) if query.direction == Direction::Ascending => key.id > *id,
            Self::Id(id) => key.id < *id,
            Self::Key(after) => query.compare(after, key).is_lt(),
        }
    }
}

/// The first keys, as many as a page has.
fn cut(page: &mut Vec<KeySummary>, query: &KeyQuery) {
    page.sort_unstable_by(|one, other| query.compare(one, other));
    page.truncate(query.limit);
}
