//! Giving an entry point to keys, and taking it away.
//!
//! Each key is read and written for itself. Two rules hold whatever is asked for: no key gets
//! a limit that it did not have unless that is ticked, and no key loses the last entry point
//! that it is limited to.

use std::collections::HashSet;

use maud::html;

use super::page_of;
use crate::KeyId;
use crate::console::keys::{page_of as page_of_key, realm};
use crate::console::layout::{Section, sentence};
use crate::console::reply::{Answer, Failure, Notice, Page, Reply};
use crate::console::store::Store;
use crate::console::visit::Change;
use crate::store::{AdminError, EntryPoints, KeyRef};

/// The most keys that one form changes.
pub(super) const MOST_KEYS: usize = 1_000;

/// What is done with each key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// It may call the entry point.
    Give {
        /// Also where that takes all others from it.
        limits: bool,
    },
    /// It may not.
    Take,
}

/// What became of the keys of a form.
#[derive(Default)]
struct Outcome {
    changed: usize,
    /// It was so before.
    unchanged: usize,
    refused: Vec<(KeyRef, String)>,
}

pub(super) async fn give(change: Change) -> Answer {
    let limits = change.form.is_set("limits");
    each(&change, Wanted::Give { limits }).await
}

pub(super) async fn take(change: Change) -> Answer {
    each(&change, Wanted::Take).await
}

async fn each(change: &Change, wanted: Wanted) -> Answer {
    let (form, visit) = (&change.form, &change.visit);
    let name = form.required("name", "the entry point")?;
    let realm = realm(form, &visit.shared.settings)?;
    let saved = change.store.entry_points().await?;
    let held = saved.iter().find(|held| held.entry_point.name() == name);
    let held = held.ok_or(Failure::Unknown("entry point"))?;
    if !held.live && wanted != Wanted::Take {
        return Err(Failure::invalid("the entry point is gone: no key can be limited to it"));
    }
    let keys = named(change);
    if keys.is_empty() || keys.len() > MOST_KEYS {
        let text = format!("name 1 to {MOST_KEYS} keys: these are {}", keys.len());
        return Err(Failure::invalid(text));
    }
    let mut outcome = Outcome::default();
    let mut is_down = false;
    for id in keys {
        let key = KeyRef { realm: realm.clone(), id };
        if is_down {
            outcome.refused.push((key, "it was not tried".to_owned()));
            continue;
        }
        match one(&change.store, &key, name, wanted).await {
            Ok(true) => outcome.changed += 1,
            Ok(false) => outcome.unchanged += 1,
            Err(failure) => {
                is_down = matches!(failure, Failure::Store(AdminError::Store(_)));
                outcome.refused.push((key, failure.to_string()));
            }
        }
    }
    let back = page_of(name, &realm);
    if outcome.refused.is_empty() {
        return Ok(Reply::done(back, Notice::Saved));
    }
    let failure = Failure::invalid("not all keys were changed");
    let body = html! {
        p { (outcome.changed) " keys were changed, " (outcome.unchanged) " were so before, " (outcome.refused.len()) " were not changed." }
        div.scroll {
            table.stack {
                caption { "Keys that were not changed" }
                thead { tr { th scope="col" { "Key" } th scope="col" { "Why" } } }
                tbody {
                    @for (key, why) in &outcome.refused {
                        tr {
                            td data-label="Key" { a href=(visit.link(&page_of_key(key))) { (key.id) } }
                            td data-label="Why" { (sentence(why)) }
                        }
                    }
                }
            }
        }
        p { a.button href=(visit.link(&back)) { "Back to the entry point" } }
    };
    Ok(Page::new(Section::EntryPoints, format!("Entry point {name}"), body).with_error(&failure).into())
}

/// The keys that a form names: those of the text, one a line, and the ticked ones; each once.
fn named(change: &Change) -> Vec<KeyId> {
    let pasted = change.form.unique("keys").unwrap_or_default().lines();
    let named = pasted.chain(change.form.all("key")).map(str::trim).filter(|id| !id.is_empty());
    let mut seen = HashSet::new();
    named.filter(|id| seen.insert(*id)).map(KeyId::from).collect()
}

/// Changes one key, and says whether there was anything to change.
async fn one(store: &Store, key: &KeyRef, name: &str, wanted: Wanted) -> Result<bool, Failure> {
    let held = store.find_key(key).await?.ok_or(Failure::Unknown("key"))?;
    let Some(names) = settled(&held.entry_points, name, wanted)? else { return Ok(false) };
    store.assign_entry_points(key, names).await.map_err(|error| match error {
        AdminError::UnknownEntryPoint => {
            Failure::invalid("the key is limited to another entry point that is gone: take that away first")
        }
        error => error.into(),
    })?;
    Ok(true)
}

/// The entry points of a key as they are to be; none where they are so.
fn settled(held: &EntryPoints, name: &str, wanted: Wanted) -> Result<Option<EntryPoints>, Failure> {
    let only = |names: &[&str]| {
        EntryPoints::only(names.iter().copied()).map_err(|_| Failure::Unknown("entry point"))
    };
    match (held.names(), wanted) {
        (None, Wanted::Give { limits: true }) => only(&[name]).map(Some),
        (None, Wanted::Give { limits: false }) => Err(Failure::invalid(
            "it may call every entry point now: tick that it is to be limited to this one",
        )),
        (None, Wanted::Take) => Err(Failure::invalid(
            "it may call every entry point: give it the ones that it may call, and it is limited to those",
        )),
        (Some(_), Wanted::Give { .. }) if held.allow(name) => Ok(None),
        (Some(_), Wanted::Give { .. }) => {
            let names: Vec<_> = held.names().into_iter().flatten().chain([name]).collect();
            only(&names).map(Some)
        }
        (Some(names), Wanted::Take) => {
            let all: Vec<_> = names.collect();
            let left: Vec<_> = all.iter().copied().filter(|held| *held != name).collect();
            match (left.len() == all.len(), left.is_empty()) {
                (true, _) => Ok(None),
                (false, true) => Err(Failure::invalid(
                    "it is the only entry point that the key is limited to: disable the key instead",
                )),
                (false, false) => only(&left).map(Some),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVE: Wanted = Wanted::Give { limits: false };
    const LIMIT: Wanted = Wanted::Give { limits: true };

    fn only(names: &[&str]) -> EntryPoints {
        EntryPoints::only(names.iter().copied()).expect("names")
    }

    #[test]
    fn what_a_key_may_call_is_as_asked_for() {
        for (held, wanted, new) in [
            (only(&["b"]), GIVE, Some(only(&["a", "b"]))),
            (only(&["b"]), LIMIT, Some(only(&["a", "b"]))),
            (only(&["a", "b"]), GIVE, None),
            (only(&["a", "b"]), Wanted::Take, Some(only(&["b"]))),
            (only(&["b"]), Wanted::Take, None),
            (only(&[]), GIVE, Some(only(&["a"]))),
            (only(&[]), Wanted::Take, None),
            (EntryPoints::any(), LIMIT, Some(only(&["a"]))),
        ] {
            assert_eq!(settled(&held, "a", wanted).expect("settled"), new, "{held:?}");
        }
    }

    #[test]
    fn nothing_limits_a_key_without_a_tick_or_takes_its_last_entry_point() {
        for (held, wanted) in
            [(EntryPoints::any(), GIVE), (EntryPoints::any(), Wanted::Take), (only(&["a"]), Wanted::Take)]
        {
            let refused = settled(&held, "a", wanted);
            assert!(matches!(refused, Err(Failure::Invalid(_))), "{held:?}");
        }
    }
}
