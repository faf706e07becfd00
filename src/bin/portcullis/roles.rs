//! `groups`, `roles` and `privileges`: what users may do.

use clap::Subcommand;
use portcullis::store::Privilege;
use portcullis::{Scope, UserId};

use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::Failure;
use crate::output::Cell;

const PAGE: usize = 500;

/// What is done to groups.
#[derive(Debug, Subcommand)]
pub(crate) enum Groups {
    /// Make a group known, without users and roles
    Add { group: String },
    /// Delete a group: its users stay, without what it gave them
    Remove { group: String },
    /// List all groups with their roles
    List,
    /// List the users of a group
    Users { group: String },
    /// Put a user into a group
    AddUser { group: String, user: String },
    /// Take a user out of a group
    RemoveUser { group: String, user: String },
    /// Give a role to every user of a group
    Give { group: String, role: String },
    /// Take a role from a group
    Take { group: String, role: String },
}

/// What is done to roles.
#[derive(Debug, Subcommand)]
pub(crate) enum Roles {
    /// Make a role known, without privileges
    Add { role: String },
    /// Delete a role, and take it from every group
    Remove { role: String },
    /// List all roles with their privileges
    List,
    /// Give a privilege to a role
    Give { role: String, privilege: String },
    /// Take a privilege from a role
    Take { role: String, privilege: String },
}

/// What is done to privileges.
#[derive(Debug, Subcommand)]
pub(crate) enum Privileges {
    /// Make a privilege known
    Add {
        /// The word that routes ask for
        #[arg(required_unless_present = "label")]
        name: Option<String>,
        /// What people call it; without a name, the name is made of it
        #[arg(long)]
        label: Option<String>,
    },
    /// Delete a privilege, and take it from every role
    Remove { name: String },
    /// List all privileges
    List,
}

impl Groups {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        let output = &mut context.output;
        match self {
            Self::Add { group } => {
                store.add_group(&group.as_str().into()).await?;
                output.done("added", vec![("group", Cell::text(&group))])
            }
            Self::Remove { group } => {
                store.remove_group(&group.as_str().into()).await?;
                output.done("removed", vec![("group", Cell::text(&group))])
            }
            Self::List => {
                let mut list = output.list(&["id", "roles"]);
                for group in store.list_groups().await? {
                    list.add(&vec![("id", Cell::text(&group.id)), ("roles", Cell::list(&group.roles))])?;
                }
                list.end()
            }
            Self::Users { group } => {
                let mut list = output.list(&["user"]);
                let mut after: Option<UserId> = None;
                loop {
                    let page =
                        store.list_users_of_group(&group.as_str().into(), after.as_ref(), PAGE).await?;
                    page.iter().try_for_each(|user| list.add(&vec![("user", Cell::text(user))]))?;
                    if page.len() < PAGE {
                        return list.end();
                    }
                    after = page.last().cloned();
                }
            }
            Self::AddUser { group, user } => {
                store.add_user_to_group(&user.as_str().into(), &group.as_str().into()).await?;
                output.done("added", vec![("user", Cell::text(&user)), ("group", Cell::text(&group))])
            }
            Self::RemoveUser { group, user } => {
                store.remove_user_from_group(&user.as_str().into(), &group.as_str().into()).await?;
                output.done("removed", vec![("user", Cell::text(&user)), ("group", Cell::text(&group))])
            }
            Self::Give { group, role } => {
                store.give_role_to_group(&role.as_str().into(), &group.as_str().into()).await?;
                output.done("given", vec![("role", Cell::text(&role)), ("group", Cell::text(&group))])
            }
            Self::Take { group, role } => {
                store.take_role_from_group(&role.as_str().into(), &group.as_str().into()).await?;
                output.done("taken", vec![("role", Cell::text(&role)), ("group", Cell::text(&group))])
            }
        }
    }
}

impl Roles {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        let output = &mut context.output;
        match self {
            Self::Add { role } => {
                store.add_role(&role.as_str().into()).await?;
                output.done("added", vec![("role", Cell::text(&role))])
            }
            Self::Remove { role } => {
                store.remove_role(&role.as_str().into()).await?;
                output.done("removed", vec![("role", Cell::text(&role))])
            }
            Self::List => {
                let mut list = output.list(&["id", "privileges"]);
                for role in store.list_roles().await? {
                    let privileges = Cell::list(&role.privileges);
                    list.add(&vec![("id", Cell::text(&role.id)), ("privileges", privileges)])?;
                }
                list.end()
            }
            Self::Give { role, privilege } => {
                store.give_privilege_to_role(&scope(&privilege)?, &role.as_str().into()).await?;
                output.done("given", vec![("privilege", Cell::text(&privilege)), ("role", Cell::text(&role))])
            }
            Self::Take { role, privilege } => {
                store.take_privilege_from_role(&scope(&privilege)?, &role.as_str().into()).await?;
                output.done("taken", vec![("privilege", Cell::text(&privilege)), ("role", Cell::text(&role))])
            }
        }
    }
}

impl Privileges {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        let output = &mut context.output;
        match self {
            Self::Add { name, label } => {
                let wrong = |error| Failure::usage(format!("--label: {error}"));
                let privilege = match (name, label) {
                    (Some(name), None) => Privilege::new(scope(&name)?),
                    (Some(name), Some(label)) => {
                        Privilege::new(scope(&name)?).with_label(&label).map_err(wrong)?
                    }
                    (None, label) => Privilege::labelled(&label.unwrap_or_default()).map_err(wrong)?,
                };
                store.add_privilege(&privilege).await?;
                output.done("added", vec![("privilege", Cell::text(privilege.name()))])
            }
            Self::Remove { name } => {
                store.remove_privilege(&scope(&name)?).await?;
                output.done("removed", vec![("privilege", Cell::text(&name))])
            }
            Self::List => {
                let mut list = output.list(&["name", "label"]);
                for held in store.list_privileges().await? {
                    list.add(&vec![("name", Cell::text(held.name())), ("label", Cell::text(held.label()))])?;
                }
                list.end()
            }
        }
    }
}

fn scope(name: &str) -> Result<Scope, Failure> {
    Scope::new(name).map_err(|error| Failure::usage(format!("the privilege {error}")))
}
