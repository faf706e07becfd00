//! The list of roles, new ones, and the end of one.

use maud::{Markup, html};

use super::lockout::{Taking, refusal};
use super::{listing, name_field, named, panel, role, sure};
use crate::RoleId;
use crate::console::form::Fields;
use crate::console::layout::Section;
use crate::console::reply::{Answer, Failure, Notice, Page, Reply};
use crate::console::visit::{Change, Visit};
use crate::store::{AdminError, RoleSummary};

pub(super) async fn list(visit: Visit) -> Answer {
    Ok(page(&visit, &visit.query).await?.into())
}

/// Makes a role known.
pub(super) async fn add(change: Change) -> Answer {
    let added = async {
        let id = RoleId::from(change.form.required("new", "the name")?);
        change.store.add_role(&id).await.map_err(|error| match error {
            AdminError::Duplicate => Failure::invalid("there is a role of this name already"),
            other => other.into(),
        })?;
        Ok::<_, Failure>(id)
    };
    match added.await {
        Ok(id) => Ok(Reply::done(role::page_of(&id), Notice::Added)),
        Err(failure) => Ok(page(&change.visit, &change.form).await?.with_error(&failure).into()),
    }
}

/// Deletes a role.
pub(super) async fn delete(change: Change) -> Answer {
    let id = RoleId::from(named(&change.form, "id", "role")?);
    if let Err(failure) = sure(&change) {
        return Ok(role::page(&change.visit, &id, &change.form).await?.with_error(&failure).into());
    }
    let refused = refusal(&change, Section::Roles, "/roles/delete", Taking::Role(&id)).await?;
    if let Some(refused) = refused {
        return Ok(refused);
    }
    change.store.remove_role(&id).await?;
    Ok(Reply::done("/roles", Notice::Removed))
}

async fn page(visit: &Visit, filled: &Fields) -> Result<Page, Failure> {
    let listing = listing::load(visit, &listing::Roles).await?;
    let body = html! {
        p { "A role has privileges, and is given to groups. " a href=(visit.link("/privileges")) { "All privileges" } }
        (listing::search(visit, "/roles", &[], "Part of a name, or of that of a privilege."))
        @if !listing.lines.is_empty() { (table(visit, &listing.lines)) }
        (listing::pages(visit, "/roles", &[], &listing))
        @if visit.may_change_directory() {
            h2 { "Add a role" }
            (panel(visit, "/roles/add", &html! {
                div.grid { (name_field(filled, "new", "Name", "At most 255 bytes.")) }
                p { button type="submit" { "Add" } }
            }))
        }
    };
    Ok(Page::new(Section::Roles, "Roles", body))
}

fn table(visit: &Visit, lines: &[RoleSummary]) -> Markup {
    html! {
        div.scroll {
            table.stack {
                caption { "Roles in the order of their names" }
                thead { tr { th scope="col" { "Role" } th scope="col" { "Privileges" } } }
                tbody {
                    @for line in lines {
                        tr {
                            td data-label="Role" { a href=(visit.link(&role::page_of(&line.id))) { (line.id) } }
                            td data-label="Privileges" {
                                div {
                                    @if line.privileges.iter().next().is_none() { "–" }
                                    @for name in line.privileges.iter() { code { (name) } " " }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
