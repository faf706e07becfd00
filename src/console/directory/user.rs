//! What a user may do, and the groups that it follows from.

use maud::{Markup, html};

use super::{button, choice, group, panel};
use crate::UserId;
use crate::console::form::Fields;
use crate::console::reply::Failure;
use crate::console::visit::Visit;
use crate::store::UserRights;

/// The groups and the privileges of a user.
pub(super) async fn rights(visit: &Visit, user: &UserId, filled: &Fields) -> Result<Markup, Failure> {
    let groups = visit.store().list_groups_of_user(user).await?;
    let rights = visit.store().rights_of(user.as_str()).await?;
    let may_change = visit.may_change_directory();
    let others: Vec<_> = match may_change {
        true => {
            let all = visit.store().list_groups().await?.into_iter();
            all.filter(|group| !groups.contains(&group.id)).map(|group| group.id.to_string()).collect()
        }
        false => Vec::new(),
    };
    let id = user.as_str();
    Ok(html! {
        h2 { "Groups" }
        @if groups.is_empty() {
            p { "It is in no group." }
        } @else {
            div.scroll {
                table.stack {
                    caption { "Groups that the user is in" }
                    thead { tr { th scope="col" { "Group" } @if may_change { th scope="col" { "Change" } } } }
                    tbody {
                        @for held in &groups {
                            tr {
                                td data-label="Group" { a href=(visit.link(&group::page_of(held))) { (held) } }
                                @if may_change {
                                    td data-label="Change" { (button(visit, "/users/leave", "Leave", held.as_str(), &[("id", id), ("group", held.as_str())])) }
                                }
                            }
                        }
                    }
                }
            }
        }
        @if !others.is_empty() {
            (panel(visit, "/users/join", &html! {
                input type="hidden" name="id" value=(id);
                div.row { (choice(filled, "group", "Group", &others)) button type="submit" { "Join" } }
            }))
        }
        h2 { "Privileges" }
        @match &rights {
            Some(UserRights::Active(scopes)) if scopes.iter().next().is_some() => {
                p { @for name in scopes.iter() { code { (name) } " " } }
            },
            Some(UserRights::Active(_)) => p { "None follows from its groups." },
            Some(UserRights::Inactive) => p { "None: the user or its account is switched off." },
            None => {},
        }
    })
}
