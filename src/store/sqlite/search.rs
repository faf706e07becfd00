//! Searching keys in SQLite: by trigrams, and what is shorter than those in the texts themselves.

use sqlx::QueryBuilder;

use super::dialect::{Database, Pool};
use crate::store::{KeyQuery, StoreError};

/// How many characters a word has that an index finds.
const TRIGRAM: usize = 3;
/// So many keys at most are looked up one by one: else the order of the list is followed, or all
/// keys are looked through, and of each it is asked whether it was found.
const FEW: usize = 5_000;

/// Where the words of a search are.
pub(super) enum Search {
    /// Nothing is searched for.
    All,
    /// In these keys: their numbers, in JSON.
    Few(String),
    /// In many keys.
    Many(Words),
}

/// The words of a search, in lower case.
#[derive(Default)]
pub(super) struct Words {
    /// Those that the index finds, in its language; empty for none.
    long: String,
    short: Vec<String>,
    all: Vec<String>,
}

impl Search {
    /// Looks for the words; none where no text can have them.
    pub(super) async fn new(pool: &Pool, query: &KeyQuery) -> Result<Option<Self>, StoreError> {
        let mut words = Words::default();
        for word in query.words() {
            if word.contains('\0') {
                return Ok(None);
            }
            let word = word.to_ascii_lowercase();
            words.all.push(word.clone());
            if word.chars().count() < TRIGRAM {
                words.short.push(word);
            } else {
                let separator = if words.long.is_empty() { "" } else { " " };
                words.long = format!("{}{separator}\"{}\"", words.long, word.replace('"', "\"\""));
            }
        }
        if words.long.is_empty() && words.short.is_empty() {
            return Ok(Some(Self::All));
        }
        let mut select = QueryBuilder::<Database>::new("SELECT group_concat(key) FROM (SELECT t.key FROM ");
        words.push_found(&mut select);
        select.push(" LIMIT ").push_bind(i64::try_from(FEW + 1).unwrap_or(i64::MAX)).push(")");
        let found: Option<String> =
            select.build_query_scalar().fetch_one(pool).await.map_err(StoreError::unavailable)?;
        let Some(found) = found else { return Ok(None) };
        if found.split(',').count() > FEW {
            return Ok(Some(Self::Many(words)));
        }
        Ok(Some(Self::Few(format!("[{found}]"))))
    }

    /// Whether the keys are known that have the words, and are few.
    pub(super) const fn is_rare(&self) -> bool {
        matches!(self, Self::Few(_))
    }

    /// Adds the condition to a query for keys; where all else selects few, `each` of these is asked.
    pub(super) fn push(&self, select: &mut QueryBuilder<Database>, each: bool) {
        match self {
            Self::All => {}
            Self::Few(numbers) => {
                select.push(" AND k.number IN (SELECT value FROM json_each(").push_bind(numbers.clone());
                select.push("))");
            }
            Self::Many(words) if each => {
                select.push(" AND EXISTS (SELECT 1 FROM key_texts t WHERE t.key = k.number");
                Words::push_each(select, &words.all);
                select.push(")");
            }
            Self::Many(words) => {
                // The sign keeps the planner from looking each of them up.
                select.push(" AND +k.number IN (SELECT t.key FROM ");
                words.push_found(select);
                select.push(")");
            }
        }
    }
}

impl Words {
    /// The texts that have all of the words, from behind `FROM` on.
    fn push_found(&self, select: &mut QueryBuilder<Database>) {
        if self.long.is_empty() {
            select.push("key_texts t WHERE true");
        } else if self.short.is_empty() {
            select.push("(SELECT rowid AS key FROM key_search WHERE key_search MATCH ");
            select.push_bind(self.long.clone()).push(") t");
        } else {
            select.push("key_search f CROSS JOIN key_texts t ON t.key = f.rowid WHERE key_search MATCH ");
            select.push_bind(self.long.clone());
        }
        Self::push_each(select, &self.short);
    }

    fn push_each(select: &mut QueryBuilder<Database>, words: &[String]) {
        for word in words {
            select.push(" AND instr(t.text, ").push_bind(word.clone()).push(") > 0");
        }
    }
}
