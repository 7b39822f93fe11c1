"""The limit of the benchmark of streams: a bare Tornado handler writing the same bytes to the same clients.

    python -m bench.stream_peer FOLDER

FOLDER has `frame`, the bytes of one event; the database is made there. `GET /stream` stays open; `POST /tell`
puts one row into the database and writes the frame to everybody. It listens on a free port of 127.0.0.1 and
ends on SIGTERM.
"""

import asyncio
import sqlite3
import sys
from pathlib import Path

from tornado.web import RequestHandler

from bench.peer import serve


class Bare(RequestHandler):
    """Nobody to let in, nothing to look up, nothing to choose."""

    def initialize(self, readers: "set[Reader]", frame: bytes, database: sqlite3.Connection) -> None:
        self.readers = readers
        self.frame = frame
        self.database = database


class Reader(Bare):
    """A stream."""

    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.write(b": open\n\n")
        await self.flush()
        self.readers.add(self)
        self.gone = asyncio.Event()
        await self.gone.wait()

    def on_connection_close(self) -> None:
        self.readers.discard(self)
        self.gone.set()


class Teller(Bare):
    """Stores an event, and tells it."""

    def post(self) -> None:
        self.database.execute("INSERT INTO outbox (body) VALUES (?)", (self.frame,))
        self.database.commit()
        for reader in self.readers:
            reader.write(self.frame)
            reader.flush()
        self.set_status(204)


def database_in(folder: Path) -> sqlite3.Connection:
    """A database as durable as the service's own."""
    database = sqlite3.connect(folder / "peer.sqlite")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB)")
    return database


if __name__ == "__main__":
    given = Path(sys.argv[1])
    parts = {"readers": set(), "frame": (given / "frame").read_bytes(), "database": database_in(given)}
    asyncio.run(serve([("/stream", Reader, parts), ("/tell", Teller, parts)]))
