"""A connection to the database file: durable by its settings, opened anew after a failure."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from actors.tasks.errors import StoreUnavailableError
from store.folder import PRIVATE_FILE
from store.functions import add_functions
from store.sql_files import Migration, migrations, schema, statements

# How far the write-ahead log may stay grown after a large commit.
LARGEST_LOG = 64 * 1024 * 1024


class StoreTooNewError(StoreUnavailableError):
    """A newer program has changed the tables; this one must not touch them."""


class Link:
    """A connection that is opened when it is needed and dropped when something has gone wrong with it.

    For one thread alone. `busy_timeout` is in seconds: how long another process may hold the database.
    """

    def __init__(self, path: Path, *, busy_timeout: float, read_only: bool = False) -> None:
        self._path = path
        self._busy_timeout = busy_timeout
        self._read_only = read_only
        self._db: sqlite3.Connection | None = None

    def get(self) -> sqlite3.Connection:
        """The connection. Raises what sqlite3 raises when it cannot be opened."""
        if self._db is None:
            self._db = connect(self._path, busy_timeout=self._busy_timeout, read_only=self._read_only)
        return self._db

    def drop(self) -> None:
        """Close the connection, with whatever it has under way."""
        db, self._db = self._db, None
        if db is not None:
            # It is given up because it failed; that it fails once more at the end says nothing new.
            with suppress(sqlite3.Error):
                db.close()


def connect(path: Path, *, busy_timeout: float, read_only: bool = False) -> sqlite3.Connection:
    """A connection in WAL mode on which every COMMIT is on the disk before it returns.

    Transactions are begun and ended by their user. The file is made, for its owner alone, if it is not
    there.

    Raises:
        sqlite3.Error: the database cannot be opened.
        StoreUnavailableError: not in this folder.
    """
    if not read_only:
        # Only ever by O_EXCL: closing another descriptor of an open database drops SQLite's locks on it.
        # What else is wrong with the file, SQLite says itself.
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
    give_up = time.monotonic() + busy_timeout
    while True:
        db = sqlite3.connect(path, timeout=busy_timeout, isolation_level=None)
        try:
            _set_up(db, path, read_only=read_only)
        except BaseException as error:
            db.close()
            # Two that bring a new file into WAL mode at once refuse each other without waiting.
            busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return db


def _set_up(db: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    if read_only:
        db.execute("PRAGMA query_only = ON")
        return
    _keep_log(db, path)
    add_functions(db)
    db.execute("PRAGMA synchronous = FULL")  # NORMAL does not sync at COMMIT in WAL mode
    db.execute(f"PRAGMA journal_size_limit = {LARGEST_LOG}")


def _keep_log(db: sqlite3.Connection, path: Path) -> None:
    mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise StoreUnavailableError(
            f"The database {path} cannot have a write-ahead log where it lies. "
            "Put the data folder on a local disk."
        )


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of what is done inside, or none of it; the write lock is taken at once."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # SQLite may have rolled back by itself, or be unable to; the first error is the one to tell.
        with suppress(sqlite3.Error):
            if db.in_transaction:
                db.execute("ROLLBACK")
        raise


def migrate(db: sqlite3.Connection, path: Path, known: list[Migration] | None = None) -> None:
    """Bring the tables up to the last migration that is known; several processes may do this at once.

    Raises:
        StoreTooNewError: they are further already.
        sqlite3.Error: the database refused; it is as it was after the last migration that was applied.
    """
    known = migrations() if known is None else known
    with transaction(db):
        if _is_new(db):
            for statement in statements(schema()):
                db.execute(statement)
            for migration in known:
                _record(db, migration)
    applied = _applied(db)
    if applied > known[-1].number:
        raise StoreTooNewError(
            f"The database {path} was written by a newer version of this program: its tables are at "
            f"version {applied}, and this program knows them up to {known[-1].number}. "
            "Start the newer version, or restore the data folder from a backup made before it."
        )
    for migration in known:
        with transaction(db):
            if migration.number > _applied(db):
                for statement in statements(migration.sql):
                    db.execute(statement)
                _record(db, migration)


def _is_new(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None


def _applied(db: sqlite3.Connection) -> int:
    number: int = db.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()[0]
    return number


def _record(db: sqlite3.Connection, migration: Migration) -> None:
    db.execute(
        "INSERT INTO migrations (number, name, applied) VALUES (?, ?, ?)",
        (migration.number, migration.name, datetime.now(UTC).isoformat(timespec="seconds")),
    )


_ADVICE = {
    "SQLITE_FULL": "The disk is full: make room on it.",
    "SQLITE_BUSY": "Another process is writing to it: end that process if it hangs.",
    "SQLITE_LOCKED": "Another process is writing to it: end that process if it hangs.",
    "SQLITE_READONLY": "The file may not be written: give it to the user of the service.",
    "SQLITE_PERM": "The file may not be opened: give it to the user of the service.",
    "SQLITE_CANTOPEN": "The file cannot be opened: see that the data folder is there and belongs to the user "
    "of the service.",
    "SQLITE_IOERR": "The disk failed: look at the system's log and at the room on the disk.",
    "SQLITE_CORRUPT": "The file is damaged: restore the data folder from a backup.",
    "SQLITE_NOTADB": "The file is not a database: restore the data folder from a backup.",
}


def unavailable(error: sqlite3.Error, path: Path, tried: str) -> StoreUnavailableError:
    """What to tell of an error of the driver; `tried` is a past participle, as in 'written'."""
    code = getattr(error, "sqlite_errorname", "")
    primary = "_".join(code.split("_")[:2])  # SQLITE_IOERR_WRITE is a kind of SQLITE_IOERR
    advice = _ADVICE.get(primary, "Look at the service's log.")
    told = StoreUnavailableError(f"The database {path} could not be {tried} ({code or error}). {advice}")
    told.__cause__ = error
    return told
