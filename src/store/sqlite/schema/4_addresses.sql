-- Where each key was used from. The key may be of another store, so it is no reference.
CREATE TABLE key_addresses (
    realm      TEXT    NOT NULL,
    scheme     TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    first_seen INTEGER NOT NULL,
    PRIMARY KEY (realm, scheme, key, address)
) STRICT, WITHOUT ROWID;
