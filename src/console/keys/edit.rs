//! Editing a key.

use super::fields::{chosen, expiry, networks, note, scopes};
use super::{named, page_of};
use crate::console::reply::{Answer, Failure, Notice, Reply};
use crate::console::visit::Change;
use crate::store::{EntryPoints, KeyEdit, SavedEntryPoint};

/// Makes what a form says of a key so. The form has the whole key, so what is empty is taken away.
pub(super) async fn edit(change: Change) -> Answer {
    let (form, store) = (&change.form, &change.store);
    let key = named(form, &change.visit.shared.settings)?;
    let held = store.find_key(&key).await?.ok_or(Failure::Unknown("key"))?;
    let saved = store.entry_points().await?;
    // Everything is read before anything is changed.
    let edit = KeyEdit::new().label(form.text("label").unwrap_or_default()).note(note(form));
    let edit = edit.scopes(scopes(form)?);
    let networks = networks(form, held.networks.clone())?;
    let entry_points = chosen(form)?;
    let entry_points = if entry_points.names().is_none() && hides_all(&held.entry_points, &saved) {
        // Without a box to take the tick from, nobody has asked for all of them.
        held.entry_points.clone()
    } else {
        entry_points
    };
    if entry_points.names().is_none() && held.entry_points.names().is_some() && !form.is_set("everything") {
        let text = "without a ticked entry point the key may call everything: tick that this is meant";
        return Err(Failure::invalid(text));
    }
    // A field of a form has no seconds: where it says what was there, that stays to the second.
    let expires = expiry(form)?;
    let edit = match (expires, held.expires_at) {
        (Some(wanted), Some(held))
            if wanted.as_unix_seconds() == held.as_unix_seconds().div_euclid(60) * 60 =>
        {
            edit
        }
        (wanted, _) => edit.expires_at(wanted),
    };
    if networks != held.networks {
        store.assign_networks(&key, networks).await?;
    }
    if entry_points != held.entry_points {
        store.assign_entry_points(&key, entry_points).await?;
    }
    store.edit(&key, edit).await?;
    Ok(Reply::done(page_of(&key), Notice::Saved))
}

/// Whether a key is limited, and the form has a box for none of its entry points: all are gone.
fn hides_all(held: &EntryPoints, saved: &[SavedEntryPoint]) -> bool {
    let is_live = |name: &str| saved.iter().any(|saved| saved.live && saved.entry_point.name() == name);
    held.names().is_some_and(|mut names| !names.any(is_live))
}
