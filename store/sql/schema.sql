-- The tables as they are now. A new database is made from this file; an older one gets there by the
-- numbered files in migrations/, and a test compares the two ways.

CREATE TABLE migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied TEXT NOT NULL
) STRICT;

-- In every table of records: `place` is the order in which they were first committed, `record` the whole
-- record (store/codec.py). The other columns repeat what of it is compared, searched or sorted by.
CREATE TABLE tasks (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL,
    parent TEXT,
    owner TEXT NOT NULL,
    started INTEGER NOT NULL, -- microseconds since 1970, UTC
    ended INTEGER,            -- the same; NULL: not yet
    live INTEGER NOT NULL     -- 1 or 0
) STRICT;

-- Each of these holds all that its query answers with, or leads straight to it.
CREATE INDEX top_level_tasks ON tasks (parent, started, place, id) WHERE parent IS NULL;
CREATE INDEX tasks_of_owner ON tasks (owner, parent, started, place, id) WHERE parent IS NULL;
CREATE INDEX subtasks ON tasks (parent, place, id) WHERE parent IS NOT NULL;
CREATE INDEX live_tasks ON tasks (live) WHERE live = 1;
CREATE INDEX ended_tasks ON tasks (parent, ended, place, id) WHERE parent IS NULL AND ended IS NOT NULL;

CREATE TABLE accounts (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE roles (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;

CREATE TABLE sessions (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;

CREATE TABLE sources (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL,
    address TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE systems (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;

CREATE TABLE aggregates (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;

CREATE TABLE service_settings (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;

CREATE TABLE request_keys (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL,
    task TEXT NOT NULL,
    made INTEGER NOT NULL -- microseconds since 1970, UTC
) STRICT;

CREATE INDEX old_request_keys ON request_keys (made, place, task, id);
