-- Which forms of signature a key accepts: any, or the strict one alone.
ALTER TABLE keys ADD COLUMN signature_forms TEXT COLLATE "C" NOT NULL DEFAULT 'any'
    CHECK (signature_forms IN ('any', 'strict-only'));

-- Keys of more schemes.
ALTER TABLE keys DROP CONSTRAINT keys_scheme_check;
ALTER TABLE keys ADD CONSTRAINT keys_scheme_check
    CHECK (scheme IN ('api-key', 'query-signature', 'x-auth', 'sigv4', 'message-signature'));
