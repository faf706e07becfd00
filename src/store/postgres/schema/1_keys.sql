-- Texts compare by their bytes: COLLATE "C".

-- How many changes were made. Its lock is what makes changes wait for each other.
CREATE TABLE change_counter (
    slot   BIGINT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (slot = 1),
    number BIGINT NOT NULL DEFAULT 0 CHECK (number >= 0)
);

INSERT INTO change_counter DEFAULT VALUES;

-- Owners. An owner is switched off, not deleted: keys refer to it. A change of one is a change of
-- all its keys, whose epochs are those of their owners and their own together.
CREATE TABLE accounts (
    id     TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) > 0),
    active BIGINT NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    limits TEXT COLLATE "C" NOT NULL DEFAULT '',
    epoch  BIGINT NOT NULL DEFAULT 0 CHECK (epoch >= 0)
);

CREATE TABLE users (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) > 0),
    account TEXT COLLATE "C" REFERENCES accounts (id),
    active  BIGINT NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    limits  TEXT COLLATE "C" NOT NULL DEFAULT '',
    epoch   BIGINT NOT NULL DEFAULT 0 CHECK (epoch >= 0)
);

CREATE TABLE sites (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) > 0),
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    active  BIGINT NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    limits  TEXT COLLATE "C" NOT NULL DEFAULT '',
    url     TEXT COLLATE "C",
    epoch   BIGINT NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    UNIQUE (id, account)
);

CREATE TABLE keys (
    number       BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    realm        TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL CHECK (length(id) BETWEEN 1 AND 255),
    scheme       TEXT COLLATE "C" NOT NULL CHECK (scheme IN ('api-key', 'query-signature', 'x-auth')),
    "user"       TEXT COLLATE "C" REFERENCES users (id),
    account      TEXT COLLATE "C" REFERENCES accounts (id),
    site         TEXT COLLATE "C" REFERENCES sites (id),
    label        TEXT COLLATE "C" NOT NULL,
    note         TEXT COLLATE "C" NOT NULL DEFAULT '',
    prefix       TEXT COLLATE "C" NOT NULL,
    format       TEXT COLLATE "C",
    limits       TEXT COLLATE "C" NOT NULL DEFAULT '',
    scopes       TEXT COLLATE "C" NOT NULL,
    entry_points TEXT COLLATE "C",
    networks     TEXT COLLATE "C",
    state        TEXT COLLATE "C" NOT NULL DEFAULT 'enabled' CHECK (state IN ('enabled', 'disabled', 'revoked')),
    not_before   BIGINT,
    expires_at   BIGINT,
    created_at   BIGINT NOT NULL,
    renewed_at   BIGINT NOT NULL,
    previous_until BIGINT,
    revoked_at   BIGINT,
    revoked_reason TEXT COLLATE "C",
    epoch        BIGINT NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    UNIQUE (realm, id),
    UNIQUE (number, realm),
    FOREIGN KEY (site, account) REFERENCES sites (id, account),
    CHECK (site IS NULL OR account IS NOT NULL),
    CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
);

CREATE INDEX keys_by_user ON keys ("user");
CREATE INDEX keys_by_account ON keys (account);
CREATE INDEX keys_by_site ON keys (site);

CREATE FUNCTION refuse_change_of_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER revoked_is_for_ever BEFORE UPDATE ON keys FOR EACH ROW
WHEN (OLD.state = 'revoked' AND NEW.state <> 'revoked')
EXECUTE FUNCTION refuse_change_of_key('a revoked key stays revoked');

CREATE TRIGGER identity_is_for_ever BEFORE UPDATE ON keys FOR EACH ROW
WHEN ((OLD.number, OLD.realm, OLD.id, OLD.scheme) IS DISTINCT FROM (NEW.number, NEW.realm, NEW.id, NEW.scheme))
EXECUTE FUNCTION refuse_change_of_key('a key keeps its name');

CREATE TRIGGER keys_stay BEFORE DELETE ON keys FOR EACH ROW
EXECUTE FUNCTION refuse_change_of_key('a key is revoked, not deleted: its id is never used again');

CREATE TRIGGER keys_stay_together BEFORE TRUNCATE ON keys FOR EACH STATEMENT
EXECUTE FUNCTION refuse_change_of_key('a key is revoked, not deleted: its id is never used again');

