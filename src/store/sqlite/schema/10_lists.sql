-- What may be seen of the newest secret of a key: what it begins with, which is the prefix from now
-- on whatever the format says, and its last four characters.
ALTER TABLE keys ADD COLUMN last_four TEXT CHECK (length(last_four) = 4);

UPDATE keys SET prefix = CASE
    WHEN scheme <> 'api-key' THEN ''
    WHEN EXISTS (SELECT 1 FROM key_secrets x WHERE x.key = keys.number AND x.legacy IS NOT NULL) THEN ''
    WHEN format LIKE 'plain:%' THEN substr(format, instr(substr(format, 7), ':') + 7)
    WHEN format LIKE 'checked:%' THEN replace(substr(format, 9), ':', '_') || '_'
    ELSE prefix
END;

-- One row for each key, in the order that lists may ask for: the least number is never.
ALTER TABLE key_uses ADD COLUMN realm TEXT;
ALTER TABLE key_uses ADD COLUMN id TEXT;

INSERT INTO key_uses (key, used_at) SELECT number, -9223372036854775808 FROM keys WHERE true
    ON CONFLICT DO NOTHING;

UPDATE key_uses SET (realm, id) = (SELECT k.realm, k.id FROM keys k WHERE k.number = key_uses.key);

CREATE TRIGGER keys_are_unused AFTER INSERT ON keys
BEGIN
    INSERT INTO key_uses (key, used_at, realm, id)
        VALUES (NEW.number, -9223372036854775808, NEW.realm, NEW.id);
END;

CREATE INDEX key_uses_by_time ON key_uses (realm, used_at, id);
CREATE INDEX keys_by_label ON keys (realm, label, id);
CREATE INDEX keys_by_creation ON keys (realm, created_at, id);
CREATE INDEX keys_by_renewal ON keys (realm, renewed_at, id);
CREATE INDEX keys_by_end ON keys (realm, coalesce(expires_at, 9223372036854775807), id);

-- What is rare, for lists of nothing else.
CREATE INDEX keys_disabled ON keys (realm, id) WHERE state = 'disabled';
CREATE INDEX keys_revoked ON keys (realm, id) WHERE state = 'revoked';
CREATE INDEX keys_to_come ON keys (not_before) WHERE not_before IS NOT NULL;

CREATE INDEX users_switched_off ON users (id) WHERE active = 0;
CREATE INDEX accounts_switched_off ON accounts (id) WHERE active = 0;
CREATE INDEX sites_switched_off ON sites (id) WHERE active = 0;

-- What is searched, in lower case; no line feed is in what stands between them.
CREATE VIEW key_lines AS
SELECT k.number AS key, lower(
    k.id || char(10) || k.label || char(10) || coalesce(k.user, '') || char(10)
    || coalesce(k.account, '') || char(10) || coalesce(k.site, '') || char(10) || coalesce(s.url, '') || char(10)
    || iif(k.prefix = '' AND k.last_four IS NULL, '', k.prefix || char(8230) || coalesce(k.last_four, ''))
) AS text
FROM keys k LEFT JOIN sites s ON s.id = k.site;

CREATE TABLE key_texts (
    key  INTEGER NOT NULL PRIMARY KEY REFERENCES keys (number),
    text TEXT    NOT NULL
) STRICT;

CREATE VIRTUAL TABLE key_search USING fts5 (
    text, content = 'key_texts', content_rowid = 'key', tokenize = 'trigram case_sensitive 1', columnsize = 0
);

CREATE TRIGGER key_texts_are_added AFTER INSERT ON key_texts
BEGIN
    INSERT INTO key_search (rowid, text) VALUES (NEW.key, NEW.text);
END;

CREATE TRIGGER key_texts_are_changed AFTER UPDATE OF text ON key_texts WHEN OLD.text <> NEW.text
BEGIN
    INSERT INTO key_search (key_search, rowid, text) VALUES ('delete', OLD.key, OLD.text);
    INSERT INTO key_search (rowid, text) VALUES (NEW.key, NEW.text);
END;

INSERT INTO key_texts (key, text) SELECT key, text FROM key_lines;

CREATE TRIGGER keys_are_searched AFTER INSERT ON keys
BEGIN
    INSERT INTO key_texts (key, text) SELECT key, text FROM key_lines WHERE key = NEW.number;
END;

CREATE TRIGGER keys_are_described AFTER UPDATE OF label, prefix, last_four ON keys
WHEN OLD.label <> NEW.label OR OLD.prefix <> NEW.prefix OR OLD.last_four IS NOT NEW.last_four
BEGIN
    UPDATE key_texts SET text = (SELECT l.text FROM key_lines l WHERE l.key = NEW.number) WHERE key = NEW.number;
END;

CREATE TRIGGER sites_are_moved AFTER UPDATE OF url ON sites WHEN OLD.url IS NOT NEW.url
BEGIN
    UPDATE key_texts SET text = (SELECT l.text FROM key_lines l WHERE l.key = key_texts.key)
    WHERE key IN (SELECT k.number FROM keys k WHERE k.site = NEW.id);
END;
