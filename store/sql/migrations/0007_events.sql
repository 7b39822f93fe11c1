-- What has happened, to be told to who has subscribed; and how far each of them has been told.
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
