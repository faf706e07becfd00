//! Users, their groups and roles, and the privileges that follow.
//!
//! A credential says who acts; what that user may do is often kept elsewhere: users are in
//! groups, groups have roles, and roles have privileges, all of which operators edit. A
//! [`RoleStore`](crate::store::RoleStore) finds it,
//! [`RoleAdmin`](crate::store::RoleAdmin) changes it, and [`WithRoles`] around any
//! authenticator brings both together, whatever the credential is.
//!
//! # Decision
//!
//! 1. The authenticator inside decides first. What it refuses stays refused, and where it
//!    finds nothing of its own, nobody is looked up.
//! 2. A principal without a user is left as it is.
//! 3. The user is looked up once, on every request: a change holds from the next one,
//!    without a new key or token. A store that cannot answer is a 503.
//! 4. A user who is switched off, or whose account is, is refused: 401.
//! 5. A user whom the directory does not know gets nothing more. It is let through with
//!    the scopes of its credential, because a token may be of another system's user.
//! 6. Everybody else gets the privileges of all their roles besides the scopes of the
//!    credential. One can only add: a key that is to do less than its user belongs to
//!    another user.
//!
//! A signature is claimed before the roles are looked up. When that look-up fails, the
//! same signed request can be refused as a repeat; its client signs it again.

mod ext;
mod with_roles;

pub use ext::RolesExt;
pub use with_roles::WithRoles;
