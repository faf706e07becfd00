CREATE TABLE privileges (
    name  TEXT NOT NULL PRIMARY KEY CHECK (length(name) > 0),
    label TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE roles (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE role_privileges (
    role      TEXT NOT NULL REFERENCES roles (id),
    privilege TEXT NOT NULL REFERENCES privileges (name),
    PRIMARY KEY (role, privilege)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_roles (
    group_id TEXT NOT NULL REFERENCES groups (id),
    role     TEXT NOT NULL REFERENCES roles (id),
    PRIMARY KEY (group_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_users (
    user     TEXT NOT NULL REFERENCES users (id),
    group_id TEXT NOT NULL REFERENCES groups (id),
    PRIMARY KEY (user, group_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX role_privileges_by_privilege ON role_privileges (privilege);
CREATE INDEX group_roles_by_role ON group_roles (role);
CREATE INDEX group_users_by_group ON group_users (group_id, user);
