-- Owners. An owner is switched off, not deleted: keys refer to it. A change of one is a change of
-- all its keys, whose epochs are those of their owners and their own together.
CREATE TABLE accounts (
    id     TEXT    NOT NULL PRIMARY KEY CHECK (length(id) > 0),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    epoch  INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id      TEXT    NOT NULL PRIMARY KEY CHECK (length(id) > 0),
    account TEXT    REFERENCES accounts (id),
    active  INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    epoch   INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE sites (
    id      TEXT    NOT NULL PRIMARY KEY CHECK (length(id) > 0),
    account TEXT    NOT NULL REFERENCES accounts (id),
    active  INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    epoch   INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    UNIQUE (id, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
    number       INTEGER NOT NULL PRIMARY KEY,
    realm        TEXT    NOT NULL,
    id           TEXT    NOT NULL CHECK (length(id) BETWEEN 1 AND 255),
    scheme       TEXT    NOT NULL CHECK (scheme IN ('api-key', 'query-signature', 'x-auth')),
    user         TEXT    REFERENCES users (id),
    account      TEXT    REFERENCES accounts (id),
    site         TEXT    REFERENCES sites (id),
    label        TEXT    NOT NULL,
    prefix       TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,
    entry_points TEXT,
    state        TEXT    NOT NULL DEFAULT 'enabled' CHECK (state IN ('enabled', 'disabled', 'revoked')),
    not_before   INTEGER,
    expires_at   INTEGER,
    created_at   INTEGER NOT NULL,
    epoch        INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    UNIQUE (realm, id),
    UNIQUE (number, realm),
    FOREIGN KEY (site, account) REFERENCES sites (id, account),
    CHECK (site IS NULL OR account IS NOT NULL)
) STRICT;

CREATE INDEX keys_by_user ON keys (user);
CREATE INDEX keys_by_account ON keys (account);
CREATE INDEX keys_by_site ON keys (site);

CREATE TRIGGER revoked_is_for_ever BEFORE UPDATE OF state ON keys
WHEN OLD.state = 'revoked' AND NEW.state <> 'revoked'
BEGIN
    SELECT RAISE(ABORT, 'a revoked key stays revoked');
END;

CREATE TRIGGER identity_is_for_ever BEFORE UPDATE OF number, realm, id, scheme ON keys
BEGIN
    SELECT RAISE(ABORT, 'a key keeps its name');
END;

CREATE TRIGGER keys_stay BEFORE DELETE ON keys
BEGIN
    SELECT RAISE(ABORT, 'a key is revoked, not deleted: its id is never used again');
END;

CREATE TABLE key_secrets (
    key        INTEGER NOT NULL,
    number     INTEGER NOT NULL CHECK (number > 0),
    realm      TEXT    NOT NULL,
    digest     BLOB    CHECK (length(digest) = 32),
    sealed     BLOB    CHECK (length(sealed) > 40),
    expires_at INTEGER,
    PRIMARY KEY (key, number),
    FOREIGN KEY (key, realm) REFERENCES keys (number, realm),
    CHECK ((digest IS NULL) <> (sealed IS NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX key_secrets_by_digest ON key_secrets (realm, digest) WHERE digest IS NOT NULL;

-- What opens under the one master key that secrets are sealed under here.
CREATE TABLE master_key (
    slot  INTEGER NOT NULL PRIMARY KEY DEFAULT 1 CHECK (slot = 1),
    proof BLOB    NOT NULL CHECK (length(proof) > 40)
) STRICT;
