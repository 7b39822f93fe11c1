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
    live INTEGER NOT NULL,    -- 1 or 0
    state TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '',
    operation TEXT NOT NULL DEFAULT '',
    target TEXT NOT NULL DEFAULT ''
) STRICT;

-- Each of these holds all that its query answers with, or leads straight to it.
CREATE INDEX top_level_tasks ON tasks (parent, started, place, id) WHERE parent IS NULL;
CREATE INDEX tasks_of_owner ON tasks (owner, parent, started, place, id) WHERE parent IS NULL;
CREATE INDEX subtasks ON tasks (parent, place, id) WHERE parent IS NOT NULL;
CREATE INDEX live_tasks ON tasks (live) WHERE live = 1;
CREATE INDEX ended_tasks ON tasks (parent, ended, place, id) WHERE parent IS NULL AND ended IS NOT NULL;
CREATE INDEX tasks_by_state ON tasks (state, started, place, id) WHERE parent IS NULL;
CREATE INDEX tasks_by_status ON tasks (status, started, place, id) WHERE parent IS NULL;
CREATE INDEX tasks_by_operation ON tasks (operation, started, place, id) WHERE parent IS NULL;

-- Kept by the triggers, in the transaction of the change.
CREATE TABLE task_counts (
    owner TEXT PRIMARY KEY,
    tasks INTEGER NOT NULL -- top-level ones; an owner without any has no row
) STRICT;

CREATE TRIGGER task_added AFTER INSERT ON tasks WHEN NEW.parent IS NULL
BEGIN
    INSERT INTO task_counts VALUES (NEW.owner, 1) ON CONFLICT (owner) DO UPDATE SET tasks = tasks + 1;
END;
CREATE TRIGGER task_removed AFTER DELETE ON tasks WHEN OLD.parent IS NULL
BEGIN
    UPDATE task_counts SET tasks = tasks - 1 WHERE owner = OLD.owner;
    DELETE FROM task_counts WHERE owner = OLD.owner AND tasks = 0;
END;

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

CREATE TABLE events (
    number INTEGER PRIMARY KEY, -- the order of the commits; the newest row always stays, so none is used twice
    happened INTEGER NOT NULL,  -- microseconds since 1970, UTC
    record BLOB NOT NULL
) STRICT;

CREATE TABLE subscriptions (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;

CREATE TABLE deliveries (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;
