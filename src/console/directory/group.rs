//! One group: its roles and its users.

use maud::{Markup, html};

use super::lockout::{Taking, refusal};
use super::owners::USERS;
use super::{button, choice, deletion, listing, name_field, named, panel, role};
use crate::console::form::{Fields, query};
use crate::console::layout::Section;
use crate::console::reply::{Answer, Failure, Notice, Page, Reply};
use crate::console::visit::{Change, Visit};
use crate::store::GroupSummary;
use crate::{GroupId, RoleId};

/// The page of a group.
pub(super) fn page_of(group: &GroupId) -> String {
    format!("/group?{}", query(&[("id", group.as_str())]))
}

pub(super) async fn show(visit: Visit) -> Answer {
    let id = GroupId::from(named(&visit.query, "id", "group")?);
    Ok(page(&visit, &id, &Fields::default()).await?.into())
}

/// Gives a role to the group.
pub(super) async fn give(change: Change) -> Answer {
    let group = GroupId::from(named(&change.form, "id", "group")?);
    let given = async {
        let role = RoleId::from(change.form.required("role", "the role")?);
        Ok::<_, Failure>(change.store.give_role_to_group(&role, &group).await?)
    };
    match given.await {
        Ok(()) => Ok(Reply::done(page_of(&group), Notice::Saved)),
        Err(failure) => Ok(page(&change.visit, &group, &change.form).await?.with_error(&failure).into()),
    }
}

/// Takes a role from the group.
pub(super) async fn take(change: Change) -> Answer {
    let group = GroupId::from(named(&change.form, "id", "group")?);
    let role = RoleId::from(named(&change.form, "role", "role")?);
    let taking = Taking::RoleOfGroup(&role, &group);
    if let Some(refused) = refusal(&change, Section::Groups, "/groups/take", taking).await? {
        return Ok(refused);
    }
    change.store.take_role_from_group(&role, &group).await?;
    Ok(Reply::done(page_of(&group), Notice::Saved))
}

/// The page of a group; `filled` is what a form said that is shown again.
pub(super) async fn page(visit: &Visit, id: &GroupId, filled: &Fields) -> Result<Page, Failure> {
    let groups = visit.store().list_groups().await?;
    let held = groups.into_iter().find(|group| group.id == *id).ok_or(Failure::Unknown("group"))?;
    let may_change = visit.may_change_directory();
    let others: Vec<_> = match may_change {
        true => {
            let all = visit.store().list_roles().await?.into_iter();
            all.filter(|role| !held.roles.contains(&role.id)).map(|role| role.id.to_string()).collect()
        }
        false => Vec::new(),
    };
    let users = listing::load(visit, id).await?;
    let own = [("id", id.as_str())];
    let body = html! {
        h2 { "Roles" }
        (roles(visit, &held))
        @if !others.is_empty() {
            (panel(visit, "/groups/give", &html! {
                input type="hidden" name="id" value=(id);
                div.row { (choice(filled, "role", "Role", &others)) button type="submit" { "Give the role" } }
            }))
        }
        h2 { "Users" }
        (listing::search(visit, "/group", &own, "Part of the id of a user."))
        @if !users.lines.is_empty() {
            div.scroll {
                table.stack {
                    caption { "Users of the group in the order of their ids" }
                    thead { tr { th scope="col" { "User" } @if may_change { th scope="col" { "Change" } } } }
                    tbody {
                        @for user in &users.lines {
                            tr {
                                td data-label="User" { a href=(visit.link(&USERS.page_of(user.as_str()))) { (user) } }
                                @if may_change {
                                    td data-label="Change" { (button(visit, "/groups/leave", "Remove", user.as_str(), &[("id", id.as_str()), ("user", user.as_str())])) }
                                }
                            }
                        }
                    }
                }
            }
        }
        (listing::pages(visit, "/group", &own, &users))
        @if may_change {
            (panel(visit, "/groups/join", &html! {
                input type="hidden" name="id" value=(id);
                div.row { (name_field(filled, "user", "User", "")) button type="submit" { "Add the user" } }
            }))
            (deletion(visit, "/groups/delete", id.as_str(), "group", "Its users stay, without what it gave them."))
        }
    };
    Ok(Page::new(Section::Groups, format!("Group {id}"), body))
}

fn roles(visit: &Visit, held: &GroupSummary) -> Markup {
    let (id, may_change) = (held.id.as_str(), visit.may_change_directory());
    html! {
        @if held.roles.is_empty() {
            p { "It has no role." }
        } @else {
            div.scroll {
                table.stack {
                    caption { "Roles that each user of the group has" }
                    thead { tr { th scope="col" { "Role" } @if may_change { th scope="col" { "Change" } } } }
                    tbody {
                        @for held in &held.roles {
                            tr {
                                td data-label="Role" { a href=(visit.link(&role::page_of(held))) { (held) } }
                                @if may_change {
                                    td data-label="Change" { (button(visit, "/groups/take", "Take", held.as_str(), &[("id", id), ("role", held.as_str())])) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
