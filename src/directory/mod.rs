//! Users, their groups and roles, and the privileges that follow.
