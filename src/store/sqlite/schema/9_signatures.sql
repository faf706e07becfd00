-- Which forms of signature a key accepts: any, or the strict one alone.
ALTER TABLE keys ADD COLUMN signature_forms TEXT NOT NULL DEFAULT 'any'
    CHECK (signature_forms IN ('any', 'strict-only'));

-- Keys of more schemes. SQLite cannot alter a check. To replace the text of one that only grows
-- wider is the way that its manual gives ("Making Other Kinds Of Table Schema Changes"): no row
-- is touched, and `ALTER TABLE` above has told every connection to read the schema again.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, '(''api-key'', ''query-signature'', ''x-auth'')',
                       '(''api-key'', ''query-signature'', ''x-auth'', ''sigv4'', ''message-signature'')')
WHERE type = 'table' AND name = 'keys';
PRAGMA writable_schema = RESET;
