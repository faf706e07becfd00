-- The hashes of other systems that keys were imported by: sealed, and found by a digest that is
-- none of the key.
ALTER TABLE key_secrets ADD COLUMN legacy BLOB
    CHECK (legacy IS NULL OR (length(legacy) = 32 AND sealed IS NOT NULL));

CREATE UNIQUE INDEX key_secrets_by_legacy ON key_secrets (realm, legacy) WHERE legacy IS NOT NULL;
