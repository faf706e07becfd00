//! Searching keys in PostgreSQL: in the texts themselves, without an index.

use sqlx::QueryBuilder;

use super::dialect::{Database, Pool};
use crate::store::{KeyQuery, StoreError};

/// What is searched but the URL of the site. No line feed is in what stands between them, and the
/// collation of the columns lowers ASCII letters alone.
const TEXT: &str = "lower(k.id || chr(10) || k.label || chr(10) || coalesce(k.user, '') || chr(10) \
     || coalesce(k.account, '') || chr(10) || coalesce(k.site, '') || chr(10) \
     || CASE WHEN k.prefix = '' AND k.last_four IS NULL THEN '' \
     ELSE k.prefix || chr(8230) || coalesce(k.last_four, '') END)";

/// The words of a search, in lower case.
pub(super) struct Search(Vec<String>);

impl Search {
    /// The words; none where no text can have them.
    #[expect(clippy::unused_async, reason = "other databases look for them")]
    pub(super) async fn new(_: &Pool, query: &KeyQuery) -> Result<Option<Self>, StoreError> {
        let words: Vec<_> = query.words().map(str::to_ascii_lowercase).collect();
        Ok((!words.iter().any(|word| word.contains('\0'))).then_some(Self(words)))
    }

    /// Whether the keys are known that have the words, and are few.
    #[expect(clippy::unused_self, reason = "other databases know")]
    pub(super) const fn is_rare(&self) -> bool {
        false
    }

    /// Adds the condition to a query for keys.
    pub(super) fn push(&self, select: &mut QueryBuilder<Database>, _: bool) {
        for word in &self.0 {
            select.push(" AND (strpos(").push(TEXT).push(", ").push_bind(word.clone());
            select.push(") > 0 OR k.site IN (SELECT id FROM sites WHERE strpos(lower(url), ");
            select.push_bind(word.clone()).push(") > 0))");
        }
    }
}
