//! A store of keys with a flaw: how keys are listed.

use portcullis::store::{AdminError, Direction, KeyAdmin, KeyQuery, KeyRef, KeySort, KeyState, KeySummary};
use portcullis::{KeyId, Realm, Timestamp};

use super::flaw::Flaw;
use super::flawed::Flawed;

impl Flawed {
    pub(super) async fn listed(
        &self,
        query: &KeyQuery,
        now: Timestamp,
    ) -> Result<Vec<KeySummary>, AdminError> {
        let mut asked = query.clone();
        match self.flaw {
            Flaw::ListsEveryOwner => (asked.user, asked.account, asked.site) = (None, None, None),
            Flaw::ListsEveryStatus | Flaw::ListsShortPages => asked.status = None,
            Flaw::ListsWhatIsNotDue => asked.renewed_before = None,
            Flaw::ForgetsRenewal => asked.renewed_before = None,
            Flaw::SortsById => asked.sort = KeySort::Id,
            Flaw::SortsForwards => asked.direction = Direction::Ascending,
            Flaw::ListsEveryScheme => asked.scheme = None,
            Flaw::ListsEveryUse => asked.used = None,
            Flaw::SearchesUnfiltered if query.search.is_some() => {
                (asked.scheme, asked.used, asked.user, asked.site_url) = (None, None, None, None);
            }
            _ => {}
        }
        let mut page = match self.store.list(&asked, now).await {
            Err(AdminError::UnknownKey) if self.flaw == Flaw::BeginsAnew => {
                self.store.list(&asked.after(None), now).await?
            }
            page => self.searched(query, now, page).await?,
        };
        asked = query.clone();
        if self.flaw == Flaw::PagesByLocale {
            let folded = |id: &KeyId| id.as_str().to_lowercase();
            page = self.store.list(&KeyQuery::new(query.realm.clone()).with_limit(1_000), now).await?;
            page.sort_by_key(|key| folded(&key.id));
            page.retain(|key| query.selects(key, now));
            page.retain(|key| query.after.as_ref().is_none_or(|after| folded(&key.id) > folded(after)));
            page.truncate(query.limit);
        }
        if let (Flaw::PagesDropTies, Some(after)) = (self.flaw, &query.after) {
            let last = KeyRef { realm: query.realm.clone(), id: after.clone() };
            let last = self.store.find_key(&last).await?.map(|key| key.created_at);
            page.retain(|key| last.is_none_or(|last| key.created_at > last));
        }
        if self.flaw == Flaw::ListsEveryRealm {
            asked.realm = Realm::from("a");
            page.extend(self.store.list(&asked, now).await?);
        }
        let mut page: Vec<_> = page.into_iter().map(|key| self.told(key)).collect();
        page.retain(|key| match self.flaw {
            Flaw::ListsByExactUrl => {
                let url = key.site_url.as_deref().unwrap_or_default();
                query.site_url.as_ref().is_none_or(|part| url.contains(part.as_str()))
            }
            Flaw::ListsShortPages => query.selects(key, now),
            Flaw::HidesRevoked => query.renewed_before.is_none() || key.state != KeyState::Revoked,
            _ => true,
        });
        Ok(page)
    }

    /// What the flaw finds instead of a page.
    async fn searched(
        &self,
        query: &KeyQuery,
        now: Timestamp,
        page: Result<Vec<KeySummary>, AdminError>,
    ) -> Result<Vec<KeySummary>, AdminError> {
        let Some(search) = &query.search else { return page };
        let finds: fn(&str, &str, &str) -> bool = match self.flaw {
            Flaw::SearchesLabels => |label, _, word| label.to_lowercase().contains(&word.to_lowercase()),
            Flaw::SearchesByCase => |_, all, word| all.contains(word),
            Flaw::SearchesPatterns => |_, all, word| {
                word.contains(['%', '*', '_'])
                    || all.to_ascii_lowercase().contains(&word.to_ascii_lowercase())
            },
            Flaw::SearchesAnyWord | Flaw::SearchesOldTexts => {
                |_, all, word| all.to_ascii_lowercase().contains(&word.to_ascii_lowercase())
            }
            Flaw::SearchesAnyLength if search.len() > 1_000 => return Ok(Vec::new()),
            _ => return page,
        };
        let mut asked = query.clone().with_limit(usize::MAX);
        asked.search = None;
        let mut all = self.store.list(&asked, now).await?;
        all.retain(|key| {
            let name = KeyRef { realm: key.realm.clone(), id: key.id.clone() };
            let first = self.notes().listed.entry(name).or_insert_with(|| key.clone()).clone();
            let text = text(if self.flaw == Flaw::SearchesOldTexts { &first } else { key });
            let mut words = search.split_whitespace().map(|word| finds(&key.label, &text, word));
            if self.flaw == Flaw::SearchesAnyWord {
                words.any(|found| found)
            } else {
                words.all(|found| found)
            }
        });
        all.truncate(query.limit);
        Ok(all)
    }
}

/// What is searched of a key.
fn text(key: &KeySummary) -> String {
    let owner = &key.owner;
    let owners = [
        owner.user.as_ref().map(ToString::to_string),
        owner.account.as_ref().map(ToString::to_string),
        owner.site.as_ref().map(ToString::to_string),
        key.site_url.clone(),
    ];
    let owners: Vec<_> = owners.into_iter().flatten().collect();
    format!("{}\n{}\n{}\n{}", key.id, key.label, owners.join("\n"), key.hint)
}
