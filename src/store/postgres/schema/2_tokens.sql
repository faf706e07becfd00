-- Families of refresh tokens: the digest of the one token that is good, and what they are for.
CREATE TABLE refresh_families (
    family  BYTEA  NOT NULL PRIMARY KEY CHECK (length(family) = 32),
    owner   BYTEA  NOT NULL CHECK (length(owner) = 32),
    token   BYTEA  NOT NULL CHECK (length(token) = 32),
    facts   BYTEA  NOT NULL,
    ends_at BIGINT NOT NULL,
    until   BIGINT NOT NULL CHECK (until <= ends_at)
);

CREATE INDEX refresh_families_by_owner ON refresh_families (owner);
CREATE INDEX refresh_families_by_end ON refresh_families (until);

-- What was revoked of tokens that are not stored; the name is there as SHA-256.
CREATE TABLE revocations (
    name         BYTEA  NOT NULL PRIMARY KEY CHECK (length(name) = 32),
    issued_until BIGINT NOT NULL,
    least_epoch  BIGINT NOT NULL CHECK (least_epoch >= 0),
    until        BIGINT NOT NULL
);

CREATE INDEX revocations_by_end ON revocations (until);

-- The keys of an issuer, sealed.
CREATE TABLE key_rings (
    name    TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(name) > 0),
    version BIGINT NOT NULL CHECK (version > 0),
    sealed  BYTEA  NOT NULL CHECK (length(sealed) > 40)
);
