-- What may be seen of the newest secret of a key: what it begins with, which is the prefix from now
-- on whatever the format says, and its last four characters.
ALTER TABLE keys ADD COLUMN last_four TEXT COLLATE "C" CHECK (length(last_four) = 4);

UPDATE keys SET prefix = CASE
    WHEN scheme <> 'api-key' THEN ''
    WHEN EXISTS (SELECT 1 FROM key_secrets x WHERE x.key = keys.number AND x.legacy IS NOT NULL) THEN ''
    WHEN format LIKE 'plain:%' THEN substr(format, strpos(substr(format, 7), ':') + 7)
    WHEN format LIKE 'checked:%' THEN replace(substr(format, 9), ':', '_') || '_'
    ELSE prefix
END;

-- One row for each key, in the order that lists may ask for: the least number is never.
ALTER TABLE key_uses ADD COLUMN realm TEXT COLLATE "C";
ALTER TABLE key_uses ADD COLUMN id TEXT COLLATE "C";

INSERT INTO key_uses (key, used_at) SELECT number, -9223372036854775808 FROM keys
    ON CONFLICT DO NOTHING;

UPDATE key_uses SET realm = k.realm, id = k.id FROM keys k WHERE k.number = key_uses.key;

CREATE FUNCTION add_key_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO key_uses (key, used_at, realm, id)
        VALUES (NEW.number, -9223372036854775808, NEW.realm, NEW.id);
    RETURN NULL;
END
$$;

CREATE TRIGGER keys_are_unused AFTER INSERT ON keys FOR EACH ROW EXECUTE FUNCTION add_key_use();

CREATE INDEX key_uses_by_time ON key_uses (realm, used_at, id);
CREATE INDEX keys_by_label ON keys (realm, label, id);
CREATE INDEX keys_by_creation ON keys (realm, created_at, id);
CREATE INDEX keys_by_renewal ON keys (realm, renewed_at, id);
CREATE INDEX keys_by_end ON keys (realm, coalesce(expires_at, 9223372036854775807), id);
CREATE INDEX users_switched_off ON users (id) WHERE active = 0;
CREATE INDEX accounts_switched_off ON accounts (id) WHERE active = 0;
CREATE INDEX sites_switched_off ON sites (id) WHERE active = 0;
