-- Families of refresh tokens: the digest of the one token that is good, and what they are for.
CREATE TABLE refresh_families (
    family  BLOB    NOT NULL PRIMARY KEY CHECK (length(family) = 32),
    owner   BLOB    NOT NULL CHECK (length(owner) = 32),
    token   BLOB    NOT NULL CHECK (length(token) = 32),
    facts   BLOB    NOT NULL,
    ends_at INTEGER NOT NULL,
    until   INTEGER NOT NULL CHECK (until <= ends_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_families_by_owner ON refresh_families (owner);
CREATE INDEX refresh_families_by_end ON refresh_families (until);

-- What was revoked of tokens that are not stored; the name is there as SHA-256.
CREATE TABLE revocations (
    name         BLOB    NOT NULL PRIMARY KEY CHECK (length(name) = 32),
    issued_until INTEGER NOT NULL,
    least_epoch  INTEGER NOT NULL CHECK (least_epoch >= 0),
    until        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX revocations_by_end ON revocations (until);

-- The keys of an issuer, sealed.
CREATE TABLE key_rings (
    name    TEXT    NOT NULL PRIMARY KEY CHECK (length(name) > 0),
    version INTEGER NOT NULL CHECK (version > 0),
    sealed  BLOB    NOT NULL CHECK (length(sealed) > 40)
) STRICT, WITHOUT ROWID;
