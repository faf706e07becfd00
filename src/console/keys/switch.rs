//! What is done with a key as a whole.

use std::time::Duration;

use super::secret::{Fresh, secret_page};
use super::{named, page_of, realm};
use crate::SiteId;
use crate::console::form::query;
use crate::console::moments::days;
use crate::console::reply::{Answer, Failure, Notice, Reply};
use crate::console::visit::Change;
use crate::store::{Enabled, KeyRef};

/// The longest that an old secret lives on, in days.
pub(super) const LONGEST_OVERLAP: u64 = 90;

pub(super) async fn enable(change: Change) -> Answer {
    switch(&change, Enabled::Yes, Notice::Enabled).await
}

pub(super) async fn disable(change: Change) -> Answer {
    switch(&change, Enabled::No, Notice::Disabled).await
}

async fn switch(change: &Change, enabled: Enabled, notice: Notice) -> Answer {
    let key = named(&change.form, &change.visit.shared.settings)?;
    change.store.set_enabled(&key, enabled).await?;
    Ok(Reply::done(page_of(&key), notice))
}

/// A new secret; the old one lives on for some days.
pub(super) async fn rotate(change: Change) -> Answer {
    let text = change.form.required("overlap", "the overlap")?;
    let overlap = text.parse().ok().filter(|count| *count <= LONGEST_OVERLAP);
    let wrong =
        || Failure::invalid(format!("the overlap is a whole number of days, at most {LONGEST_OVERLAP}"));
    renew(&change, days(overlap.ok_or_else(wrong)?), "The key is rotated").await
}

/// A new secret; the old one ends at once.
pub(super) async fn regenerate(change: Change) -> Answer {
    renew(&change, Duration::ZERO, "The key has a new secret").await
}

async fn renew(change: &Change, overlap: Duration, title: &'static str) -> Answer {
    let visit = &change.visit;
    let key = named(&change.form, &visit.shared.settings)?;
    let held = change.store.find_key(&key).await?.ok_or(Failure::Unknown("key"))?;
    visit.shared.once(change).await?;
    let issued = change.store.rotate(&key, overlap, visit.now).await?;
    let fresh = Fresh { key, scheme: held.scheme, secret: issued.secret };
    Ok(secret_page(visit, &fresh, title))
}

pub(super) async fn revoke(change: Change) -> Answer {
    let key = named(&change.form, &change.visit.shared.settings)?;
    let reason = change.form.required("reason", "the reason")?;
    confirmed(&change)?;
    change.store.revoke(&key, reason, change.visit.now).await?;
    Ok(Reply::done(page_of(&key), Notice::Revoked))
}

/// Revokes every key of a site.
pub(super) async fn clear(change: Change) -> Answer {
    let realm = realm(&change.form, &change.visit.shared.settings)?;
    let site = SiteId::from(change.form.required("site", "the site")?);
    let reason = change.form.required("reason", "the reason")?;
    confirmed(&change)?;
    change.store.clear_keys_of_site(&realm, &site, reason, change.visit.now).await?;
    let list = query(&[("realm", realm.as_str()), ("site", site.as_str())]);
    Ok(Reply::done(format!("/?{list}"), Notice::Cleared))
}

/// What cannot be taken back is ticked first.
fn confirmed(change: &Change) -> Result<(), Failure> {
    if change.form.is_set("sure") { Ok(()) } else { Err(Failure::invalid("tick that you are sure")) }
}

/// The realm and the id of a key, for a form.
pub(super) fn hidden(key: &KeyRef) -> maud::Markup {
    maud::html! {
        input type="hidden" name="realm" value=(key.realm);
        input type="hidden" name="id" value=(key.id);
    }
}
