//! What the keys of a job are like.

use std::collections::HashSet;

use crate::SiteId;
use crate::console::form::Fields;
use crate::console::keys::new_key;
use crate::console::reply::Failure;
use crate::console::settings::Settings;
use crate::store::{KeySecret, NewKey, issuing};

/// The most keys that one job makes.
pub(super) const MOST_SITES: usize = 10_000;
/// What a label has where the id of the site is to be.
const SITE: &str = "{site}";

/// The key of each site, but for what differs.
pub(super) struct Template(NewKey);

impl Template {
    /// What a form says of all keys.
    pub(super) fn read(form: &Fields, settings: &Settings) -> Result<Self, Failure> {
        let mut key = new_key(form, settings)?;
        key.owner.site = None;
        Ok(Self(key))
    }

    /// The account that the form names.
    pub(super) fn account(&self) -> Option<&str> {
        self.0.owner.account.as_ref().map(|account| account.as_str())
    }

    /// The key of a site.
    pub(super) fn key(&self, site: &SiteId) -> NewKey {
        let one = &self.0;
        NewKey {
            realm: one.realm.clone(),
            scheme: one.scheme,
            id: None,
            secret: KeySecret::Generate,
            prefix: one.prefix.clone(),
            format: one.format.clone(),
            owner: one.owner.clone(),
            label: label(&one.label, site),
            note: one.note.clone(),
            scopes: one.scopes.clone(),
            limits: one.limits.clone(),
            entry_points: one.entry_points.clone(),
            networks: one.networks.clone(),
            signature_forms: one.signature_forms,
            not_before: one.not_before,
            expires_at: one.expires_at,
        }
    }

    /// Finds what is wrong with the keys themselves before any is made.
    pub(super) fn check(&self, sites: &[SiteId]) -> Result<(), Failure> {
        for site in sites {
            let forged = issuing::forge(&self.key(site));
            drop(forged.map_err(|error| Failure::invalid(format!("the key of site {site}: {error}")))?);
        }
        Ok(())
    }
}

/// The label of the key of a site: its id where the text says so, or behind the text.
fn label(text: &str, site: &SiteId) -> String {
    match text {
        "" => site.as_str().to_owned(),
        text if text.contains(SITE) => text.replace(SITE, site.as_str()),
        text => format!("{text} {site}"),
    }
}

/// The sites that a form names: those of the text, one a line, and the ticked ones; each once.
pub(super) fn sites(form: &Fields) -> Vec<SiteId> {
    let pasted = form.unique("sites").unwrap_or_default().lines();
    let named = pasted.chain(form.all("chosen")).map(str::trim).filter(|id| !id.is_empty());
    let mut seen = HashSet::new();
    named.filter(|id| seen.insert(*id)).map(SiteId::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_the_id_of_the_site_where_it_says_so_or_behind() {
        let of = |text| label(text, &"shop".into());
        assert_eq!(of(""), "shop");
        assert_eq!(of("for the fair"), "for the fair shop");
        assert_eq!(of("{site}: {site} key"), "shop: shop key");
    }

    #[test]
    fn sites_are_those_of_the_text_and_the_ticked_ones_each_once() {
        let form = Fields::parse(b"sites=b%0D%0A+a+%0D%0A%0D%0Ab%0Ac+d&chosen=e&chosen=a");
        assert_eq!(sites(&form), ["b", "a", "c d", "e"].map(SiteId::from));
        assert!(sites(&Fields::parse(b"sites=+%0A")).is_empty());
    }
}
