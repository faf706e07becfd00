//! One role: its privileges, and who has it.

use maud::{Markup, html};

use super::lockout::{Taking, refusal};
use super::{button, choice, deletion, group, named, panel};
use crate::console::form::{Fields, query};
use crate::console::layout::Section;
use crate::console::reply::{Answer, Failure, Notice, Page, Reply};
use crate::console::visit::{Change, Visit};
use crate::store::{Privilege, RoleSummary};
use crate::{RoleId, Scope};

/// The page of a role.
pub(super) fn page_of(role: &RoleId) -> String {
    format!("/role?{}", query(&[("id", role.as_str())]))
}

pub(super) async fn show(visit: Visit) -> Answer {
    let id = RoleId::from(named(&visit.query, "id", "role")?);
    Ok(page(&visit, &id, &Fields::default()).await?.into())
}

/// Gives a privilege to the role.
pub(super) async fn give(change: Change) -> Answer {
    let role = RoleId::from(named(&change.form, "id", "role")?);
    let given = async {
        let name = scope(change.form.required("privilege", "the privilege")?)?;
        Ok::<_, Failure>(change.store.give_privilege_to_role(&name, &role).await?)
    };
    match given.await {
        Ok(()) => Ok(Reply::done(page_of(&role), Notice::Saved)),
        Err(failure) => Ok(page(&change.visit, &role, &change.form).await?.with_error(&failure).into()),
    }
}

/// Takes a privilege from the role.
pub(super) async fn take(change: Change) -> Answer {
    let role = RoleId::from(named(&change.form, "id", "role")?);
    let name = scope(named(&change.form, "privilege", "privilege")?)?;
    let taking = Taking::PrivilegeOfRole(&name, &role);
    if let Some(refused) = refusal(&change, Section::Roles, "/roles/take", taking).await? {
        return Ok(refused);
    }
    change.store.take_privilege_from_role(&name, &role).await?;
    Ok(Reply::done(page_of(&role), Notice::Saved))
}

/// What is no scope is the name of no privilege.
fn scope(name: &str) -> Result<Scope, Failure> {
    Scope::new(name).map_err(|_| Failure::Unknown("privilege"))
}

/// The page of a role; `filled` is what a form said that is shown again.
pub(super) async fn page(visit: &Visit, id: &RoleId, filled: &Fields) -> Result<Page, Failure> {
    let store = visit.store();
    let roles = store.list_roles().await?;
    let held = roles.into_iter().find(|role| role.id == *id).ok_or(Failure::Unknown("role"))?;
    let groups = store.list_groups().await?;
    let groups: Vec<_> = groups.into_iter().filter(|group| group.roles.contains(id)).collect();
    let privileges = store.list_privileges().await?;
    let may_change = visit.may_change_directory();
    let others = privileges.iter().map(|one| one.name().as_str());
    let others = others.filter(|name| may_change && !held.privileges.contains(name));
    let others: Vec<_> = others.map(str::to_owned).collect();
    let body = html! {
        h2 { "Privileges" }
        (table(visit, &held, &privileges))
        @if !others.is_empty() {
            (panel(visit, "/roles/give", &html! {
                input type="hidden" name="id" value=(id);
                div.row { (choice(filled, "privilege", "Privilege", &others)) button type="submit" { "Give the privilege" } }
            }))
        }
        p { a href=(visit.link("/privileges")) { "All privileges" } }
        h2 { "Groups" }
        @if groups.is_empty() { p { "No group has this role." } }
        ul { @for held in &groups { li { a href=(visit.link(&group::page_of(&held.id))) { (held.id) } } } }
        @if may_change {
            (deletion(visit, "/roles/delete", id.as_str(), "role", "It is taken from every group."))
        }
    };
    Ok(Page::new(Section::Roles, format!("Role {id}"), body))
}

fn table(visit: &Visit, held: &RoleSummary, privileges: &[Privilege]) -> Markup {
    let (id, may_change) = (held.id.as_str(), visit.may_change_directory());
    let label = |name: &Scope| privileges.iter().find(|one| one.name() == name).map(Privilege::label);
    html! {
        @if held.privileges.iter().next().is_none() {
            p { "It has no privilege." }
        } @else {
            div.scroll {
                table.stack {
                    caption { "Privileges that the role gives" }
                    thead { tr { th scope="col" { "Privilege" } th scope="col" { "Label" } @if may_change { th scope="col" { "Change" } } } }
                    tbody {
                        @for name in held.privileges.iter() {
                            tr {
                                td data-label="Privilege" { code { (name) } }
                                td data-label="Label" { (label(name).unwrap_or_default()) }
                                @if may_change {
                                    td data-label="Change" { (button(visit, "/roles/take", "Take", name.as_str(), &[("id", id), ("privilege", name.as_str())])) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
