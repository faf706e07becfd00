//! A dry run: what would become of a request that somebody pasted, and why.
//!
//! What is pasted may hold secrets, so no page has it: the text area is empty after each answer.

mod form;
mod lines;
mod result;
mod run;

use std::sync::Arc;

use super::Console;
use super::gate::Administrator;
use super::routes::{Asks, Routes};
use crate::explain::{ExplainSettings, Explainer};
use crate::{Authenticator, Realm};

/// Adds the page, whose form changes nothing.
pub(super) fn add<A: Authenticator<Principal = Administrator>>(routes: Routes<A>) -> Routes<A> {
    routes.page("/dry-run", run::empty).form("/dry-run", Asks::See, run::run)
}

/// An explainer for each realm: the one that the application has made, or one of what the console
/// knows of the service.
pub(super) fn explainers(console: &Console) -> Vec<Arc<Explainer>> {
    let given = |realm: &Realm| console.explainers.iter().find(|held| held.realm() == realm).cloned();
    let of = |realm: &Realm| given(realm).or_else(|| by_default(console, realm).map(Arc::new));
    console.settings.realms.iter().filter_map(of).collect()
}

fn by_default(console: &Console, realm: &Realm) -> Option<Explainer> {
    let mut settings = ExplainSettings::new().with_realm(realm.clone());
    if let Some(format) = &console.settings.key_format {
        settings = settings.with_key_format(format.clone());
    }
    if let Some((region, service)) = &console.settings.service.sigv4 {
        settings = settings.with_region(region).with_service(service);
    }
    // Only settings of tokens can be wrong, and there are none.
    Explainer::new(settings).ok()
}
