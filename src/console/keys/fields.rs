//! The fields of a key that an operator fills in: for one key, and for those of many sites.

use maud::{Markup, html};

use crate::console::form::Fields;
use crate::console::moments::read;
use crate::console::reply::Failure;
use crate::console::settings::Settings;
use crate::console::store::Store;
use crate::store::{
    AdminError, EntryPoints, KeyOwner, KeySummary, Networks, NewKey, OwnerKind, SavedEntryPoint,
};
use crate::{Scheme, Scopes, Timestamp, UserId};

/// More users or sites than this are not listed: their ids are typed then.
const MOST_CHOICES: usize = 500;
/// How many pages of as many users are looked through for those who may be chosen.
const MOST_PAGES: usize = 20;

/// What can be chosen from.
pub(in crate::console) struct Choices {
    users: Vec<String>,
    sites: Vec<String>,
    entry_points: Vec<SavedEntryPoint>,
}

impl Choices {
    pub(in crate::console) async fn load(store: &Store, settings: &Settings) -> Result<Self, Failure> {
        let entry_points = store.entry_points().await?;
        let users = ids(store, OwnerKind::User, &|id| settings.allows(&UserId::from(id))).await?;
        let sites = ids(store, OwnerKind::Site, &|_| true).await?;
        Ok(Self { users, sites, entry_points })
    }

    /// Refuses a key whose entry points are not all in the saved list.
    pub(in crate::console) fn check(&self, key: &NewKey) -> Result<(), Failure> {
        Ok(key.entry_points.check_saved(&self.entry_points)?)
    }
}

/// The first owners of a kind that may be chosen.
async fn ids(
    store: &Store,
    kind: OwnerKind,
    allows: &(dyn Fn(&str) -> bool + Sync),
) -> Result<Vec<String>, Failure> {
    let (mut found, mut after) = (Vec::new(), None::<String>);
    for _ in 0..MOST_PAGES {
        let owners = store.list_owners(kind, after.as_deref(), MOST_CHOICES).await?;
        let ids = owners.iter().map(|held| held.owner.id());
        found.extend(ids.filter(|id| allows(id)).map(str::to_owned));
        after = owners.last().map(|held| held.owner.id().to_owned());
        if owners.len() < MOST_CHOICES || found.len() >= MOST_CHOICES {
            break;
        }
    }
    found.truncate(MOST_CHOICES);
    Ok(found)
}

/// A form for a new key.
pub(in crate::console) struct NewKeyForm<'a> {
    pub(in crate::console) settings: &'a Settings,
    pub(in crate::console) choices: &'a Choices,
    /// What was filled in before, where the form is shown again.
    pub(in crate::console) filled: &'a Fields,
}

impl NewKeyForm<'_> {
    fn value(&self, name: &str) -> &str {
        self.filled.unique(name).unwrap_or_default()
    }

    /// The owner: a user, an account, and, where it is one key, a site.
    pub(in crate::console) fn owner(&self, has_site: bool) -> Markup {
        html! {
            div {
                label for="user" { "User" }
                input #user name="user" list="users" value=(self.value("user")) autocomplete="off" spellcheck="false";
                datalist #users { @for id in &self.choices.users { option value=(id) {} } }
                p.hint { "Type a part of the id to narrow the list. Empty: no user is behind the key." }
            }
            div {
                label for="account" { "Account" }
                input #account name="account" value=(self.value("account")) autocomplete="off" spellcheck="false";
                p.hint { "Empty: that of the user or of the site." }
            }
            @if has_site {
                div {
                    label for="site" { "Site" }
                    input #site name="site" list="sites" value=(self.value("site")) autocomplete="off" spellcheck="false";
                    datalist #sites { @for id in &self.choices.sites { option value=(id) {} } }
                }
            }
        }
    }

    /// Scheme, and the realm where there are several.
    pub(in crate::console) fn kind(&self) -> Markup {
        let (scheme, realm) = (self.value("scheme"), self.value("realm"));
        html! {
            div {
                label for="scheme" { "Scheme" }
                select #scheme name="scheme" {
                    @for held in &self.settings.schemes {
                        option value=(held.name()) selected[held.name() == scheme] { (held.name()) }
                    }
                }
            }
            @if self.settings.realms.len() > 1 {
                div {
                    label for="realm" { "Realm" }
                    select #realm name="realm" {
                        @for held in &self.settings.realms {
                            option value=(held) selected[held.as_str() == realm] { (held) }
                        }
                    }
                }
            }
        }
    }

    /// What it may do, from where, and until when.
    pub(in crate::console) fn limits(&self) -> Markup {
        let ticked: Vec<_> = self.filled.all("entry_point").collect();
        html! {
            div {
                label for="scopes" { "Scopes" }
                input #scopes name="scopes" value=(self.value("scopes")) autocomplete="off" spellcheck="false";
                p.hint { "Words with spaces between them, such as " code { "orders:read orders:write" } "." }
            }
            div {
                label for="networks" { "Networks" }
                input #networks name="networks" value=(self.value("networks")) autocomplete="off" spellcheck="false";
                p.hint { "Such as " code { "192.0.2.0/24 2001:db8::/32" } ". Empty: from everywhere." }
            }
            div {
                label for="expires" { "Expires (UTC)" }
                input #expires type="datetime-local" name="expires" value=(self.value("expires"));
                p.hint { "Empty: it does not." }
            }
            (entry_points(&self.choices.entry_points, &|name| ticked.contains(&name)))
            div.wide {
                label for="note" { "Note" }
                textarea #note name="note" rows="2" { (self.value("note")) }
            }
        }
    }

    /// The field of the label.
    pub(in crate::console) fn label(&self) -> Markup {
        html! {
            div {
                label for="label" { "Label" }
                input #label name="label" value=(self.value("label")) maxlength="255" autocomplete="off";
            }
        }
    }
}