CREATE TABLE key_secrets (
    key        BIGINT NOT NULL,
    number     BIGINT NOT NULL CHECK (number > 0),
    realm      TEXT COLLATE "C" NOT NULL,
    digest     BYTEA CHECK (length(digest) = 32),
    sealed     BYTEA CHECK (length(sealed) > 40),
    legacy     BYTEA CHECK (length(legacy) = 32),
    expires_at BIGINT,
    PRIMARY KEY (key, number),
    FOREIGN KEY (key, realm) REFERENCES keys (number, realm),
    CHECK ((digest IS NULL) <> (sealed IS NULL)),
    CHECK (legacy IS NULL OR sealed IS NOT NULL)
);

CREATE UNIQUE INDEX key_secrets_by_digest ON key_secrets (realm, digest) WHERE digest IS NOT NULL;
CREATE UNIQUE INDEX key_secrets_by_legacy ON key_secrets (realm, legacy) WHERE legacy IS NOT NULL;

-- What opens under the one master key that secrets are sealed under here.
CREATE TABLE master_key (
    slot  BIGINT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (slot = 1),
    proof BYTEA  NOT NULL CHECK (length(proof) > 40)
);

-- Apart from the keys, so that writing down a use waits for no change of a key.
CREATE TABLE key_uses (
    key     BIGINT NOT NULL PRIMARY KEY REFERENCES keys (number),
    used_at BIGINT NOT NULL
);

CREATE TABLE privileges (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(name) > 0),
    label TEXT COLLATE "C" NOT NULL
);

CREATE TABLE roles (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) > 0)
);

CREATE TABLE groups (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) > 0)
);

CREATE TABLE role_privileges (
    role      TEXT COLLATE "C" NOT NULL REFERENCES roles (id),
    privilege TEXT COLLATE "C" NOT NULL REFERENCES privileges (name),
    PRIMARY KEY (role, privilege)
);

CREATE TABLE group_roles (
    group_id TEXT COLLATE "C" NOT NULL REFERENCES groups (id),
    role     TEXT COLLATE "C" NOT NULL REFERENCES roles (id),
    PRIMARY KEY (group_id, role)
);

CREATE TABLE group_users (
    "user"   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    group_id TEXT COLLATE "C" NOT NULL REFERENCES groups (id),
    PRIMARY KEY ("user", group_id)
);

CREATE INDEX role_privileges_by_privilege ON role_privileges (privilege);
CREATE INDEX group_roles_by_role ON group_roles (role);
CREATE INDEX group_users_by_group ON group_users (group_id, "user");

-- An entry point that is gone is kept: keys may name it.
CREATE TABLE entry_points (
    name    TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 255),
    pattern TEXT COLLATE "C" NOT NULL CHECK (length(pattern) BETWEEN 1 AND 255),
    live    BIGINT NOT NULL DEFAULT 1 CHECK (live IN (0, 1))
);

-- Where each key was used from. The key may be of another store, so it is no reference.
CREATE TABLE key_addresses (
    realm      TEXT COLLATE "C" NOT NULL,
    scheme     TEXT COLLATE "C" NOT NULL,
    key        TEXT COLLATE "C" NOT NULL,
    address    TEXT COLLATE "C" NOT NULL,
    first_seen BIGINT NOT NULL,
    PRIMARY KEY (realm, scheme, key, address)
);

-- What was claimed, as SHA-256, and until when the request could be accepted.
CREATE TABLE nonces (
    claim BYTEA  NOT NULL PRIMARY KEY CHECK (length(claim) = 32),
    until BIGINT NOT NULL
);

CREATE INDEX nonces_by_end ON nonces (until);

-- Claims up to this moment may have been forgotten.
CREATE TABLE nonce_floor (
    slot  BIGINT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (slot = 1),
    floor BIGINT NOT NULL
);

INSERT INTO nonce_floor (floor) VALUES (-9223372036854775808);

-- How much of a budget was used in its period; the name is there as SHA-256.
CREATE TABLE counters (
    name    BYTEA  NOT NULL CHECK (length(name) = 32),
    seconds BIGINT NOT NULL CHECK (seconds > 0),
    period  BIGINT NOT NULL,
    used    BIGINT NOT NULL CHECK (used > 0),
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (name, seconds)
);

CREATE INDEX counters_by_end ON counters (ends_at);
