-- Roles that somebody made; the predefined ones are not stored.
CREATE TABLE roles (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;
