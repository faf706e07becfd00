-- Notes, limits, URLs of sites, when keys were renewed and used, and why they were revoked.
ALTER TABLE accounts ADD COLUMN limits TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN limits TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN limits TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN url TEXT;

ALTER TABLE keys ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE keys ADD COLUMN format TEXT;
ALTER TABLE keys ADD COLUMN limits TEXT NOT NULL DEFAULT '';
ALTER TABLE keys ADD COLUMN renewed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN previous_until INTEGER;
ALTER TABLE keys ADD COLUMN revoked_at INTEGER;
ALTER TABLE keys ADD COLUMN revoked_reason TEXT CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL));

UPDATE keys SET renewed_at = created_at,
    previous_until = (SELECT max(x.expires_at) FROM key_secrets x WHERE x.key = keys.number);

-- Apart from the keys, so that writing down a use waits for no change of a key.
CREATE TABLE key_uses (
    key     INTEGER NOT NULL PRIMARY KEY REFERENCES keys (number),
    used_at INTEGER NOT NULL
) STRICT;

-- What was claimed, as SHA-256, and until when the request could be accepted.
CREATE TABLE nonces (
    claim BLOB    NOT NULL PRIMARY KEY CHECK (length(claim) = 32),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX nonces_by_end ON nonces (until);

-- Claims up to this moment may have been forgotten.
CREATE TABLE nonce_floor (
    slot  INTEGER NOT NULL PRIMARY KEY DEFAULT 1 CHECK (slot = 1),
    floor INTEGER NOT NULL
) STRICT;

INSERT INTO nonce_floor (floor) VALUES (-9223372036854775808);

-- How much of a budget was used in its period; the name is there as SHA-256.
CREATE TABLE counters (
    name    BLOB    NOT NULL CHECK (length(name) = 32),
    seconds INTEGER NOT NULL CHECK (seconds > 0),
    period  INTEGER NOT NULL,
    used    INTEGER NOT NULL CHECK (used > 0),
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (name, seconds)
) STRICT, WITHOUT ROWID;

CREATE INDEX counters_by_end ON counters (ends_at);
