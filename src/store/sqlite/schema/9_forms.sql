-- Which forms of signature a key accepts: any, or the strict one alone.
ALTER TABLE keys ADD COLUMN signature_forms TEXT NOT NULL DEFAULT 'any'
    CHECK (signature_forms IN ('any', 'strict-only'));
