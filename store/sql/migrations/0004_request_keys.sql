-- A request that named itself by a key is known again, and makes no second task.
CREATE TABLE request_keys (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    record BLOB NOT NULL,
    task TEXT NOT NULL,
    made INTEGER NOT NULL -- microseconds since 1970, UTC
) STRICT;

CREATE INDEX old_request_keys ON request_keys (made, place, task, id);
