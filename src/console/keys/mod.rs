//! Keys: a list, each of them, new ones, and what is done with them.

mod edit;
mod fields;
mod filter;
mod issue;
mod light;
mod lines;
mod list;
mod secret;
mod show;
mod switch;

use super::form::{Fields, query};
use super::gate::Administrator;
use super::reply::Failure;
use super::routes::Routes;
use super::settings::Settings;
use crate::store::{KeyRef, KeySummary};
use crate::{Authenticator, KeyId, Realm};

pub(super) use fields::{Choices, NewKeyForm, new_key};
pub(super) use light::light;

/// Adds the pages about keys.
pub(super) fn add<A: Authenticator<Principal = Administrator>>(routes: Routes<A>) -> Routes<A> {
    routes
        .page("/", list::list)
        .page("/key", show::show)
        .page("/keys/new", issue::form)
        .change("/keys/new", issue::issue)
        .change("/keys/edit", edit::edit)
        .change("/keys/enable", switch::enable)
        .change("/keys/disable", switch::disable)
        .change("/keys/rotate", switch::rotate)
        .change("/keys/regenerate", switch::regenerate)
        .change("/keys/revoke", switch::revoke)
        .change("/keys/clear", switch::clear)
}

/// The key that fields name: `id`, and `realm` where it is not the first one.
pub(super) fn named(fields: &Fields, settings: &Settings) -> Result<KeyRef, Failure> {
    let id = fields.unique("id").filter(|id| !id.is_empty()).ok_or(Failure::Unknown("key"))?;
    Ok(KeyRef { realm: realm(fields, settings)?, id: KeyId::from(id) })
}

/// The realm that fields name, or the first one.
pub(super) fn realm(fields: &Fields, settings: &Settings) -> Result<Realm, Failure> {
    let wanted = fields.text("realm");
    let mut realms = settings.realms.iter();
    let found = realms.find(|realm| wanted.is_none_or(|wanted| realm.as_str() == wanted));
    found.cloned().ok_or(Failure::Unknown("realm"))
}

/// The page of a key.
pub(super) fn page_of(key: &KeyRef) -> String {
    format!("/key?{}", query(&[("realm", key.realm.as_str()), ("id", key.id.as_str())]))
}

/// The name of a key that a list has.
pub(super) fn reference(key: &KeySummary) -> KeyRef {
    KeyRef { realm: key.realm.clone(), id: key.id.clone() }
}
