//! Privileges: the words that routes ask for.

use maud::{Markup, html};

use super::lockout::{Taking, refusal};
use super::{listing, name_field, named, panel, sure};
use crate::Scope;
use crate::console::form::Fields;
use crate::console::layout::{Section, token};
use crate::console::reply::{Answer, Failure, Notice, Page, Reply};
use crate::console::visit::{Change, Visit};
use crate::store::{AdminError, Privilege};

/// The longest name, as for groups and roles.
const LONGEST: usize = 255;

pub(super) async fn list(visit: Visit) -> Answer {
    Ok(page(&visit, &visit.query).await?.into())
}

/// Makes a privilege known.
pub(super) async fn add(change: Change) -> Answer {
    let added = async {
        let privilege = new(&change.form)?;
        change.store.add_privilege(&privilege).await.map_err(|error| match error {
            AdminError::Duplicate => Failure::invalid("there is a privilege of this name already"),
            other => other.into(),
        })
    };
    match added.await {
        Ok(()) => Ok(Reply::done("/privileges", Notice::Added)),
        Err(failure) => Ok(page(&change.visit, &change.form).await?.with_error(&failure).into()),
    }
}

/// What the form says: a name, a label, or both.
fn new(form: &Fields) -> Result<Privilege, Failure> {
    let labelled = |result: Result<_, crate::store::InvalidLabel>| {
        result.map_err(|error| Failure::invalid(error.to_string()))
    };
    let privilege = match (form.text("new"), form.text("label")) {
        (Some(name), label) => {
            let name = Scope::new(name).map_err(|_| {
                Failure::invalid("the name is one word of ASCII without quotes and backslashes")
            })?;
            let privilege = Privilege::new(name);
            match label {
                Some(label) => labelled(privilege.with_label(label))?,
                None => privilege,
            }
        }
        (None, Some(label)) => labelled(Privilege::labelled(label))?,
        (None, None) => return Err(Failure::invalid("the name and the label are missing")),
    };
    if privilege.name().as_str().len() > LONGEST {
        return Err(Failure::invalid(format!("the name is longer than {LONGEST} bytes")));
    }
    Ok(privilege)
}

/// Deletes a privilege.
pub(super) async fn delete(change: Change) -> Answer {
    let name = named(&change.form, "id", "privilege")?;
    let name = Scope::new(name).map_err(|_| Failure::Unknown("privilege"))?;
    if let Err(failure) = sure(&change) {
        return Ok(page(&change.visit, &change.form).await?.with_error(&failure).into());
    }
    let taking = Taking::Privilege(&name);
    if let Some(refused) = refusal(&change, Section::Roles, "/privileges/delete", taking).await? {
        return Ok(refused);
    }
    change.store.remove_privilege(&name).await?;
    Ok(Reply::done("/privileges", Notice::Removed))
}

async fn page(visit: &Visit, filled: &Fields) -> Result<Page, Failure> {
    let listing = listing::load(visit, &listing::Privileges).await?;
    let body = html! {
        p { "Routes ask for privileges by their names. " a href=(visit.link("/roles")) { "All roles" } }
        (listing::search(visit, "/privileges", &[], "Part of a name or of a label."))
        @if !listing.lines.is_empty() { (table(visit, &listing.lines)) }
        (listing::pages(visit, "/privileges", &[], &listing))
        @if visit.may_change_directory() {
            h2 { "Add a privilege" }
            (panel(visit, "/privileges/add", &html! {
                div.grid {
                    (name_field(filled, "new", "Name", "One word, such as orders:read. Empty: it is made of the label."))
                    (name_field(filled, "label", "Label", "What people call it. Empty: the name."))
                }
                p { button type="submit" { "Add" } }
            }))
        }
    };
    Ok(Page::new(Section::Roles, "Privileges", body))
}

fn table(visit: &Visit, lines: &[Privilege]) -> Markup {
    let may_change = visit.may_change_directory();
    html! {
        div.scroll {
            table.stack {
                caption { "Privileges in the order of their names" }
                thead { tr { th scope="col" { "Name" } th scope="col" { "Label" } @if may_change { th scope="col" { "Delete" } } } }
                tbody {
                    @for line in lines {
                        @let name = line.name().as_str();
                        tr {
                            td data-label="Name" { code { (name) } }
                            td data-label="Label" { (line.label()) }
                            @if may_change { td data-label="Delete" { (deletion(visit, name)) } }
                        }
                    }
                }
            }
        }
    }
}

fn deletion(visit: &Visit, name: &str) -> Markup {
    html! {
        form.row method="post" action=(visit.link("/privileges/delete")) {
            (token(&visit.me))
            input type="hidden" name="id" value=(name);
            label.tick { input type="checkbox" name="sure" value="1" required aria-label=(format!("I am sure about {name}")); "I am sure" }
            button.danger type="submit" aria-label=(format!("Delete {name}")) { "Delete" }
        }
    }
}
