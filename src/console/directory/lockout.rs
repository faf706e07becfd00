//! Nobody loses access by mistake.
//!
//! The rule: before a change takes anything away, what the user who makes it could do
//! afterwards is computed from the groups and roles that there are. Where one of the privileges
//! that the console asks for would be gone, the change is refused, with a form that asks for it
//! again, and for a tick that it is meant. A change that gives, and one that leaves other ways to
//! the same privileges, is not asked about. The rule is about the user itself: it neither
//! looks after other administrators, nor at two who take from each other at the same moment.

use maud::html;

use crate::console::form::Fields;
use crate::console::layout::{Section, token};
use crate::console::reply::{Failure, Page, Reply};
use crate::console::visit::Change;
use crate::store::{GroupSummary, OwnerRef, RoleSummary};
use crate::{GroupId, HasScopes, RoleId, Scope, Scopes};

/// The tick.
const MEANT: &str = "lose";

/// What a change takes away from the user who makes it.
#[derive(Clone, Copy)]
pub(super) enum Taking<'a> {
    /// It is in this group no longer, or there is no such group.
    Group(&'a GroupId),
    /// A role, from a group.
    RoleOfGroup(&'a RoleId, &'a GroupId),
    /// A role, from every group.
    Role(&'a RoleId),
    /// A privilege, from a role.
    PrivilegeOfRole(&'a Scope, &'a RoleId),
    /// A privilege, from every role.
    Privilege(&'a Scope),
    /// Everything, if the user is this owner or belongs to it.
    Owner(&'a OwnerRef),
}

impl Taking<'_> {
    /// What is left of the privileges that someone has in the groups `mine`.
    fn left(self, mine: &[GroupId], groups: &[GroupSummary], roles: &[RoleSummary]) -> Scopes {
        let has_group =
            |group: &GroupId| mine.contains(group) && !matches!(self, Self::Group(taken) if taken == group);
        let has_role = |group: &GroupId, role: &RoleId| match self {
            Self::RoleOfGroup(taken, from) => taken != role || from != group,
            Self::Role(taken) => taken != role,
            _ => true,
        };
        let has = |role: &RoleId, privilege: &Scope| match self {
            Self::PrivilegeOfRole(taken, from) => taken != privilege || from != role,
            Self::Privilege(taken) => taken != privilege,
            _ => true,
        };
        let groups = groups.iter().filter(|group| has_group(&group.id));
        let held = groups.flat_map(|group| group.roles.iter().filter(|role| has_role(&group.id, role)));
        let held: Vec<_> = held.collect();
        let roles = roles.iter().filter(|role| held.contains(&&role.id));
        roles.flat_map(|role| role.privileges.iter().filter(|name| has(&role.id, name)).cloned()).collect()
    }
}

/// The page that refuses a change, where it takes access from the user who makes it, and no tick
/// says that this is meant. `path` is where the form was sent.
pub(super) async fn refusal(
    change: &Change,
    section: Section,
    path: &str,
    taking: Taking<'_>,
) -> Result<Option<Reply>, Failure> {
    if change.form.is_set(MEANT) || !locks_out(change, taking).await? {
        return Ok(None);
    }
    let failure = Failure::invalid(
        "nothing is changed: with this, you would lose a privilege that this console asks for",
    );
    let visit = &change.visit;
    let body = html! {
        form.panel method="post" action=(visit.link(path)) {
            (token(&visit.me))
            (again(&change.form))
            p { "Somebody else would have to give it back to you." }
            p { label.tick { input type="checkbox" name=(MEANT) value="1" required; "Even if I lose access" } }
            p { button.danger type="submit" { "Do it" } " " a.button.quiet href=(visit.link("/users")) { "Cancel" } }
        }
    };
    Ok(Some(Page::new(section, "You would lose access", body).with_error(&failure).into()))
}

/// The fields of a form, for one that asks for the same.
fn again(form: &Fields) -> maud::Markup {
    html! {
        @for (name, value) in form.pairs().filter(|(name, _)| !["token", MEANT].contains(name)) {
            input type="hidden" name=(name) value=(value);
        }
    }
}

async fn locks_out(change: &Change, taking: Taking<'_>) -> Result<bool, Failure> {
    let (visit, store) = (&change.visit, &change.store);
    let me = visit.me.user();
    let left = match taking {
        Taking::Owner(OwnerRef::User(user)) if user == me => Scopes::none(),
        Taking::Owner(OwnerRef::Account(account)) => {
            let held = super::find::find(store, &OwnerRef::User(me.clone())).await?;
            match held.and_then(|held| held.account) {
                Some(own) if own == *account => Scopes::none(),
                _ => return Ok(false),
            }
        }
        Taking::Owner(_) => return Ok(false),
        _ => {
            let mine = store.list_groups_of_user(me).await?;
            taking.left(&mine, &store.list_groups().await?, &store.list_roles().await?)
        }
    };
    let settings = &visit.shared.settings;
    let mut asked = [&settings.see, &settings.change].into_iter().chain(&settings.directory);
    let has = |scopes: &Scopes, name: &Scope| scopes.contains(name.as_str());
    Ok(asked.any(|name| has(visit.me.scopes(), name) && !has(&left, name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_what_other_groups_and_roles_give() {
        let (staff, crew): (GroupId, GroupId) = ("staff".into(), "crew".into());
        let (keeper, guest): (RoleId, RoleId) = ("keeper".into(), "guest".into());
        let scopes = |text| Scopes::parse(text).expect("scopes");
        let groups = [
            GroupSummary { id: crew.clone(), roles: vec![guest.clone()] },
            GroupSummary { id: staff.clone(), roles: vec![guest.clone(), keeper.clone()] },
        ];
        let roles = [
            RoleSummary { id: guest.clone(), privileges: scopes("see") },
            RoleSummary { id: keeper.clone(), privileges: scopes("see change") },
        ];
        let (see, other) = (Scope::new("see").expect("a scope"), OwnerRef::User("bob".into()));
        let mine = [staff.clone(), crew.clone()];
        for (taking, left) in [
            (Taking::Group(&staff), "see"),
            (Taking::Group(&crew), "see change"),
            (Taking::RoleOfGroup(&keeper, &staff), "see"),
            (Taking::RoleOfGroup(&keeper, &crew), "see change"),
            (Taking::RoleOfGroup(&guest, &crew), "see change"),
            (Taking::Role(&keeper), "see"),
            (Taking::Role(&guest), "see change"),
            (Taking::PrivilegeOfRole(&see, &guest), "see change"),
            (Taking::Privilege(&see), "change"),
            (Taking::Owner(&other), "see change"),
        ] {
            assert_eq!(taking.left(&mine, &groups, &roles), scopes(left));
        }
        assert_eq!(Taking::Group(&crew).left(&[crew.clone()], &groups, &roles), Scopes::none());
    }
}
