-- The networks that a key may be used from, and the list of entry points that keys can be limited to.
ALTER TABLE keys ADD COLUMN networks TEXT;

-- An entry point that is gone is kept: keys may name it.
CREATE TABLE entry_points (
    name    TEXT    NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 255),
    pattern TEXT    NOT NULL CHECK (length(pattern) BETWEEN 1 AND 255),
    live    INTEGER NOT NULL DEFAULT 1 CHECK (live IN (0, 1))
) STRICT, WITHOUT ROWID;
