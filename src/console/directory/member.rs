//! Who is in which group.

use super::lockout::{Taking, refusal};
use super::owners::USERS;
use super::{group, named, owner};
use crate::console::layout::Section;
use crate::console::reply::{Answer, Failure, Notice, Page, Reply};
use crate::console::visit::Change;
use crate::store::AdminError;
use crate::{GroupId, UserId};

/// The page that a form is on: that of the user, who joins a group, or that of the group, to
/// which a user is added.
#[derive(Clone, Copy)]
pub(super) enum Seen {
    User,
    Group,
}

/// A user and a group, as a form names them.
struct Pair {
    user: UserId,
    group: GroupId,
}

impl Seen {
    /// The page is named by `id`; what is on it is chosen or typed.
    fn read(self, change: &Change) -> Result<Pair, Failure> {
        let form = &change.form;
        Ok(match self {
            Self::User => Pair {
                user: named(form, "id", "user")?.into(),
                group: form.required("group", "the group")?.into(),
            },
            Self::Group => Pair {
                user: form.required("user", "the user")?.into(),
                group: named(form, "id", "group")?.into(),
            },
        })
    }

    fn done(self, pair: &Pair, notice: Notice) -> Reply {
        match self {
            Self::User => Reply::done(USERS.page_of(pair.user.as_str()), notice),
            Self::Group => Reply::done(group::page_of(&pair.group), notice),
        }
    }

    /// The page again, with what could not be done.
    async fn again(self, change: &Change, failure: &Failure) -> Answer {
        let (visit, form) = (&change.visit, &change.form);
        let page: Page = match self {
            Self::User => owner::page(visit, &USERS, named(form, "id", "user")?, form).await?,
            Self::Group => group::page(visit, &named(form, "id", "group")?.into(), form).await?,
        };
        Ok(page.with_error(failure).into())
    }

    const fn section(self) -> Section {
        match self {
            Self::User => Section::Users,
            Self::Group => Section::Groups,
        }
    }
}

/// Puts a user into a group.
pub(super) async fn join(change: Change, seen: Seen) -> Answer {
    let joined = async {
        let pair = seen.read(&change)?;
        change.store.add_user_to_group(&pair.user, &pair.group).await.map_err(worded)?;
        Ok(seen.done(&pair, Notice::Saved))
    };
    match joined.await {
        Ok(reply) => Ok(reply),
        Err(failure) => seen.again(&change, &failure).await,
    }
}

/// Takes a user out of a group.
pub(super) async fn leave(change: Change, seen: Seen) -> Answer {
    // The button is beside the name: nothing of it is typed.
    let (user, group) = match seen {
        Seen::User => ("id", "group"),
        Seen::Group => ("user", "id"),
    };
    let pair = Pair {
        user: named(&change.form, user, "user")?.into(),
        group: named(&change.form, group, "group")?.into(),
    };
    let path = match seen {
        Seen::User => "/users/leave",
        Seen::Group => "/groups/leave",
    };
    if pair.user == *change.visit.me.user()
        && let Some(refused) = refusal(&change, seen.section(), path, Taking::Group(&pair.group)).await?
    {
        return Ok(refused);
    }
    change.store.remove_user_from_group(&pair.user, &pair.group).await.map_err(worded)?;
    Ok(seen.done(&pair, Notice::Saved))
}

fn worded(error: AdminError) -> Failure {
    match error {
        AdminError::UnknownOwner => Failure::Unknown("user"),
        other => other.into(),
    }
}
