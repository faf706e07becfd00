-- How many changes were made, so that other processes can ask whether there was one.
CREATE TABLE change_counter (
    slot   INTEGER NOT NULL PRIMARY KEY DEFAULT 1 CHECK (slot = 1),
    number INTEGER NOT NULL DEFAULT 0 CHECK (number >= 0)
) STRICT;

INSERT INTO change_counter DEFAULT VALUES;