/// A box for each entry point that can be assigned.
pub(in crate::console) fn entry_points(
    saved: &[SavedEntryPoint],
    is_ticked: &dyn Fn(&str) -> bool,
) -> Markup {
    let live = || saved.iter().filter(|saved| saved.live);
    html! {
        @if live().next().is_some() {
            fieldset.wide {
                legend { "Entry points" }
                @for saved in live() {
                    @let name = saved.entry_point.name();
                    label.tick { input type="checkbox" name="entry_point" value=(name) checked[is_ticked(name)]; code { (name) } }
                    " "
                }
                p.hint { "None ticked: all of them." }
            }
        }
    }
}

/// What a form says about a new key.
pub(in crate::console) fn new_key(form: &Fields, settings: &Settings) -> Result<NewKey, Failure> {
    let wanted = form.required("scheme", "the scheme")?;
    let scheme = settings.schemes.iter().find(|scheme| scheme.name() == wanted);
    let scheme = *scheme.ok_or(Failure::Unknown("scheme"))?;
    let owner = KeyOwner {
        user: form.text("user").map(Into::into),
        account: form.text("account").map(Into::into),
        site: form.text("site").map(Into::into),
    };
    if owner.user.as_ref().is_some_and(|user| !settings.allows(user)) {
        return Err(AdminError::OwnerNotAllowed.into());
    }
    let mut key = NewKey::new(scheme, owner)
        .with_realm(super::realm(form, settings)?)
        .with_label(form.text("label").unwrap_or_default())
        .with_note(note(form))
        .with_scopes(scopes(form)?)
        .with_entry_points(chosen(form)?)
        .with_networks(networks(form, Networks::any())?);
    key.expires_at = expiry(form)?;
    if let (Scheme::ApiKey, Some(format)) = (scheme, &settings.key_format) {
        key = key.with_format(format.clone());
    }
    Ok(key)
}

/// The note; browsers write the ends of its lines with a carriage return.
pub(super) fn note(form: &Fields) -> String {
    form.text("note").unwrap_or_default().replace("\r\n", "\n")
}

pub(super) fn scopes(form: &Fields) -> Result<Scopes, Failure> {
    let text = form.text("scopes").unwrap_or_default();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Scopes::parse(&words).map_err(|_| Failure::invalid("a scope is a word without quotes and backslashes"))
}

pub(super) fn chosen(form: &Fields) -> Result<EntryPoints, Failure> {
    let mut names = form.all("entry_point").peekable();
    if names.peek().is_none() {
        return Ok(EntryPoints::any());
    }
    EntryPoints::only(names).map_err(|_| Failure::Unknown("entry point"))
}

/// The networks that a form allows; the ones of `held` that are denied stay.
pub(super) fn networks(form: &Fields, held: Networks) -> Result<Networks, Failure> {
    let denied: Vec<_> = held.denied().iter().map(ToString::to_string).collect();
    let allowed = form.text("networks").unwrap_or_default();
    let allowed = allowed.split(|letter: char| letter == ',' || letter.is_whitespace());
    let networks = Networks::any()
        .with_allowed(allowed.filter(|text| !text.is_empty()))
        .and_then(|networks| networks.with_denied(denied.iter().map(String::as_str)));
    networks.map_err(|error| Failure::invalid(error.to_string()))
}

pub(super) fn expiry(form: &Fields) -> Result<Option<Timestamp>, Failure> {
    form.text("expires").map(|text| read(text, "the expiry")).transpose()
}

/// The networks of a key, as the field has them.
pub(super) fn allowed(key: &KeySummary) -> String {
    key.networks.allowed().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
