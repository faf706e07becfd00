//! The list of groups, new ones, and the end of one.

use maud::{Markup, html};

use super::lockout::{Taking, refusal};
use super::{group, listing, name_field, named, panel, role, sure};
use crate::GroupId;
use crate::console::form::Fields;
use crate::console::layout::Section;
use crate::console::reply::{Answer, Failure, Notice, Page, Reply};
use crate::console::visit::{Change, Visit};
use crate::store::{AdminError, GroupSummary};

pub(super) async fn list(visit: Visit) -> Answer {
    Ok(page(&visit, &visit.query).await?.into())
}

/// Makes a group known.
pub(super) async fn add(change: Change) -> Answer {
    let added = async {
        let id = GroupId::from(change.form.required("new", "the name")?);
        change.store.add_group(&id).await.map_err(|error| match error {
            AdminError::Duplicate => Failure::invalid("there is a group of this name already"),
            other => other.into(),
        })?;
        Ok::<_, Failure>(id)
    };
    match added.await {
        Ok(id) => Ok(Reply::done(group::page_of(&id), Notice::Added)),
        Err(failure) => Ok(page(&change.visit, &change.form).await?.with_error(&failure).into()),
    }
}

/// Deletes a group.
pub(super) async fn delete(change: Change) -> Answer {
    let id = GroupId::from(named(&change.form, "id", "group")?);
    if let Err(failure) = sure(&change) {
        return Ok(group::page(&change.visit, &id, &change.form).await?.with_error(&failure).into());
    }
    let refused = refusal(&change, Section::Groups, "/groups/delete", Taking::Group(&id)).await?;
    if let Some(refused) = refused {
        return Ok(refused);
    }
    change.store.remove_group(&id).await?;
    Ok(Reply::done("/groups", Notice::Removed))
}

async fn page(visit: &Visit, filled: &Fields) -> Result<Page, Failure> {
    let listing = listing::load(visit, &listing::Groups).await?;
    let body = html! {
        p { "Users are in groups, groups have roles, and roles have privileges." }
        (listing::search(visit, "/groups", &[], "Part of a name, or of that of a role."))
        @if !listing.lines.is_empty() { (table(visit, &listing.lines)) }
        (listing::pages(visit, "/groups", &[], &listing))
        @if visit.may_change_directory() {
            h2 { "Add a group" }
            (panel(visit, "/groups/add", &html! {
                div.grid { (name_field(filled, "new", "Name", "At most 255 bytes.")) }
                p { button type="submit" { "Add" } }
            }))
        }
    };
    Ok(Page::new(Section::Groups, "Groups", body))
}

fn table(visit: &Visit, lines: &[GroupSummary]) -> Markup {
    html! {
        div.scroll {
            table.stack {
                caption { "Groups in the order of their names" }
                thead { tr { th scope="col" { "Group" } th scope="col" { "Roles" } } }
                tbody {
                    @for line in lines {
                        tr {
                            td data-label="Group" { a href=(visit.link(&group::page_of(&line.id))) { (line.id) } }
                            td data-label="Roles" {
                                div {
                                    @if line.roles.is_empty() { "–" }
                                    @for (number, held) in line.roles.iter().enumerate() {
                                        @if number > 0 { ", " }
                                        a href=(visit.link(&role::page_of(held))) { (held) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
